/** Answers of AWS that are too large: no call waits for them, and what is known of a change is said. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type AnswerLimits, answerLimits, createAnswerMeter } from "../../src/aws/answer-limits.ts";
import { dispatch } from "../../src/call/dispatch.ts";
import { createSession } from "../../src/call/session.ts";
import { resultOf } from "../../src/mcp/result.ts";
import { compare } from "../../src/plans/compare.ts";
import { operations, type Shape } from "../facts/facts.ts";
import { answers, creations, deletions, poolId, updates } from "../support/account.ts";
import { approve, type Session, startPuppet, startServer } from "../support/client.ts";
import { fakeAws, testServices } from "../support/services.ts";

const long = process.env["LONG"] !== undefined;

let reply: (operation: string) => { status: number; body: unknown };
let sent: string[] = [];
let puppet: Awaited<ReturnType<typeof startPuppet>>;
let session: Session;
let folder: string;
let audit: string;

const good = (operation: string) => ({ status: 200, body: answers[operation] ?? {} });

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "cognito-identity-"));
  audit = join(folder, "audit.jsonl");
  puppet = await startPuppet((operation) => {
    sent.push(operation);
    return reply(operation);
  });
  session = await startServer({ args: ["--audit", audit], env: puppet.env, respond: approve });
  reply = good;
  // The first call loads the SDK, which is not what is measured.
  await session.call("describe-identity-pool", { IdentityPoolId: poolId });
});
afterAll(async () => {
  await session[Symbol.asyncDispose]();
  puppet.close();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  reply = good;
});

/**
 * Milliseconds that the server has worked so far, which other programs on this machine do not change; where that cannot be read, the time.
 */
function workedMs(): number {
  const stat = `/proc/${session.pid}/stat`;
  if (!existsSync(stat)) return performance.now();
  const [user, system] = readFileSync(stat, "utf8").split(" ").slice(13, 15);
  // In hundredths of a second.
  return 10 * (Number(user) + Number(system));
}

/** Makes the call, and pings the server until it is answered: each ping has its answer before the server has worked for a second. */
async function attempt(tool: string, input: object) {
  sent = [];
  session.questions.length = 0;
  let done = false;
  const answer = session.call(tool, { ...input }).finally(() => {
    done = true;
  });
  let slowest = 0;
  while (!done) {
    const begun = workedMs();
    await session.client.ping();
    slowest = Math.max(slowest, workedMs() - begun);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  expect(slowest).toBeLessThan(1000);
  expect(peakMb()).toBeLessThanOrEqual(256);
  return { ...(await answer), asked: session.questions.length };
}

function peakMb(): number {
  const status = `/proc/${session.pid}/status`;
  if (!existsSync(status)) return 0;
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(status, "utf8"))?.[1]) / 1024;
}

/** The last record of the audit. */
function lastRecord(): Record<string, unknown> {
  return JSON.parse(readFileSync(audit, "utf8").trimEnd().split("\n").at(-1) ?? "{}");
}

/** Bodies of up to 5 MB, by what they are full of. */
const huge: Readonly<Record<string, (size: number) => string>> = {
  ARNs: (size) => JSON.stringify({ SamlProviderARNs: many(size, (at) => `arn:aws:iam::1:saml-provider/${at}`) }),
  tags: (size) =>
    JSON.stringify({ IdentityPoolTags: Object.fromEntries(many(size, (at) => [`key-${at}`, `value-${at}`])) }),
  "one tag": (size) => JSON.stringify({ IdentityPoolTags: { key: "x".repeat(size) } }),
  "one escaped tag": (size) => `{"IdentityPoolTags":{"key":"${"\\u0041".repeat(size / 6)}"}}`,
  "one key": (size) => JSON.stringify({ IdentityPoolTags: { ["x".repeat(size)]: "value" } }),
  "unknown members": (size) => JSON.stringify(Object.fromEntries(many(size, (at) => [`Member${at}`, at]))),
  "nested lists": (size) => `{"IdentityPoolTags":${"[".repeat(size / 2)}${"]".repeat(size / 2)}}`,
  "a shallow nest": () => `{"IdentityPoolTags":${"[".repeat(5000)}${"]".repeat(5000)}}`,
  "empty objects": (size) => `{"CognitoIdentityProviders":[${"{},".repeat(size / 3)}{}]}`,
  space: (size) => `{"IdentityPoolTags":{"a":"b"}${" ".repeat(size)}}`,
  digits: (size) => `{"IdentityPoolTags":{"a":${"1".repeat(size)}}}`,
  "text without an end": (size) => `{"IdentityPoolTags":{"a":"${"x".repeat(size)}`,
};

