/**
 * The question to a person is the answer of a call, and what brings the person's word is a second call: a client that answers without
 * being asked, for another call, twice, too late, or with a state that it made or changed gets nothing done.
 */
import { GetOpenIdTokenForDeveloperIdentityCommand } from "@aws-sdk/client-cognito-identity";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { dispatch } from "../../src/call/dispatch.ts";
import { createJobTable } from "../../src/call/jobs/table.ts";
import type { Session } from "../../src/call/types.ts";
import { takeAnswer } from "../../src/guards/approval/ask-by-return.ts";
import { createPlanTokens } from "../../src/guards/approval/plan-tokens.ts";
import type { ElicitationAnswer } from "../../src/guards/approval/question.ts";
import { createRequestStates } from "../../src/guards/approval/request-states.ts";
import { createIdentityPoolIndex } from "../../src/guards/logins/identity-pools.ts";
import { createQuestions } from "../../src/mcp/modern/questions.ts";
import { canonicalJson } from "../../src/util/json.ts";
import { arnOf, createPool, developerProvider, type Service, startService } from "../support/client.ts";
import { type Asked, type Modern, metaOf, questionIn, replying, startModern } from "../support/modern.ts";
import { fakeAws, testApprovals, testServices } from "../support/services.ts";

const VARIANTS = process.env["LONG"] ? 2_000 : 150;

type Call = readonly [tool: string, input: Record<string, unknown>];

let service: Service;
let pool: string;
let other: string;
let gated: readonly Call[];
let server: Modern;

beforeAll(async () => {
  service = await startService();
  pool = await createPool(service.sdk, "first pool");
  other = await createPool(service.sdk, "other pool");
  const Logins = { [developerProvider]: "user" };
  const { IdentityId } = await service.sdk.send(
    new GetOpenIdTokenForDeveloperIdentityCommand({ IdentityPoolId: pool, Logins }),
  );
  gated = [
    ["update-identity-pool", { IdentityPoolId: pool, AllowClassicFlow: true }],
    ["set-identity-pool-roles", { IdentityPoolId: pool, clear: ["Roles"] }],
    ["tag-resource", { ResourceArn: arnOf(pool), Tags: { confirmed: "true" } }],
    ["untag-resource", { ResourceArn: arnOf(pool), TagKeys: ["stage"] }],
    ["delete-identity-pool", { IdentityPoolId: pool }],
    ["delete-identity-pool", { IdentityPoolId: other }],
    ["delete-identities", { IdentityIdsToDelete: [IdentityId] }],
    [
      "unlink-developer-identity",
      { IdentityPoolId: pool, IdentityId, DeveloperProviderName: developerProvider, DeveloperUserIdentifier: "user" },
    ],
  ];
  server = startModern({ env: service.env });
});
beforeEach(() => {
  service.calls.length = 0;
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await service[Symbol.asyncDispose]();
});

const changes = () => service.calls.filter((call) => /^(Update|Set|Tag|Untag|Delete|Unlink|Merge)/.test(call));

/** A new server, because a client that leaves questions unanswered gets no more of them. */
async function restart(...args: string[]): Promise<void> {
  await server[Symbol.asyncDispose]();
  server = startModern({ env: service.env, args });
}

async function asked([tool, input]: Call): Promise<Asked> {
  return await questionIn(await server.call(tool, input));
}

const refusedState = { error: { code: -32602, message: expect.stringMatching(/^The requestState was not issued/) } };

/** The state with something about it changed: a character, a length, a member, an encoding. */
function tampered(state: string): fc.Arbitrary<string> {
  const [payload = "", mac = ""] = state.split(".");
  const fields = JSON.parse(Buffer.from(payload, "hex").toString()) as object;
  const repacked = (changed: object) => `${Buffer.from(canonicalJson(changed)).toString("hex")}.${mac}`;
  return fc
    .oneof(
      fc
        .tuple(fc.nat(state.length - 1), fc.constantFrom(..."09afAZ-_. \u0000é"))
        .map(([at, character]) => state.slice(0, at) + character + state.slice(at + 1)),
      fc
        .tuple(fc.nat(state.length - 1), fc.integer({ min: 1, max: 20 }))
        .map(([at, count]) => state.slice(0, at) + state.slice(at + count)),
      fc.constantFrom(`${state}.`, `.${state}`, `${payload}.`, payload, `.${mac}`, state.toUpperCase(), "", "null"),
      fc.nat().map((expires) => repacked({ ...fields, expires })),
      fc.string().map((id) => repacked({ ...fields, id })),
      fc.string().map((plan) => repacked({ ...fields, plan })),
      fc.string().map((call) => repacked({ ...fields, call })),
      fc.constant(repacked({ ...fields, purpose: "plan token" })),
      fc.string({ unit: "binary", maxLength: 300 }),
    )
    .filter((changed) => changed !== state);
}

