/** Logins by reference: only AWS gets the token, and nothing is sent that the operator's rules do not allow. */

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { dispatch } from "../../src/call/dispatch.ts";
import { createSession } from "../../src/call/session.ts";
import { readLogins } from "../../src/config/logins-file.ts";
import type { ClearedCall } from "../../src/guards/approval/clearance.ts";
import { createLoginReferences } from "../../src/guards/logins/references.ts";
import { createRedactor } from "../../src/guards/redaction/redactor.ts";
import type { Renewal, Vault } from "../../src/guards/vended.ts";
import { approve, createPool, type Service, type Session, startServer, startService } from "../support/client.ts";
import { runProgram } from "../support/command.ts";
import { report } from "../support/figures.ts";
import { fakeAws, formAnswering, noLoginReferences, testApprovals, testServices } from "../support/services.ts";
import { idToken } from "../support/tokens.ts";

const google = "accounts.google.com";
const facebook = "graph.facebook.com";
const poolA = "eu-west-1:00000000-0000-4000-8000-00000000000a";
const poolB = "eu-west-1:00000000-0000-4000-8000-00000000000b";
const known = "eu-west-1:00000000-0000-4000-8000-0000000000ff";
const strange = "eu-west-1:00000000-0000-4000-8000-0000000000ee";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "cognito-identity-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Services whose AWS answers every call and records the requests. */
function servicesWith(definitions: object, environment: Record<string, string>, only = false) {
  const file = join(folder, "logins.json");
  writeFileSync(file, JSON.stringify(definitions));
  const sent: ClearedCall[] = [];
  /** The providers of every identity's logins. */
  const linked = [google, facebook];
  const aws = fakeAws({
    reader: () => (command, request) =>
      Promise.resolve(
        (command === "DescribeIdentityPoolCommand"
          ? { ...request, DeveloperProviderName: "login.example.app" }
          : { Logins: [...linked] }) as never,
      ),
    async send(call) {
      sent.push(call);
      return { IdentityId: known };
    },
  });
  const redactor = createRedactor();
  const logins = createLoginReferences({ references: readLogins(file, environment), only });
  const services = testServices({ aws, redactor, loginReferences: logins, approvals: testApprovals().approvals });
  return { services, session: createSession(), sent, redactor, linked };
}

const call = (tool: string, given: object) => ({
  tool,
  arguments: given,
  signal: new AbortController().signal,
  form: formAnswering(({ confirmation }) => (confirmation.by === "typing" ? confirmation.expected : "yes")),
});

/** Possible sources of a reference, and the token that each gives. */
const behind = {
  variable: "token-of-a-variable",
  "missing variable": undefined,
  "empty variable": undefined,
  "variable with a space": undefined,
  file: "token-of-a-file",
  "file with a line end": "token-of-a-line",
  "missing file": undefined,
  "empty file": undefined,
  "file with two lines": undefined,
  folder: undefined,
  pipe: undefined,
  "file of more than 64 KiB": undefined,
  "longest file": "x".repeat(50_000),
} as const;

type Behind = keyof typeof behind;

const environment = { TOKEN: "token-of-a-variable", EMPTY: "", SPACE: "token of a variable" };

function sourceOf(kind: Behind): { env: string } | { file: string } {
  const path = join(folder, kind);
  switch (kind) {
    case "variable":
      return { env: "TOKEN" };
    case "missing variable":
      return { env: "MISSING" };
    case "empty variable":
      return { env: "EMPTY" };
    case "variable with a space":
      return { env: "SPACE" };
    default:
      return { file: path };
  }
}

beforeAll(() => {
  const texts = {
    file: "token-of-a-file",
    "file with a line end": "token-of-a-line\n",
    "empty file": "\n",
    "file with two lines": "token-of-a-file\ntoken\n",
    "file of more than 64 KiB": "x".repeat(65_537),
    "longest file": "x".repeat(50_000),
  };
  for (const [name, text] of Object.entries(texts)) writeFileSync(join(folder, name), text);
  mkdirSync(join(folder, "folder"));
  expect(spawnSync("sh", ["-c", 'mkfifo "$0"', join(folder, "pipe")]).status).toBe(0);
});

