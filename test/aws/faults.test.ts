/** Whatever the way to AWS does: a typed error in our words, tries that do no harm, and doubt said as such. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Session, startServer } from "../support/client.ts";
import { type Fault, type FaultServer, faults, startFaultServer } from "../support/fault-server.ts";
import { report } from "../support/figures.ts";

let server: FaultServer;
let session: Session;

beforeAll(async () => {
  server = await startFaultServer();
  session = await startServer({ args: ["--policy", "update=off,delete=off"], env: server.env });
});
afterAll(async () => {
  await session[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

/** A call of each kind of effect, with an id in it. */
const calls = {
  read: {
    tool: "describe-identity-pool",
    input: (id: string) => ({ IdentityPoolId: id }),
    sends: "DescribeIdentityPool",
  },
  create: { tool: "get-id", input: (id: string) => ({ IdentityPoolId: id }), sends: "GetId" },
  update: {
    tool: "update-identity-pool",
    input: (id: string) => ({ IdentityPoolId: id, IdentityPoolName: "renamed" }),
    sends: "UpdateIdentityPool",
  },
  delete: {
    tool: "delete-identities",
    input: (id: string) => ({ IdentityIdsToDelete: [id] }),
    sends: "DeleteIdentities",
  },
  vend: {
    tool: "get-credentials-for-identity",
    input: (id: string) => ({ IdentityId: id }),
    sends: "GetCredentialsForIdentity",
  },
} as const;

type Effect = keyof typeof calls;

const effects = Object.keys(calls) as Effect[];
const kinds = Object.keys(faults) as Fault[];

/** Take ten seconds a try, and more than one try. */
const slow: readonly Fault[] = ["silent", "dripping"];

/** AWS, or a proxy before it, said no: then nothing was done. */
const definite: readonly Fault[] = ["throttled", "throttled, with a time", "refused by a proxy", "unknown error"];

/** AWS answers with an error and a text. */
const told: readonly Fault[] = ["throttled", "throttled, with a time", "internal error", "unknown error"];

const throttles: readonly Fault[] = ["throttled", "throttled, with a time"];
/** What the SDK takes for something that passes. */
const passing: readonly Fault[] = ["internal error", "unavailable, in HTML", "reset", "cut off", "silent", "dripping"];

function triesOf(effect: Effect, fault: Fault): number {
  if (effect === "create") return 1;
  if (throttles.includes(fault)) return 3;
  return effect !== "delete" && passing.includes(fault) ? 3 : 1;
}

async function attempt(effect: Effect, fault: Fault) {
  const { tool, input, sends } = calls[effect];
  const id = server.idFor(fault, "changes" as const);
  const whole = effect === "read" ? server.idFor(fault, "all") : id;
  const answer = await session.call(tool, input(whole));
  return { ...answer, tries: server.arrived(whole).filter((operation) => operation === sends).length };
}

describe.concurrent.each(effects)("a call that does a %s", (effect) => {
  it.each(kinds.filter((kind) => !slow.includes(kind)))("%s", async (fault) => {
    const { isError, content, tries } = await attempt(effect, fault);
    const mutates = effect === "create" || effect === "update" || effect === "delete";
    // AWS carried the change out, whatever is wrong with its answer.
    if (mutates && fault === "wrong shape") {
      expect(isError).toBe(false);
      expect(content["notes"]).toContainEqual(expect.stringMatching(/^AWS accepted the change/));
      return;
    }
    expect(isError).toBe(true);
    expect(content).toMatchObject({
      failed: expect.stringMatching(/\.$/),
      next: expect.stringMatching(/\.$/),
      code: expect.stringMatching(/^\w+$/),
    });
    // AWS's own text is data beside ours, and only AWS's.
    const { aws, ...ours } = content;
    expect(aws).toBe(told.includes(fault) ? "as told" : undefined);
    expect(JSON.stringify(ours)).not.toMatch(/html|as told|JSON at position/i);
    expect(tries).toBe(triesOf(effect, fault));
    expect(content["outcome"]).toBe(mutates && !definite.includes(fault) ? "unknown" : undefined);
  });
});