function many<Entry>(size: number, entry: (at: number) => Entry): Entry[] {
  return Array.from({ length: Math.ceil(size / 33) }, (_, at) => entry(at));
}

const changes = { ...creations, ...updates, ...deletions };
const change = fc.constantFrom(...(Object.keys(changes) as (keyof typeof changes)[]));
const kind = fc.constantFrom(...Object.keys(huge));
/** Characters, above the limits of every operation. */
const size = fc.integer({ min: 1_100_000, max: 4_900_000 });
const runs = long ? 500 : 25;

function bodyOf(what: string, characters: number): string {
  return huge[what]?.(characters) ?? "";
}

describe("a change whose answer is too large", { timeout: 600_000 }, () => {
  it("is reported as accepted, in the answer and in the audit", async () => {
    await fc.assert(
      fc.asyncProperty(change, kind, size, async (tool, what, characters) => {
        const { input, sends } = changes[tool];
        const body = bodyOf(what, characters);
        reply = (operation) => (operation === sends ? { status: 200, body } : good(operation));
        const { isError, content } = await attempt(tool, input);
        expect(isError).toBe(false);
        expect(content["notes"]).toContainEqual(
          expect.stringMatching(/^AWS accepted the change\. Its answer cannot be shown/),
        );
        expect(sent.filter((operation) => operation === sends)).toHaveLength(1);
        expect(lastRecord()).toMatchObject({ record: "outcome", outcome: "done" });
      }),
      { numRuns: runs },
    );
  });

  it("keeps what was approved, and how to undo it", async () => {
    reply = (operation) =>
      operation === "UpdateIdentityPool" ? { status: 200, body: bodyOf("ARNs", 4_900_000) } : good(operation);
    const { content } = await attempt("update-identity-pool", updates["update-identity-pool"].input);
    expect(content).toMatchObject({
      approved: { action: "Update identity pool" },
      undo: [{ tool: "update-identity-pool", arguments: { IdentityPoolName: "pool" } }],
    });
  });

  it.each([
    ["of another shape", { IdentityPoolName: { inside: 1 } }],
    ["a list", [1, 2]],
  ])("is reported as accepted where the answer is %s", async (_, body) => {
    reply = (operation) => (operation === "CreateIdentityPool" ? { status: 200, body } : good(operation));
    const { isError, text } = await attempt("create-identity-pool", creations["create-identity-pool"].input);
    expect(isError).toBe(false);
    expect(text).not.toContain("inside");
    expect(lastRecord()).toMatchObject({ outcome: "done" });
  });

  it("is reported as refused where the answer is AWS's error, and as unknown where AWS failed", async () => {
    await fc.assert(
      fc.asyncProperty(change, kind, size, fc.constantFrom(400, 403, 500), async (tool, what, characters, status) => {
        const { input, sends } = changes[tool];
        const body = bodyOf(what, characters);
        reply = (operation) => (operation === sends ? { status, body } : good(operation));
        const { isError, content } = await attempt(tool, input);
        expect(isError).toBe(true);
        expect(content["outcome"]).toBe(status === 500 ? "unknown" : undefined);
        expect(content["failed"]).not.toMatch(/internal error\. Report/);
        expect(lastRecord()).toMatchObject({ outcome: status === 500 ? "unknown" : "failed" });
      }),
      { numRuns: Math.ceil(runs / 3) },
    );
  });

  it("is reported as unknown where what answers is not AWS", async () => {
    reply = (operation) =>
      operation === "UpdateIdentityPool" ? { status: 200, body: "<html>".repeat(800_000) } : good(operation);
    const { isError, content } = await attempt("update-identity-pool", updates["update-identity-pool"].input);
    expect(isError).toBe(true);
    expect(content).toMatchObject({ code: "OversizeError", outcome: "unknown" });
    expect(lastRecord()).toMatchObject({ outcome: "unknown" });
  });
});