const refused = {
  kind: "refusal",
  reason: "A login reference in Logins cannot be used for this call. Nothing was sent.",
  next: expect.stringMatching(/^Ask the operator whether --logins defines it/),
};

describe("a reference", () => {
  it("is resolved only within its rules; everything else gets the same answer and sends nothing", async () => {
    const world = fc.record({
      kind: fc.constantFrom(...(Object.keys(behind) as Behind[])),
      pool: fc.constantFrom(undefined, poolA, poolB),
      named: fc.constantFrom(
        "user",
        "other",
        "User",
        "",
        "us er",
        "user\n",
        "../user",
        "__proto__",
        "constructor",
        "x".repeat(65),
      ),
      provider: fc.constantFrom(google, facebook, `${google}.example`, google.toUpperCase()),
      tool: fc.constantFrom("get-id", "get-credentials-for-identity", "get-open-id-token", "unlink-identity"),
      identity: fc.constantFrom(known, strange),
      asked: fc.constantFrom(poolA, poolB),
      learnt: fc.constantFrom(undefined, poolA, poolB),
      literal: fc.boolean(),
    });
    let resolved = 0;
    // Half of all cases violate exactly one rule.
    const nearly = fc
      .tuple(world, fc.constantFrom("kind", "named", "provider", "pool", "none"))
      .map(([random, out]) => ({
        ...random,
        ...(out !== "kind" && { kind: "file" as const }),
        ...(out !== "named" && { named: "user" }),
        ...(out !== "provider" && { provider: google }),
        ...(out !== "pool" && { pool: undefined }),
      }));
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(world, nearly),
        async ({ kind, pool, named, provider, tool, identity, asked, learnt, literal }) => {
          const definitions = {
            user: { provider: google, ...sourceOf(kind), ...(pool && { pool }) },
            other: { provider: "login.example.com", env: "TOKEN" },
          };
          const { services, session, sent, redactor } = servicesWith(definitions, environment);
          if (learnt) session.identityPools.learn({ IdentityPoolId: learnt }, { Identities: [{ IdentityId: known }] });
          const Logins = { [provider]: `login:${named}`, ...(literal && { "www.amazon.com": "a-literal-token" }) };
          const input = {
            ...(tool === "get-id" ? { IdentityPoolId: asked } : { IdentityId: identity }),
            ...(tool === "unlink-identity" && { LoginsToRemove: [google] }),
            Logins,
          };
          const outcome = await dispatch(call(tool, input), services, session);
          const poolOfCall = tool === "get-id" ? asked : identity === known ? learnt : undefined;
          const token = behind[kind];
          const within =
            named === "user" &&
            provider === google &&
            token !== undefined &&
            (pool === undefined || pool === poolOfCall);
          if (!within) {
            expect(outcome).toEqual(refused);
            expect(sent).toEqual([]);
            return;
          }
          resolved += 1;
          expect(outcome.kind).toBe("success");
          expect(sent).toHaveLength(1);
          expect(sent[0]?.request).toMatchObject({ Logins: { [google]: token } });
          expect(redactor.redactDeep(`<${token}>`)).toBe("<[redacted]>");
        },
      ),
      { numRuns: process.env["LONG"] ? 20_000 : 1_000 },
    );
    expect(resolved).toBeGreaterThan(50);
    report(17, "login references outside their rules", "none resolved, one answer");
  }, 900_000);

  it("is refused if the operator defined none", async () => {
    const { services, session, sent } = servicesWith({}, environment);
    const input = { IdentityPoolId: poolA, Logins: { [google]: "login:user" } };
    expect(await dispatch(call("get-id", input), services, session)).toEqual(refused);
    expect(await dispatch(call("get-id", input), { ...services, loginReferences: noLoginReferences }, session)).toEqual(
      refused,
    );
    expect(sent).toEqual([]);
  });

  it("is checked before and after a person is asked, and an unusable one does not use up an approval", async () => {
    const tokens = { TOKEN: "the-first-token" } as Record<string, string>;
    const { services, session, sent } = servicesWith({ user: { provider: google, env: "TOKEN" } }, tokens);
    const input = { IdentityId: known, Logins: { [google]: "login:user" }, LoginsToRemove: [google] };
    const { approvals, queue, terminal } = testApprovals();
    const asking = () =>
      dispatch({ ...call("unlink-identity", input), form: undefined }, { ...services, approvals }, session);
    expect(await asking()).toMatchObject({ kind: "refusal" });
    const [plan] = terminal.waiting();
    expect(terminal.answer(plan?.code ?? "", plan?.binding ?? "", known)).toMatchObject({ result: "approved" });
    delete tokens["TOKEN"];
    expect(await asking()).toEqual(refused);
    expect(queue.stateOf(plan?.code ?? "")).toMatchObject({ is: "approved" });
    // The token has changed. The approval is for the reference.
    tokens["TOKEN"] = "the-second-token";
    expect(await asking()).toMatchObject({ kind: "success" });
    expect(sent.map(({ request }) => request)).toEqual([
      { IdentityId: known, Logins: { [google]: "the-second-token" }, LoginsToRemove: [google] },
    ]);
  });

  it("that disappears while the person reads sends nothing", async () => {
    const tokens = { TOKEN: "the-first-token" } as Record<string, string>;
    const { services, session, sent } = servicesWith({ user: { provider: google, env: "TOKEN" } }, tokens);
    const input = { IdentityId: known, Logins: { [google]: "login:user" }, LoginsToRemove: [google] };
    const { approvals } = testApprovals();
    const form = formAnswering(() => {
      delete tokens["TOKEN"];
      return known;
    });
    const asked = { ...call("unlink-identity", input), form };
    expect(await dispatch(asked, { ...services, approvals }, session)).toEqual(refused);
    expect(sent).toEqual([]);
  });

  it("can be required", async () => {
    const { services, session, sent } = servicesWith({ user: { provider: google, env: "TOKEN" } }, environment, true);
    const ask = (tool: string, Logins: object) =>
      dispatch(call(tool, { IdentityPoolId: poolA, Logins }), services, session);
    for (const tool of ["get-id", "get-open-id-token-for-developer-identity"]) {
      const mixed = { [google]: "login:user", [facebook]: "an-opaque-token".repeat(8) };
      expect(await ask(tool, mixed)).toMatchObject({
        kind: "refusal",
        reason: "The operator allows only login references, and Logins contains a token.",
      });
    }
    expect(sent).toEqual([]);
    // A user of a developer provider has a name and no token.
    const developer = { "login.example.app": "user 1" };
    expect((await ask("get-open-id-token-for-developer-identity", developer)).kind).toBe("success");
    expect((await ask("get-id", { [google]: "login:user" })).kind).toBe("success");
    expect(sent).toHaveLength(2);
  });
});