/** Answers that a client may invent; the right one among them. */
const answers = (yes: unknown): fc.Arbitrary<unknown> =>
  fc.oneof(
    fc.constant(yes),
    fc.constantFrom("yes", "first pool", "other pool", "delete 1 identity").map((answer) => ({
      action: "accept",
      content: { answer },
    })),
    fc.constantFrom({ action: "accept" }, { action: "accept", content: {} }, { action: "accept", content: null }),
  );

describe("nothing is carried out at", () => {
  it("an answer without a state, under whatever key", { timeout: 120_000 }, async () => {
    await restart();
    // Questions about some of them are open.
    for (const call of gated.slice(0, 3)) await asked(call);
    await fc.assert(
      fc.asyncProperty(
        fc.nat().map((at) => gated[at % gated.length] as Call),
        fc.constantFrom("approval", "answer", "0", "__proto__", "confirm"),
        answers({ action: "accept", content: { answer: "yes" } }),
        async ([tool, input], key, answer) => {
          const { resultType } = await server.call(tool, input, { inputResponses: { [key]: answer } });
          expect(["input_required", "complete", undefined]).toContain(resultType);
          expect(changes()).toEqual([]);
        },
      ),
      { numRuns: VARIANTS / 5 },
    );
  });

  it("a state that was changed or invented", { timeout: 120_000 }, async () => {
    for (const call of gated.slice(0, 4)) {
      await restart();
      const [tool, input] = call;
      const { state, yes } = await asked(call);
      await fc.assert(
        fc.asyncProperty(tampered(state), async (changed) => {
          expect(await server.call(tool, input, replying({ state: changed }, yes))).toMatchObject(refusedState);
        }),
        { numRuns: VARIANTS },
      );
      expect(changes()).toEqual([]);
    }
  });

  it("the state of another call, tool or argument", { timeout: 120_000 }, async () => {
    for (const [at, call] of gated.entries()) {
      await restart();
      const { state, yes } = await asked(call);
      for (const [tool, input] of gated.filter((_, index) => index !== at))
        expect(await server.call(tool, input, replying({ state }, yes))).toMatchObject(refusedState);
      const [tool, input] = call;
      const siblings = [
        { ...input, region: "eu-west-1" },
        { ...input, extra: 1 },
        Object.fromEntries(Object.entries(input).slice(1)),
        {},
      ];
      for (const sibling of siblings)
        expect(await server.call(tool, sibling, replying({ state }, yes))).toMatchObject(refusedState);
      expect(await server.call("list-identity-pools", {}, replying({ state }, yes))).toMatchObject(refusedState);
    }
    expect(changes()).toEqual([]);
  });

  it("a state in a request that asks nothing", async () => {
    await restart();
    const { state, yes } = await asked(gated[2] as Call);
    const more = replying({ state }, yes);
    for (const [method, params] of [
      ["resources/read", { uri: `cognito-identity://pool/${pool}` }],
      ["prompts/get", { name: "review-pool", arguments: { poolId: pool } }],
    ] as const)
      expect(await server.ask(method, { ...params, ...more })).toMatchObject(refusedState);
    expect(changes()).toEqual([]);
  });

  it("a state from before a restart", async () => {
    const call = gated[2] as Call;
    await restart();
    const { state, yes } = await asked(call);
    await restart();
    expect(await server.call(...call, replying({ state }, yes))).toMatchObject(refusedState);
    // The same with a question of the new server in place.
    await asked(call);
    expect(await server.call(...call, replying({ state }, yes))).toMatchObject(refusedState);
    expect(changes()).toEqual([]);
  });

  it("an answer of a client that no longer declares forms, or never did", async () => {
    await restart();
    for (const capabilities of [{}, { elicitation: { url: {} } }, { sampling: {} }]) {
      const call: Call = ["tag-resource", { ResourceArn: arnOf(pool), Tags: { of: JSON.stringify(capabilities) } }];
      const { state, yes } = await asked(call);
      const meta = { ...metaOf(), "io.modelcontextprotocol/clientCapabilities": capabilities };
      const { structuredContent } = await server.call(...call, replying({ state }, yes), meta);
      expect(structuredContent).toMatchObject({
        // The question of the first round is still open.
        refused: expect.stringMatching(/has not decided yet\. A form is open in the client\./),
        next: expect.stringContaining("approve"),
      });
    }
    expect(changes()).toEqual([]);
  });

  it("an answer of a client whose operator turned forms off", async () => {
    await restart("--ask", "terminal");
    const [tool, input] = gated[2] as Call;
    expect(await server.call(tool, input)).toMatchObject({
      resultType: "complete",
      structuredContent: { refused: expect.stringContaining("(--ask)") },
    });
    expect(changes()).toEqual([]);
  });

  it("a plan token in the place of a state, and a state in the place of a plan token", async () => {
    await restart("--policy", "update=two-step");
    const tag: Call = ["tag-resource", { ResourceArn: arnOf(pool), Tags: { two: "steps" } }];
    const { structuredContent } = await server.call(...tag);
    const { planToken } = structuredContent as { planToken: string };
    const remove: Call = ["delete-identity-pool", { IdentityPoolId: other }];
    const { state, yes } = await asked(remove);
    for (const call of [tag, remove])
      expect(await server.call(...call, replying({ state: planToken }, yes))).toMatchObject(refusedState);
    const [tool, input] = tag;
    const { structuredContent: refused } = await server.call(tool, { ...input, planToken: state });
    expect(refused).toMatchObject({ refused: expect.stringMatching(/^The planToken was not issued by this server/) });
    expect(changes()).toEqual([]);
    // The token is good where it belongs.
    expect((await server.call(tool, { ...input, planToken }))["isError"]).toBeUndefined();
    expect(changes()).toEqual(["TagResource"]);
  });

  it("a yes to a plan of which the account has changed meanwhile", async () => {
    await restart();
    const call: Call = ["tag-resource", { ResourceArn: arnOf(other), Tags: { stage: "mine" } }];
    const { state, yes } = await asked(call);
    await using rival = startModern({ env: service.env, args: ["--policy", "update=off"] });
    await rival.call("tag-resource", { ResourceArn: arnOf(other), Tags: { stage: "theirs" } });
    service.calls.length = 0;
    const { structuredContent } = await server.call(...call, replying({ state }, yes));
    expect(structuredContent).toMatchObject({
      refused: expect.stringMatching(/^The account changed after the plan was shown/),
      plan: { changes: [{ before: "theirs", after: "mine" }] },
    });
    expect(changes()).toEqual([]);
  });
});

