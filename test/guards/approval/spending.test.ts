/** An approval given at a terminal, on the whole path of a call: good for the one call that it was given for. */

import { beforeEach, describe, expect, it } from "vitest";
import { createAws } from "../../../src/aws/clients.ts";
import { dispatch } from "../../../src/call/dispatch.ts";
import { createSession } from "../../../src/call/session.ts";
import type { Outcome, Services } from "../../../src/call/types.ts";
import type { FormView } from "../../../src/guards/approval/views.ts";
import { createLocalService } from "../../../src/local/service.ts";
import { report } from "../../support/figures.ts";
import { formAnswering, testApprovals, testServices } from "../../support/services.ts";

const FIVE_MINUTES = 300_000;

type Input = Record<string, unknown>;

let services: Services;
const session = createSession();
let approvals: ReturnType<typeof testApprovals>;
let pool: string;
/** Changes that reached the service. */
let changes: string[];
/** Milliseconds since the epoch, for the approvals. */
let time: number;
/** What a change waits for before the service sees it. */
let beforeChange: () => Promise<void>;

beforeEach(async () => {
  changes = [];
  time = 1_000_000;
  beforeChange = async () => {};
  const service = createLocalService();
  approvals = testApprovals(() => time);
  const inProcess = {
    async handle(request: Parameters<typeof service.handle>[0]) {
      const operation = String(request.headers["x-amz-target"]).split(".").at(-1) ?? "";
      if (/^(Update|Delete|Set|Tag|Untag)/.test(operation)) {
        changes.push(operation);
        await beforeChange();
      }
      return await service.handle(request);
    },
  };
  services = testServices({ aws: createAws({ inProcess }), approvals: approvals.approvals });
  pool = await createPool("eu-west-1");
});

function call(tool: string, input: Input, { in: place = services, form }: { in?: Services; form?: FormView } = {}) {
  return dispatch({ tool, arguments: input, signal: new AbortController().signal, form }, place, session);
}

async function createPool(region: string): Promise<string> {
  const input = { region, IdentityPoolName: "one", AllowUnauthenticatedIdentities: false };
  const made = await call("create-identity-pool", input);
  return made.kind === "success" ? String(made.content["IdentityPoolId"]) : "";
}

const rename = (to = "two", IdentityPoolId = pool): Input => ({ IdentityPoolId, IdentityPoolName: to });

/** Has the call refused, and approved at the terminal. */
async function approve(tool: string, input: Input): Promise<void> {
  expect(await call(tool, input)).toMatchObject({ kind: "refusal" });
  const plan = approvals.terminal.waiting().at(-1);
  if (!plan) throw new Error("nothing waits");
  const said = plan.confirmation.by === "choice" ? "yes" : plan.confirmation.expected;
  expect(approvals.terminal.answer(plan.code, plan.binding, said).result).toBe("approved");
}

const isApproved = expect.objectContaining({
  kind: "success",
  content: expect.objectContaining({ approved: expect.anything() }),
});

describe("an approval", () => {
  const others: Record<string, () => Promise<Outcome>> = {
    "another tool": () => call("delete-identity-pool", { IdentityPoolId: pool }),
    "another value": () => call("update-identity-pool", rename("three")),
    "one more argument": () => call("update-identity-pool", { ...rename(), AllowClassicFlow: false }),
    "an argument that changes nothing": () =>
      call("update-identity-pool", { ...rename(), AllowUnauthenticatedIdentities: false }),
    "another pool": async () => call("update-identity-pool", rename("two", await createPool("eu-west-1"))),
    "a pool of another region": async () => call("update-identity-pool", rename("two", await createPool("us-east-1"))),
    "other credentials": () => {
      const aws = { ...services.aws, caller: async () => ({ caller: "AKIDANOTHER", account: "another" }) };
      return call("update-identity-pool", rename(), { in: { ...services, aws } });
    },
  };

  it.each(Object.entries(others))("is not for %s, and stays good for its own call", async (_, other) => {
    await approve("update-identity-pool", rename());
    expect(await other()).toMatchObject({ kind: "refusal" });
    expect(changes).toEqual([]);
    expect(await call("update-identity-pool", rename())).toEqual(isApproved);
    expect(changes).toEqual(["UpdateIdentityPool"]);
  });

  it("is used up by its call, also when everything is as it was before", async () => {
    await approve("update-identity-pool", rename());
    expect(await call("update-identity-pool", rename())).toEqual(isApproved);
    const form = formAnswering(() => "yes");
    expect(await call("update-identity-pool", rename("one"), { form })).toEqual(isApproved);
    expect(await call("update-identity-pool", rename())).toMatchObject({ kind: "refusal" });
    expect(changes).toHaveLength(2);
  });

  it.each([
    [FIVE_MINUTES - 1000, 1],
    [FIVE_MINUTES + 1000, 0],
  ])("%d ms after it was given lets %d calls through", async (later, through) => {
    await approve("delete-identity-pool", { IdentityPoolId: pool });
    time += later;
    const { kind } = await call("delete-identity-pool", { IdentityPoolId: pool });
    expect(kind).toBe(through === 1 ? "success" : "refusal");
    expect(changes).toHaveLength(through);
  });

  it("lets one of a thousand calls at once through", async () => {
    const calls = 1000;
    await approve("update-identity-pool", rename());
    const outcomes = await Promise.all(Array.from({ length: calls }, () => call("update-identity-pool", rename())));
    expect(changes).toEqual(["UpdateIdentityPool"]);
    const approved = outcomes.filter((outcome) => outcome.kind === "success" && "approved" in outcome.content);
    expect(approved).toEqual([isApproved]);
    // The others have no approval left, find the pool renamed, or came when the server was busy.
    expect(outcomes.filter(({ kind }) => kind === "failure")).toEqual([]);
    report(9, "one approval, 1,000 calls at once on the whole path", "exactly one");
  });
});