describe("a read that is too large", { timeout: 600_000 }, () => {
  it("ends the call of a plan before anybody is asked", async () => {
    const planned = { ...updates, ...deletions };
    const tool = fc.constantFrom(...(Object.keys(planned) as (keyof typeof planned)[]));
    await fc.assert(
      fc.asyncProperty(tool, kind, size, fc.nat(), async (name, what, characters, pick) => {
        const { input, reads, sends } = planned[name];
        const body = bodyOf(what, characters);
        const target = reads[pick % reads.length];
        reply = (operation) => (operation === target ? { status: 200, body } : good(operation));
        const { isError, content, asked } = await attempt(name, input);
        expect({ isError, asked, code: content["code"] }).toEqual({ isError: true, asked: 0, code: "OversizeError" });
        expect(content["outcome"]).toBeUndefined();
        expect(sent).not.toContain(sends);
      }),
      { numRuns: runs },
    );
  });

  it.each(Object.keys(huge))("ends a read: %s", async (what) => {
    reply = () => ({ status: 200, body: bodyOf(what, 4_900_000) });
    const { content } = await attempt("describe-identity-pool", { IdentityPoolId: poolId });
    expect(content).toMatchObject({ code: "OversizeError" });
  });

  it("does not add up over the reads of one plan", async () => {
    const body = bodyOf("ARNs", 4_900_000);
    reply = () => ({ status: 200, body });
    const ids = Array.from({ length: 10 }, (_, at) => poolId.replace(/0$/, String(at)));
    expect((await attempt("delete-identities", { IdentityIdsToDelete: ids })).content).toMatchObject({
      code: "OversizeError",
    });
  });
});

describe("a plan of the largest answers that are read", { timeout: 600_000 }, () => {
  /** Texts that take the redactor the longest, and entries that take the comparison the longest. */
  const full = {
    encoded: { SupportedLoginProviders: fill(16, (at) => [`${at}`, "+ %20\\n".repeat(1500)]) },
    base64: { SupportedLoginProviders: fill(16, (at) => [`${at}`, "QUJDREVGRw".repeat(1100)]) },
    invisible: { SupportedLoginProviders: fill(16, (at) => [`${at}`, "\u202e".repeat(3800)]) },
    tags: { IdentityPoolTags: fill(1900, (at) => [`key-${at}`, "x".repeat(70)]) },
    lists: {
      SamlProviderARNs: Array.from({ length: 1900 }, (_, at) => `arn:aws:iam::1:saml-provider/${"x".repeat(40)}${at}`),
    },
  };

  function fill(count: number, entry: (at: number) => [string, string]): object {
    return Object.fromEntries(Array.from({ length: count }, (_, at) => entry(at)));
  }

  it.each(Object.entries(full))("is not asked in a form, which cannot hold it: %s", async (_, part) => {
    const pool = { ...answers["DescribeIdentityPool"], ...part };
    reply = (operation) => (operation.endsWith("IdentityPool") ? { status: 200, body: pool } : good(operation));
    const [member = ""] = Object.keys(part);
    const { content, asked } = await attempt("update-identity-pool", { IdentityPoolId: poolId, clear: [member] });
    expect(content["refused"]).toMatch(/too long for a form|encoded in too many ways|can be read in more ways/);
    expect(asked).toBe(0);
    expect(sent).not.toContain("UpdateIdentityPool");
  });

  it("is carried out where the operator wants no question", async () => {
    const asking = session;
    session = await startServer({ args: ["--policy", "update=off"], env: puppet.env, respond: approve });
    try {
      for (const part of [full.tags, full.lists]) {
        const pool = { ...answers["DescribeIdentityPool"], ...part };
        reply = (operation) => (operation.endsWith("IdentityPool") ? { status: 200, body: pool } : good(operation));
        const [member = ""] = Object.keys(part);
        const { isError } = await attempt("update-identity-pool", { IdentityPoolId: poolId, clear: [member] });
        expect({ member, isError }).toEqual({ member, isError: false });
        expect(sent).toContain("UpdateIdentityPool");
      }
    } finally {
      await session[Symbol.asyncDispose]();
      session = asking;
    }
  });
});

describe("an outcome that is known", () => {
  it("is told where the handling of the answer fails", async () => {
    const faults: unknown[] = [];
    const aws = fakeAws({
      reader: () => () => Promise.reject(new Error("no plan is made here")),
      send: async () => ({ IdentityId: "eu-west-1:1" }),
    });
    const services = testServices({ aws, onFault: (error) => faults.push(error) });
    const broken = () => {
      throw new RangeError("Maximum call stack size exceeded");
    };
    const session = { ...createSession(), identityPools: { learn: broken, poolOf: () => undefined } };
    const call = { tool: "get-id", arguments: { IdentityPoolId: poolId }, signal: new AbortController().signal };
    expect(await dispatch(call, services, session)).toMatchObject({
      kind: "success",
      content: { notes: [expect.stringMatching(/^AWS accepted the change/)] },
    });
    expect(faults).toEqual([expect.any(RangeError)]);
  });

  it.each([
    [
      { kind: "success", content: { Value: 1n } } as const,
      { notes: ["The call succeeded. Its answer cannot be shown."] },
    ],
    [
      {
        kind: "failure",
        code: "E",
        message: "It failed.",
        hint: "Wait.",
        unknown: true,
        logins: [1n as never],
      } as const,
      { failed: "It failed.", outcome: "unknown" },
    ],
  ])("is told where its answer cannot be written", (outcome, shown) => {
    const faults: unknown[] = [];
    const { structuredContent, isError } = resultOf(outcome, { onFault: (error) => void faults.push(error) });
    expect(structuredContent).toMatchObject(shown);
    expect(isError).toBe(outcome.kind === "failure" ? true : undefined);
    expect(faults).toHaveLength(1);
  });
});