describe("one answer counts", () => {
  it("of answers that come at once, and no answer counts again", { timeout: 120_000 }, async () => {
    for (let round = 0; round < 10; round += 1) {
      await restart();
      const call: Call = [
        "tag-resource",
        { ResourceArn: arnOf(pool), Tags: { round: `${round} of ${Math.random()}` } },
      ];
      const { state, yes } = await asked(call);
      service.calls.length = 0;
      const all = await Promise.all(Array.from({ length: 12 }, () => server.call(...call, replying({ state }, yes))));
      expect(changes()).toEqual(["TagResource"]);
      expect(all.filter(({ structuredContent }) => "approved" in (structuredContent as object))).toHaveLength(1);
      // The same state after the change was undone by somebody: the same plan, and no word of a person about it.
      await using rival = startModern({ env: service.env, args: ["--policy", "update=off"] });
      await rival.call("untag-resource", { ResourceArn: arnOf(pool), TagKeys: ["round"] });
      const { structuredContent } = await server.call(...call, replying({ state }, yes));
      expect(structuredContent).toMatchObject({
        refused: expect.stringMatching(/^The question has expired or was al/),
      });
      // And when a new question about it is open.
      await asked(call);
      expect((await server.call(...call, replying({ state }, yes)))["structuredContent"]).toHaveProperty("refused");
      expect(changes().filter((change) => change === "TagResource")).toHaveLength(1);
    }
  });

  it("of two questions about one plan, and the yes is used by one call", async () => {
    await restart();
    const call: Call = ["tag-resource", { ResourceArn: arnOf(pool), Tags: { twice: "asked" } }];
    const [one, two] = [await asked(call), await asked(call)];
    await Promise.all([one, two].map(({ state, yes }) => server.call(...call, replying({ state }, yes))));
    expect(changes()).toEqual(["TagResource"]);
  });

  it("and a no is final for every state of the plan", async () => {
    await restart();
    const call: Call = ["tag-resource", { ResourceArn: arnOf(pool), Tags: { never: "ever" } }];
    const [one, two] = [await asked(call), await asked(call)];
    const no = { action: "accept", content: { answer: "no" } };
    for (const reply of [replying(one, no), replying(two, two.yes), {}])
      expect((await server.call(...call, reply))["structuredContent"]).toMatchObject({
        refused: "Rejected by a person, in the client. Nothing was changed.",
      });
    expect((await server.call(...call, replying(one, one.yes)))["structuredContent"]).toHaveProperty("refused");
    expect(changes()).toEqual([]);
  });

  it("and a wrong or missing one uses up the question", async () => {
    await restart();
    for (const [at, answer] of [
      { action: "decline" },
      { action: "cancel" },
      { action: "accept" },
      { action: "accept", content: {} },
      { action: "accept", content: { answer: "YES" } },
      { action: "accept", content: { answer: "yes", more: true } },
    ].entries()) {
      const call: Call = ["tag-resource", { ResourceArn: arnOf(pool), Tags: { wrong: `${at}` } }];
      const { state, yes } = await asked(call);
      await new Promise((resolve) => setTimeout(resolve, 120));
      expect((await server.call(...call, replying({ state }, answer)))["structuredContent"]).toMatchObject({
        refused: expect.stringMatching(/^A person must approve this, and has not decided yet\./),
      });
      expect((await server.call(...call, replying({ state }, yes)))["structuredContent"]).toMatchObject({
        refused: expect.stringMatching(/^The question has expired or was already answered/),
      });
    }
    expect(changes()).toEqual([]);
  });

  it("and what is no answer at all is an error", async () => {
    await restart();
    const call = gated[2] as Call;
    const { state } = await asked(call);
    for (const answer of ["yes", true, null, [], {}, { action: "yes" }, { action: "accept", content: { answer: {} } }])
      expect(await server.call(...call, replying({ state }, answer))).toMatchObject({ error: { code: -32602 } });
    expect(changes()).toEqual([]);
  });
});

