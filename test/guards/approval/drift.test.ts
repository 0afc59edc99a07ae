/** While a person reads the plan, something that it was made from changes: the yes counts no more. */
import { CreateIdentityPoolCommand } from "@aws-sdk/client-cognito-identity";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serveLocal } from "../../../src/local/http.ts";
import { catalogue } from "../../../src/tools/catalogue.ts";
import { isGated } from "../../../src/tools/kinds.ts";
import {
  approve,
  defaultEra,
  developerProvider,
  type Service,
  type Session,
  startServer,
  startService,
} from "../../support/client.ts";
import { report } from "../../support/figures.ts";
import { makePlace, poolInput } from "../redaction/places.ts";
import { gated, update } from "./drifts.ts";

let service: Service;
let asked: Session;
/** Gives the plan of a call, since it can ask nobody. */
let planning: Session;
/** What happens while the person of `asked` reads. */
let meanwhile: () => Promise<unknown> = async () => {};

beforeAll(async () => {
  service = await startService();
  planning = await startServer({ env: service.env });
  asked = await startServer({
    env: service.env,
    respond: async (question) => {
      const from = service.calls.length;
      await meanwhile();
      // The server waits: these calls were ours.
      service.calls.splice(from);
      return approve(question);
    },
  });
});
afterAll(async () => {
  await Promise.all([asked, planning].map((session) => session[Symbol.asyncDispose]()));
  await service[Symbol.asyncDispose]();
});

/** What a plan may ask the service. */
const reads = /^(Describe|Get(IdentityPoolRoles|PrincipalTagAttributeMap)|List|Lookup)/;

/** Calls the tool, with `drift` while it asks; gives its answer, having seen that the server sent nothing but reads. */
async function callDuring(tool: string, input: Record<string, unknown>, drift: () => Promise<unknown>) {
  let drifted: Promise<unknown> = Promise.reject(new Error("nobody was asked"));
  drifted.catch(() => {});
  meanwhile = () => {
    drifted = drift();
    return drifted;
  };
  const [from, questions] = [service.calls.length, asked.questions.length];
  const answer = await asked.call(tool, input);
  await drifted;
  expect(asked.questions.length).toBe(questions + 1);
  expect(service.calls.slice(from).filter((operation) => !reads.test(operation))).toEqual([]);
  return answer;
}

const drifts = Object.values(gated).reduce((sum, one) => sum + Object.keys(one.drifts).length, 0);
afterAll(() =>
  report(
    11,
    `${drifts} changes by others: each field × each tool that reads it and updates or deletes`,
    "refused, with the new plan",
  ),
);

it("every gated tool is here", () =>
  expect(Object.keys(gated).sort()).toEqual(
    catalogue
      .filter(isGated)
      .map(({ name }) => name)
      .sort(),
  ));

describe.each(Object.entries(gated))("%s", (tool, { input, drifts, losses = {} }) => {
  it.each(Object.entries(drifts))(
    "is not sent after a change of %s, and answers with the new plan",
    async (_name, drift) => {
      const place = await makePlace(service.sdk);
      const { isError, content } = await callDuring(tool, input(place), () => drift(place));
      // Where nothing is left to do, the second call of the modern era says so.
      if (defaultEra === "modern" && "unchanged" in content) return;
      expect(isError).toBe(true);
      expect(content).toHaveProperty("refused");
      const { content: anew } = await planning.call(tool, input(place));
      // Where nothing is left to do there is no plan to ask for.
      const plan = "unchanged" in anew ? expect.objectContaining({ changes: [] }) : anew["plan"];
      expect(content["plan"]).toEqual(plan);
    },
  );

  it.each(Object.entries(losses))("is not sent when %s is gone", async (_name, loss) => {
    const place = await makePlace(service.sdk);
    const { isError, content } = await callDuring(tool, input(place), () => loss(place));
    expect(isError).toBe(true);
    expect(content).toMatchObject({ code: "ResourceNotFoundException" });
  });

  it("is sent when nothing changed", async () => {
    const place = await makePlace(service.sdk);
    meanwhile = async () => {};
    expect((await asked.call(tool, input(place))).isError).toBe(false);
  });
});

describe("AWS says that somebody else was at it at the same time", () => {
  it.each(Object.entries(gated))("%s is sent once, fails, and is asked for anew", async (tool, { input }) => {
    const { sdk, url } = service;
    const place = await makePlace(sdk);
    const sent: string[] = [];
    // Reads are the service's; a change meets another's.
    const busy = await serveLocal({
      async handle(request) {
        const operation = String(request.headers["x-amz-target"]).split(".").at(-1) ?? "";
        if (reads.test(operation)) {
          const { authorization = "", "x-amz-target": target = "" } = request.headers;
          const body = Buffer.from(request.body);
          const answer = await fetch(url, { method: "POST", headers: { authorization, "x-amz-target": target }, body });
          return { status: answer.status, headers: {}, body: await answer.text() };
        }
        // Not STS, which is asked for the caller's account.
        if (operation !== "undefined") sent.push(operation);
        return { status: 400, headers: {}, body: JSON.stringify({ __type: "ConcurrentModificationException" }) };
      },
      close: async () => {},
    });
    try {
      const env = { ...service.env, AWS_ENDPOINT_URL_COGNITO_IDENTITY: busy.url };
      await using session = await startServer({ env, respond: approve });
      for (const times of [1, 2]) {
        const { isError, content } = await session.call(tool, input(place));
        expect(isError).toBe(true);
        expect(content).toMatchObject({
          refused: expect.stringMatching(/The approval no longer applies, and this call changed nothing/),
          plan: { action: expect.any(String) },
        });
        expect(session.questions).toHaveLength(times);
        expect(sent).toHaveLength(times);
      }
    } finally {
      await busy.close();
    }
  });
});

describe("a developer provider's name that is set meanwhile", () => {
  it("is noticed", async () => {
    const { sdk } = service;
    const { IdentityPoolId: pool = "" } = await sdk.send(new CreateIdentityPoolCommand(poolInput));
    const place = { sdk, pool, guest: "", user: "", old: "", fresh: "" };
    const drift = update({ DeveloperProviderName: developerProvider });
    const input = { IdentityPoolId: pool, AllowClassicFlow: false };
    const { content } = await callDuring("update-identity-pool", input, () => drift(place));
    expect(content).toHaveProperty("refused");
    expect(content).toHaveProperty("plan");
  });
});