it("a comparison of long lists takes time in proportion to their length", () => {
  const list = (from: number) => Array.from({ length: 60_000 }, (_, at) => `arn:aws:iam::1:saml-provider/${from + at}`);
  const begun = performance.now();
  expect(compare({ list: list(0) }, { list: list(60_000) })).toHaveLength(120_000);
  expect(performance.now() - begun).toBeLessThan(5000);
});

/** What the quotas allow where the model sets no limit. */
const quotas: Readonly<Record<string, number>> = {
  OIDCProviderList: 100,
  SAMLProviderList: 100,
  CognitoIdentityProviderList: 50,
  IdentityPoolTagsType: 50,
};

/** The largest value of a shape, with ARNs of so many characters. A provider has the rules that the quota allows. */
function largest(
  shape: Shape & { readonly shape?: string },
  arnLength: number,
  text: (length: number) => string,
): unknown {
  switch (shape.type) {
    case "structure":
      return Object.fromEntries(
        Object.entries(shape.members ?? {}).map(([name, inner]) => [name, largest(inner, arnLength, text)]),
      );
    case "list": {
      const count = shape.max === 400 ? 25 : (shape.max ?? quotas[String(shape.shape)] ?? 60);
      return Array(count).fill(shape.member && largest(shape.member, arnLength, text));
    }
    case "map": {
      const count = shape.max ?? quotas[String(shape.shape)] ?? 50;
      const keys = Array.from({ length: count }, (_, at) => `${text((shape.key?.max ?? 128) - 2)}${at}`);
      return Object.fromEntries(keys.map((key) => [key, shape.value && largest(shape.value, arnLength, text)]));
    }
    case "string":
      if (shape.enum) return shape.enum[0];
      return shape.max === 2048 ? "a".repeat(arnLength) : text(shape.max ?? 4096);
    default:
      return 1_700_000_000;
  }
}

function isWithin(limits: AnswerLimits, body: string): boolean {
  return createAnswerMeter(limits).add(Buffer.from(body));
}

describe("the limits", () => {
  it.each(Object.entries(operations))("of %s are above what AWS can answer", (operation, { output }) => {
    const limits = answerLimits[operation as keyof typeof answerLimits];
    // Each identity of a page, like one alone, has a login of 20 providers.
    const logins = (name: string, value: unknown) => (name === "Logins" ? (value as unknown[]).slice(0, 20) : value);
    const isRoles = operation === "GetIdentityPoolRoles";
    const answer = JSON.stringify(
      // AWS checks no ARN of a rule. Those of providers are of IAM, which allows 300 characters, and those of roles 610.
      largest({ type: "structure", members: output }, isRoles ? 2048 : 610, (length) =>
        (isRoles ? "\u4e00" : "x").repeat(length),
      ),
      logins,
    );
    expect(isWithin(limits, answer)).toBe(true);
  });

  it("hold wherever the answer is cut into pieces", () => {
    const limits = { bytes: 60, entries: 6, text: 10 };
    const measured = (body: Buffer, step: number) => {
      const meter = createAnswerMeter(limits);
      let within = true;
      for (let at = 0; at < body.length && within; at += step) within = meter.add(body.subarray(at, at + step));
      return within;
    };
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), fc.integer({ min: 1, max: 9 }), (value, step) => {
        const body = Buffer.from(JSON.stringify(value));
        const texts: string[] = [];
        let entries = 0;
        const walk = (part: unknown, key?: string): void => {
          if (key !== undefined) texts.push(key);
          if (typeof part === "string") texts.push(part);
          if (typeof part !== "object" || part === null) return;
          const inner = Object.entries(part);
          entries += Math.max(1, inner.length);
          for (const [name, entry] of inner) walk(entry, Array.isArray(part) ? undefined : name);
        };
        walk(value);
        const longest = Math.max(0, ...texts.map((text) => Buffer.byteLength(JSON.stringify(text)) - 2));
        const expected = body.length <= limits.bytes && entries <= limits.entries && longest <= limits.text;
        expect(measured(body, step)).toBe(expected);
      }),
      { numRuns: long ? 20_000 : 2000 },
    );
  });
});