it("throttling says when to call again", async () => {
  expect((await attempt("create", "throttled, with a time")).content["next"]).toMatch(/again in 7 seconds/);
  expect((await attempt("create", "throttled")).content["next"]).toMatch(/again in 5 seconds/);
});

it("a create that a reset leaves in doubt is sent once, and its doubt is said", async () => {
  const { content, tries } = await attempt("create", "reset");
  expect(tries).toBe(1);
  expect(content).toMatchObject({
    failed: expect.stringMatching(/not known/),
    next: expect.stringMatching(/Read the current state/),
    outcome: "unknown",
    code: "ECONNRESET",
  });
  report(6, "a create, then a reset", "1 attempt on the wire, outcome unknown");
});

it("a create that nobody answers, byte by byte or at all, ends in ten seconds", { timeout: 30_000 }, async () => {
  const answers = await Promise.all(slow.map((fault) => attempt("create", fault)));
  for (const { content } of answers) expect(content).toMatchObject({ code: "TimeoutError", outcome: "unknown" });
});

it("a change, or a vend, behind a change that nobody answers is refused in time, and not sent", {
  timeout: 60_000,
}, async () => {
  const id = server.idFor("silent", "changes");
  const first = session.call("update-identity-pool", calls.update.input(id));
  await expect.poll(() => server.arrived(id)).toContain("UpdateIdentityPool");
  for (const { content, tries } of await Promise.all([attempt("update", "reset"), attempt("vend", "reset")])) {
    expect(content).toMatchObject({
      refused: expect.stringMatching(/^Other changes of this server wait for AWS, so this call was not sent/),
      next: expect.stringMatching(/an approval that was given still holds/),
    });
    expect(tries).toBe(0);
  }
  await first;
});

/** Cancels a call once it has arrived. Gives its id. */
async function cancelAfterFirstTry(fault: Fault): Promise<string> {
  const id = server.idFor(fault, "all");
  const cancel = new AbortController();
  const answer = session.client.callTool(
    { name: "describe-identity-pool", arguments: { IdentityPoolId: id } },
    undefined,
    { signal: cancel.signal },
  );
  await expect.poll(() => server.arrived(id)).toHaveLength(1);
  cancel.abort();
  await expect(answer).rejects.toThrow();
  return id;
}

describe("a call that is cancelled", () => {
  it("goes off the wire", async () => {
    const id = await cancelAfterFirstTry("silent");
    await expect.poll(() => server.hungUp(id)).toBe(1);
  });

  it("between two tries is not tried again", async () => {
    const id = await cancelAfterFirstTry("throttled, with a time");
    // One that is not cancelled takes as long as all of its pauses.
    expect((await attempt("read", "throttled, with a time")).tries).toBe(3);
    expect(server.arrived(id)).toHaveLength(1);
  });
});

describe.runIf(process.env["LONG"])("500 faults, 16 at once", () => {
  it("are 500 typed errors or refusals, none later than 50 seconds", { timeout: 900_000 }, async () => {
    const all = Array.from({ length: 500 }, (_, index) => ({
      effect: effects[index % effects.length] ?? "read",
      fault: kinds[Math.floor(index / effects.length) % kinds.length] ?? "reset",
    }));
    let longest = 0;
    let errors = 0;
    await Promise.all(
      Array.from({ length: 16 }, async () => {
        for (let next = all.pop(); next; next = all.pop()) {
          const started = performance.now();
          const { content } = await attempt(next.effect, next.fault);
          longest = Math.max(longest, performance.now() - started);
          // A change that would wait too long for its turn is refused.
          if (/^\w+$/.test(String(content["code"])) || /^Other changes/.test(String(content["refused"]))) errors += 1;
        }
      }),
    );
    expect(errors).toBe(500);
    expect(longest).toBeLessThan(51_000);
    report(5, "500 faults", `500 typed errors or refusals, the longest ${(longest / 1000).toFixed(1)} s`);
  });
});