describe("a renewal", () => {
  const expiring = () => ({
    Credentials: {
      AccessKeyId: "ASIAABCDEFGHIJKLMNOP",
      SecretKey: "s".repeat(40),
      SessionToken: `IQoJ${"t".repeat(40)}`,
      Expiration: new Date(),
    },
  });

  /** Vends, and returns the function that repeats the call. */
  async function renewable(given: object, definitions = {}) {
    const { services, session, sent, linked } = servicesWith(definitions, environment);
    const again: Renewal[] = [];
    const vault: Vault = {
      async keep(_, repeat) {
        if (repeat) again.push(repeat);
        return undefined;
      },
    };
    const aws = fakeAws({
      ...services.aws,
      async send(cleared) {
        sent.push(cleared);
        return expiring();
      },
    });
    const kept: unknown[] = [];
    const into: Vault = {
      async keep(vended) {
        kept.push(vended);
        return undefined;
      },
    };
    await dispatch(call("get-credentials-for-identity", given), { ...services, aws, vault }, session);
    return { services, session, sent, kept, linked, renew: again[0] && (() => again[0]?.(into)) };
  }

  it("passes the same guards: a call that the operator now denies is not sent", async () => {
    const { services, sent, kept, renew } = await renewable({ IdentityId: known });
    await renew?.();
    expect({ sent: sent.length, kept: kept.length }).toEqual({ sent: 2, kept: 1 });
    for (const forbid of [
      { rules: new Map([["get-credentials-for-identity", "deny" as const]]) },
      { readOnly: true },
      { regions: new Set(["us-east-1"]) },
      { pools: new Set([poolA]) },
    ]) {
      const before = { ...services.policy };
      Object.assign(services.policy, forbid);
      await renew?.();
      expect({ sent: sent.length, kept: kept.length }, JSON.stringify(Object.keys(forbid))).toEqual({
        sent: 2,
        kept: 1,
      });
      Object.assign(services.policy, before);
    }
  });

  it("never links: it fails with a reason once the identity has lost the login, whatever the level", async () => {
    const definitions = { user: { provider: google, env: "TOKEN" } };
    const given = { IdentityId: known, Logins: { [google]: "login:user" } };
    const { services, sent, kept, linked, renew } = await renewable(given, definitions);
    expect(await renew?.()).toBeUndefined();
    expect({ sent: sent.length, kept: kept.length }).toEqual({ sent: 2, kept: 1 });
    linked.splice(0, 1);
    services.accountMemory.forgetLogins();
    for (const rules of [
      new Map(),
      new Map([["delete", "off" as const]]),
      new Map([["delete", "two-step" as const]]),
    ]) {
      Object.assign(services.policy, { rules });
      expect(await renew?.()).toMatch(/needs an approval\. Nothing was sent/);
    }
    expect({ sent: sent.length, kept: kept.length }).toEqual({ sent: 2, kept: 1 });
  });

  it("follows an approved link, for the identity that was answered", async () => {
    const definitions = { user: { provider: google, env: "TOKEN" } };
    const given = { IdentityId: strange, Logins: { [google]: "login:user" } };
    const { services, session, sent, linked } = servicesWith(definitions, environment);
    linked.splice(0);
    const again: Renewal[] = [];
    const vault: Vault = {
      async keep(_, repeat) {
        if (repeat) again.push(repeat);
        return undefined;
      },
    };
    const aws = fakeAws({
      ...services.aws,
      async send(cleared) {
        sent.push(cleared);
        return { IdentityId: known, ...expiring() };
      },
    });
    const outcome = await dispatch(call("get-credentials-for-identity", given), { ...services, aws, vault }, session);
    expect(outcome).toMatchObject({ kind: "success", content: { approved: { by: "a person, in the client" } } });
    linked.push(google);
    expect(await again[0]?.(vault)).toBeUndefined();
    expect(sent.map(({ request }) => request)).toEqual([
      { IdentityId: strange, Logins: { [google]: "token-of-a-variable" } },
      { IdentityId: known, Logins: { [google]: "token-of-a-variable" } },
    ]);
  });

  it("is there for guests and for references, and not for tokens that the call brought along", async () => {
    const definitions = { user: { provider: google, env: "TOKEN" } };
    const has = async (Logins?: object) =>
      (await renewable({ IdentityId: known, ...(Logins && { Logins }) }, definitions)).renew !== undefined;
    expect(await has()).toBe(true);
    expect(await has({})).toBe(true);
    expect(await has({ [google]: "login:user" })).toBe(true);
    expect(await has({ [google]: "an-opaque-token" })).toBe(false);
    expect(await has({ [google]: "login:user", [facebook]: "an-opaque-token" })).toBe(false);
  });
});