describe("the state of a question", () => {
  const FIVE_MINUTES = 300_000;
  const input = { ResourceArn: arnOf("eu-west-1:00000000-0000-4000-8000-000000000000"), Tags: { a: "b" } };

  /** Two rounds of one call, with a clock and an account that the test sets. */
  async function rounds(between: (world: { time: number; caller: string }) => void) {
    const world = { time: 1_000_000, caller: "000000000000" };
    const key = Buffer.alloc(32, 7);
    const now = () => world.time;
    const session: Session = {
      planTokens: createPlanTokens({ key, now }),
      requestStates: createRequestStates({ key, now }),
      identityPools: createIdentityPoolIndex(),
      shownPlans: new Set(),
      jobs: createJobTable(),
    };
    let sent = 0;
    const aws = fakeAws({
      caller: async () => ({ caller: world.caller, account: `account ${world.caller}` }),
      reader: () => async () => ({ Tags: {} }) as never,
      async send() {
        sent += 1;
        return {};
      },
    });
    const { approvals, queue } = testApprovals(now);
    const services = testServices({ aws, approvals });
    const questions = createQuestions(session.requestStates, 300_000);
    const call = (reply?: { state: string; answer: ElicitationAnswer }) => {
      const state = reply && session.requestStates.open(reply.state, () => "call");
      const returned = state && takeAnswer(state, reply.answer, queue, questions.learn);
      const form = questions.formFor(() => "call", returned);
      const signal = new AbortController().signal;
      return dispatch({ tool: "tag-resource", arguments: input, signal, form }, services, session);
    };
    const first = await call();
    if (first.kind !== "question" || first.state === undefined) throw new Error("no question");
    between(world);
    const second = await call({ state: first.state, answer: { action: "accept", content: { answer: "yes" } } });
    return { second, sent: () => sent };
  }

  it("is good for five minutes, to the millisecond", async () => {
    for (const after of [0, 1, 60_000, FIVE_MINUTES - 1]) {
      const { second, sent } = await rounds((world) => {
        world.time += after;
      });
      expect({ after, kind: second.kind, sent: sent() }).toEqual({ after, kind: "success", sent: 1 });
    }
    for (const after of [FIVE_MINUTES, FIVE_MINUTES + 1, 10 * FIVE_MINUTES]) {
      const { second, sent } = await rounds((world) => {
        world.time += after;
      });
      expect(second).toMatchObject({ kind: "refusal", reason: expect.stringMatching(/^The question has expired/) });
      expect(sent()).toBe(0);
    }
  });

  it("is good for the account that the person saw", async () => {
    const { second, sent } = await rounds((world) => {
      world.caller = "111111111111";
    });
    expect(second).toMatchObject({
      kind: "refusal",
      reason: expect.stringMatching(/other AWS credentials are in use/),
    });
    expect(sent()).toBe(0);
  });

  it("holds nothing of the call, the plan or the person in clear", async () => {
    await restart();
    const { state } = await asked(gated[4] as Call);
    const [payload = ""] = state.split(".");
    const fields = JSON.parse(Buffer.from(payload, "hex").toString());
    expect(Object.keys(fields).sort()).toEqual(["call", "expires", "id", "plan", "purpose"]);
    expect(JSON.stringify(fields)).not.toContain(pool.slice(-12));
  });
});
