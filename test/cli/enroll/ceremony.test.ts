/** The steps of the page of `enroll`, without its server. */
import { beforeEach, describe, expect, it } from "vitest";
import { createCeremony, type NewKey } from "../../../src/cli/enroll/ceremony.ts";
import type { Passkey } from "../../../src/operator/passkeys/passkey.ts";
import type { EnrollStep } from "../../../src/operator/web/enroll-protocol.ts";
import { createAuthenticator } from "../../support/authenticator.ts";
import { runProgram } from "../../support/command.ts";

const origin = "http://localhost:50123";
let clock = 0;
let made: (NewKey | undefined)[];
let refusals: string[];
beforeEach(() => {
  clock = 1_000_000;
  made = [];
  refusals = [];
});

function start(agreeing: readonly Passkey[], adds = true) {
  const routes = createCeremony({
    agreeing,
    adds: adds ? { label: "new", userName: "user on machine", existing: agreeing } : undefined,
    confirms: { is: "add" },
    origin: () => origin,
    now: () => clock,
    onDone: (key) => {
      made.push(key);
      return "Done.";
    },
    onRefused: (reason) => refusals.push(reason),
  });
  return async (path: string, body: unknown): Promise<EnrollStep | undefined> => {
    const answer = await routes[path]?.answer(body);
    return answer && "json" in answer ? (answer.json as EnrollStep) : undefined;
  };
}

const stepOf = async (post: ReturnType<typeof start>) => {
  const step = await post("/enroll-options", {});
  if (step?.state !== "assert" && step?.state !== "create") throw new Error("the page has ended");
  return step;
};

it("every route needs the token of the page", () => {
  const routes = createCeremony({
    agreeing: [],
    adds: undefined,
    confirms: { is: "add" },
    origin: () => origin,
    now: Date.now,
    onDone: () => "",
    onRefused: () => {},
  });
  expect(Object.values(routes).map(({ needsToken }) => needsToken)).toEqual([true, true, true]);
});

describe("a ticket", () => {
  const key = createAuthenticator();

  it("is valid for 2 minutes", async () => {
    for (const [passed, state] of [
      [119_999, "done"],
      [120_000, "refused"],
    ] as const) {
      const post = start([]);
      const { ticket, challenge } = await stepOf(post);
      clock += passed;
      const body = { ticket, label: "x", credential: createAuthenticator().create(challenge, origin) };
      expect(await post("/register", body)).toMatchObject({ state });
    }
    expect(made).toHaveLength(1);
    expect(refusals).toEqual(["It took too long."]);
  });

  it("is valid once, also if what came with it was refused", async () => {
    const post = start([key.key]);
    const { ticket, challenge } = await stepOf(post);
    const wrong = key.get(challenge, origin, { flags: 0x01 });
    expect(await post("/assert", { ticket, assertion: wrong })).toMatchObject({ state: "refused" });
    expect(await post("/assert", { ticket, assertion: key.get(challenge, origin) })).toMatchObject({
      state: "refused",
    });
    const next = await stepOf(post);
    const body = { ticket: next.ticket, assertion: key.get(next.challenge, origin) };
    expect(await post("/assert", body)).toMatchObject({ state: "create" });
    expect(await post("/assert", body)).toMatchObject({ state: "refused" });
  });

  it("of one step is not valid for the other", async () => {
    const post = start([key.key]);
    const { ticket, challenge } = await stepOf(post);
    const credential = createAuthenticator().create(challenge, origin);
    expect(await post("/register", { ticket, label: "x", credential })).toMatchObject({ state: "refused" });
    expect(made).toEqual([]);
  });
});

it("the page makes one key: of two answers at once, the second is refused", async () => {
  const post = start([]);
  const bodies = await Promise.all(
    [1, 2].map(async () => {
      const { ticket, challenge } = await stepOf(post);
      return { ticket, label: "x", credential: createAuthenticator().create(challenge, origin) };
    }),
  );
  const answers = await Promise.all(bodies.map((body) => post("/register", body)));
  expect(answers.map((answer) => answer?.state).sort()).toEqual(["done", "refused"]);
  expect(made).toHaveLength(1);
});

it("a key that is enrolled already is refused", async () => {
  const key = createAuthenticator();
  const post = start([key.key]);
  const { ticket, challenge } = await stepOf(post);
  const step = await post("/assert", { ticket, assertion: key.get(challenge, origin) });
  if (step?.state !== "create") throw new Error("the key did not agree");
  expect(step.exclude).toEqual([key.id]);
  const body = { ticket: step.ticket, label: "x", credential: key.create(step.challenge, origin) };
  expect(await post("/register", body)).toMatchObject({
    state: "refused",
    message: expect.stringContaining("enrolled already"),
  });
});

it.each([
  null,
  1,
  "x",
  [],
  {},
  { ticket: 1 },
  { ticket: "x", assertion: {} },
  { ticket: "x", credential: {}, label: "x" },
])("a request that makes no sense is none: %j", async (body) => {
  const post = start([createAuthenticator().key]);
  for (const path of ["/assert", "/register"]) expect(await post(path, body)).toBeUndefined();
});

it("enroll reads nothing from a pipe", async () => {
  expect(await runProgram(["enroll"], {}, { input: "yes\n" })).toEqual({
    code: 1,
    stdout: "",
    stderr: "cognito-identity-mcp: enroll runs only at a terminal, without redirection. Nothing was changed.\n",
  });
});