describe("a server with --logins", () => {
  let home: string;
  let service: Service;
  let pool: string;
  let token: string;
  /** How much earlier than after an hour the vended credentials expire, in milliseconds. */
  let lag = 0;
  const received: unknown[] = [];
  const open: Session[] = [];
  beforeEach(async () => {
    received.length = 0;
    home = mkdtempSync(join(tmpdir(), "cognito-identity-"));
    lag = 0;
    service = await startService({
      clock: () => Date.now() - lag,
      onCall: (_, input) => received.push(input),
    });
    pool = await createPool(service.sdk);
    token = idToken(google, "app.example", { sub: "somebody" });
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((session) => session[Symbol.asyncDispose]()));
    await service[Symbol.asyncDispose]();
    rmSync(home, { recursive: true });
  });

  async function start(definitions: unknown, env = {}, ...args: string[]): Promise<Session> {
    const file = join(home, "logins.json");
    writeFileSync(file, typeof definitions === "string" ? definitions : JSON.stringify(definitions));
    const session = await startServer({
      args: ["--logins", file, ...args],
      env: { ...service.env, XDG_RUNTIME_DIR: home, ...env },
      respond: approve,
    });
    open.push(session);
    return session;
  }

  it("signs in a user without showing the token, and renews the credentials with the current token", async () => {
    const file = join(home, "token");
    writeFileSync(file, `${token}\n`);
    const session = await start({ me: { provider: google, file, pool } });
    const Logins = { [google]: "login:me" };
    const { content, text } = await session.call("get-id", { IdentityPoolId: pool, Logins });
    expect(received.at(-1)).toMatchObject({ Logins: { [google]: token } });
    lag = 57 * 60_000;
    const vended = await session.call("get-credentials-for-identity", { IdentityId: content["IdentityId"], Logins });
    expect(vended.isError).toBe(false);
    lag = 0;
    const tags = await session.call("tag-resource", {
      ResourceArn: `arn:aws:cognito-identity:eu-west-1:000000000000:identitypool/${pool}`,
      Tags: { plain: token },
    });
    for (const said of [text, vended.text, tags.text]) expect(said).not.toContain(token.slice(0, 40));
    const handle = String(vended.content["handle"]);
    const renewed = idToken(google, "app.example", { sub: "somebody", jti: "renewed" });
    writeFileSync(file, renewed);
    const { code, stdout, stderr } = await runProgram(["credentials", handle], { XDG_RUNTIME_DIR: home });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(received.at(-1)).toEqual({ IdentityId: content["IdentityId"], Logins: { [google]: renewed } });
    const { Expiration } = JSON.parse(stdout) as { Expiration: string };
    expect(Date.parse(Expiration) - Date.now()).toBeGreaterThan(50 * 60_000);
  });

  it("unlinks with a reference", async () => {
    const session = await start({ me: { provider: google, env: "ME" } }, { ME: token });
    const Logins = { [google]: "login:me" };
    const { content } = await session.call("get-id", { IdentityPoolId: pool, Logins });
    const { IdentityId } = content;
    const unlinked = await session.call("unlink-identity", { IdentityId, Logins, LoginsToRemove: [google] });
    expect(unlinked.isError).toBe(false);
    expect(received.at(-1)).toMatchObject({ Logins: { [google]: token } });
    expect(unlinked.text + JSON.stringify(session.questions)).not.toContain(token.slice(0, 40));
  });

  it.each([
    ["invalid JSON", "{", /must contain a JSON object/],
    ["a list", [], /must contain a JSON object/],
    ["a name with a space", { "a b": { provider: google, env: "X" } }, /"a b": the name must have/],
    ["a reference that is text", { a: "X" }, /"a": the value must be a JSON object/],
    ["an unknown key", { a: { provider: google, env: "X", value: "secret" } }, /"a": "value" is an unknown key/],
    ["both sources", { a: { provider: google, env: "X", file: "/x" } }, /"a": set either env or file/],
    ["no source", { a: { provider: google } }, /"a": set either env or file/],
    ["no provider", { a: { env: "X" } }, /"a": provider must be/],
    ["a bad variable", { a: { provider: google, env: "X Y" } }, /"a": env must be/],
    ["a relative file", { a: { provider: google, file: "x" } }, /"a": file must be/],
    ["a bad pool", { a: { provider: google, env: "X", pool: "pool" } }, /"a": pool must be/],
  ])("that defines %s does not start, and names it", async (_, definitions, message) => {
    const file = join(home, "logins.json");
    writeFileSync(file, typeof definitions === "string" ? definitions : JSON.stringify(definitions));
    const { code, stdout, stderr } = await runProgram(["--logins", file], { XDG_RUNTIME_DIR: home });
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(message);
    expect(stderr).toContain(file);
    expect(stderr).not.toContain("secret");
  });

  it("that does not exist does not start either", async () => {
    const { code, stderr } = await runProgram(["--logins", join(home, "none")], { XDG_RUNTIME_DIR: home });
    expect(code).toBe(2);
    expect(stderr).toMatch(/cannot be read \(ENOENT\)/);
  });
});
