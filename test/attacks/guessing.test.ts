/**
 * Redaction as an oracle: a caller sends a text, or has it stored, and learns from what comes back whether it is a piece of a secret.
 * Known are the public start of the secret and whatever was guessed before.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encodings } from "../support/canary.ts";
import {
  approve,
  arnOf,
  createPool,
  type Service,
  type Session,
  startServer,
  startService,
} from "../support/client.ts";
import { report } from "../support/figures.ts";
import { startWire } from "../support/wire.ts";

const rounds = process.env["LONG"] ? 200 : 12;

const characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const secretOf = (length: number, seed: number) =>
  fc.sample(fc.string({ unit: fc.constantFrom(...characters), minLength: length, maxLength: length }), {
    seed,
    numRuns: 1,
  })[0] ?? "";

const sessionToken = `IQoJb3JpZ2luX2Vj${secretOf(400, 7)}`;
const secretKey = secretOf(40, 8);

let service: Service;
let pool: string;
let other: string;
let folder: string;
beforeAll(async () => {
  service = await startService();
  pool = await createPool(service.sdk);
  other = await createPool(service.sdk);
  folder = mkdtempSync(join(tmpdir(), "cognito-identity-"));
});
afterAll(async () => {
  await service[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const own = () => ({ ...service.env, AWS_SECRET_ACCESS_KEY: secretKey, AWS_SESSION_TOKEN: sessionToken });

type Ask = (session: Session, text: string) => Promise<unknown>;

const call =
  (tool: string, input: (text: string) => Record<string, unknown>): Ask =>
  (session, text) =>
    session.client.callTool({ name: tool, arguments: input(text) });

/** Every place through which a text goes in; some calls are refused for other reasons, or denied by the policy. */
const places: Readonly<Record<string, Ask>> = {
  "the name of a tool": (session, text) => session.client.callTool({ name: text, arguments: {} }),
  "an unknown argument": call("list-identity-pools", (text) => ({ [text]: 1 })),
  "an unknown argument, one of many": call("list-identity-pools", (text) =>
    Object.fromEntries([...Array.from({ length: 40 }, (_, at) => `other-${at}`), text].map((name) => [name, 1])),
  ),
  "a nested unknown argument": call("create-identity-pool", (text) => ({ CognitoIdentityProviders: [{ [text]: 1 }] })),
  "a value": call("list-identity-pools", (text) => ({ nameContains: text })),
  "a value of the wrong form": call("describe-identity-pool", (text) => ({ IdentityPoolId: text })),
  "a token of a page": call("list-identity-pools", (text) => ({ NextToken: text })),
  "a region": call("list-identity-pools", (text) => ({ region: text })),
  "a tag": call("tag-resource", (text) => ({ ResourceArn: arnOf(pool), Tags: { note: text } })),
  "the key of a tag": call("untag-resource", (text) => ({ ResourceArn: arnOf(pool), TagKeys: [text] })),
  "a name": call("create-identity-pool", (text) => ({ IdentityPoolName: text, AllowUnauthenticatedIdentities: false })),
  "the name of a login provider": call("get-id", (text) => ({ IdentityPoolId: pool, Logins: { [text]: "token" } })),
  "a developer user": call("lookup-developer-identity", (text) => ({
    IdentityPoolId: pool,
    DeveloperUserIdentifier: text,
  })),
  "a plan token": call("delete-identity-pool", (text) => ({ IdentityPoolId: pool, planToken: text })),
  "the address of a resource": (session, text) => session.client.readResource({ uri: `cognito-identity://x/${text}` }),
  "the name of a prompt": (session, text) => session.client.getPrompt({ name: text }),
  "an argument of a prompt": (session, text) =>
    session.client.getPrompt({ name: "review-identity-pool", arguments: { poolId: text } }),
  "a value to complete": (session, text) =>
    session.client.complete({
      ref: { type: "ref/prompt", name: "review-identity-pool" },
      argument: { name: "poolId", value: text },
    }),
  "the cursor of a list": (session, text) => session.client.listResources({ cursor: text }),
  "a progress token": (session, text) =>
    session.client.callTool({ name: "list-identity-pools", arguments: {}, _meta: { progressToken: text } }),
};

/** What the client got, an error or a result, as one text. */
async function answerTo(ask: Ask, session: Session, text: string): Promise<string> {
  try {
    return JSON.stringify(await ask(session, text));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const SCREENED = "The request was not processed";
const CLOSED = "This server has stopped answering";

describe("a text that comes in", () => {
  it.each(Object.keys(places))("%s, gets one constant answer if it holds a piece of a secret", async (place) => {
    const ask = places[place] as Ask;
    const piece = fc.tuple(
      fc.constantFrom(sessionToken.slice(16), secretKey),
      fc.nat(),
      fc.integer({ min: 8, max: 20 }),
      fc.constantFrom(...Object.keys(encodings)),
    );
    const answers = new Set<string>();
    await fc.assert(
      fc.asyncProperty(piece, async ([secret, from, length, encoding]) => {
        await using session = await startServer({ env: own(), respond: approve, args: ["--read-only"] });
        const start = from % (secret.length - length);
        const text = encodings[encoding]?.(secret.slice(start, start + length)) ?? "";
        answers.add((await answerTo(ask, session, text)).replace(/"(?:_meta|id)":[^,}]*/g, ""));
      }),
      { numRuns: process.env["LONG"] ? 40 : 3 },
    );
    expect([...answers].filter((answer) => !answer.includes(SCREENED))).toEqual([]);
    expect(answers.size).toBe(1);
  });

  it("is not processed: nothing is sent to AWS, and nobody is asked", async () => {
    await using session = await startServer({ env: own(), respond: approve });
    const before = service.calls.length;
    const text = secretKey.slice(3, 11);
    await session.call("tag-resource", { ResourceArn: arnOf(pool), Tags: { note: text } });
    await session.call("create-identity-pool", { IdentityPoolName: text, AllowUnauthenticatedIdentities: true });
    expect(service.calls.length).toBe(before);
    expect(session.questions).toEqual([]);
  });

  it("is found among thousands, and says not which it was", async () => {
    await using session = await startServer({ env: own() });
    const known = sessionToken.slice(9, 16);
    const guesses = [...characters].flatMap((one) =>
      [...characters].map((two) => `${sessionToken.slice(10, 16)}${one}${two}`),
    );
    const answer = await session.call("list-identity-pools", Object.fromEntries(guesses.map((guess) => [guess, 1])));
    expect(answer.text).toContain(SCREENED);
    expect(answer.text).not.toContain(known);
  });
});

/** Maps of a plan: whose key and value stand side by side in its text. */
const maps: Readonly<Record<string, (map: Record<string, string>) => [tool: string, input: Record<string, unknown>]>> =
  {
    "tags of a resource": (Tags) => ["tag-resource", { ResourceArn: arnOf(pool), Tags }],
    "tags of a pool": (IdentityPoolTags) => ["update-identity-pool", { IdentityPoolId: pool, IdentityPoolTags }],
    "principal tags": (PrincipalTags) => [
      "set-principal-tag-attribute-map",
      { IdentityPoolId: pool, IdentityProviderName: "graph.facebook.com", PrincipalTags },
    ],
    "tags of several pools": (Tags) => ["tag-resource", { IdentityPoolIds: [pool, other], Tags }],
  };

/** How a guess is written, so that its halves can be put apart. */
const halves: Readonly<Record<string, (text: string) => string>> = {
  hex: (text) => Buffer.from(text).toString("hex"),
  "capital hex": (text) => Buffer.from(text).toString("hex").toUpperCase(),
  plain: (text) => text,
  base64: (text) => Buffer.from(text).toString("base64url"),
  decimal: (text) => [...Buffer.from(text)].join(" "),
  "hex, byte by byte": (text) => [...Buffer.from(text)].map((byte) => byte.toString(16)).join(" "),
};

describe("the halves of a guess in neighbouring parts of a plan", () => {
  const cases = Object.keys(maps).flatMap((map) => Object.keys(halves).map((writing) => [map, writing] as const));
  it.each(cases)("%s, %s, get the answer of any guess, or the one that counts", async (map, writing) => {
    const write = halves[writing] as (text: string) => string;
    const place = maps[map] as (typeof maps)[string];
    const ask = async (session: Session, text: string) => {
      const written = write(text);
      const middle = 2 * Math.floor(written.length / 4);
      const [tool, input] = place({ [`z0z.${written.slice(0, middle).trim()}`]: written.slice(middle).trim() });
      const { content } = await session.call(tool, input);
      return String(content["refused"] ?? content["failed"]).replaceAll(/\s+/g, " ");
    };
    for (const at of [3, 17]) {
      await using session = await startServer({ env: own() });
      const wrong = await ask(session, secretOf(8, at));
      const right = await ask(session, secretKey.slice(at, at + 8));
      if (right === wrong) continue;
      expect(right).toContain(SCREENED);
      expect(session.stderr()).toContain("contained characters of a secret");
    }
  });
});

describe("a server that was asked three times", () => {
  it.each(["read-only", "with changes"])("answers nothing any more, %s, and says so to the operator", async (kind) => {
    const audit = join(folder, `${kind}.jsonl`);
    const args = ["--audit", audit, ...(kind === "read-only" ? ["--read-only"] : [])];
    await using session = await startServer({ env: own(), args, respond: approve });
    for (let at = 0; at < 3; at += 1)
      await session.call("describe-identity", { IdentityId: secretKey.slice(at, at + 8) });
    const before = service.calls.length;
    for (const [place, ask] of Object.entries(places))
      expect(await answerTo(ask, session, "ordinary"), place).toContain(CLOSED);
    await expect(session.client.listTools()).rejects.toThrow(CLOSED);
    await session.client.ping();
    expect(service.calls.length).toBe(before);
    expect(session.stderr()).toContain("answers no more requests until it is restarted");
    expect(session.stderr()).not.toContain(secretKey.slice(0, 8));
  });

  it("still lets a person collect what was vended", async () => {
    await using session = await startServer({ env: own() });
    const identity = await session.call("get-id", { IdentityPoolId: pool });
    const vended = await session.call("get-credentials-for-identity", { IdentityId: identity.content["IdentityId"] });
    for (let at = 0; at < 3; at += 1)
      await session.call("describe-identity", { IdentityId: secretKey.slice(at, at + 8) });
    expect((await session.call("list-identity-pools")).text).toContain(CLOSED);
    const { runProgram } = await import("../support/command.ts");
    const { surroundings } = await import("../support/client.ts");
    const { stdout } = await runProgram(["credentials", String(vended.content["handle"])], surroundings);
    expect(JSON.parse(stdout)).toMatchObject({ Version: 1, SecretAccessKey: expect.any(String) });
  });
});

describe("calls that were let through before the server stopped", () => {
  it("tell nothing either, however many there are", async () => {
    // The credentials of a profile are unknown until the first request is signed.
    const credentials = join(folder, "credentials");
    writeFileSync(
      credentials,
      `[default]\naws_access_key_id=AKIAIOSFODNNEXAMPLE1\naws_secret_access_key=${secretKey}\naws_session_token=${sessionToken}\n`,
    );
    const { AWS_ACCESS_KEY_ID: _, AWS_SECRET_ACCESS_KEY: __, ...elsewhere } = service.env;
    await using session = await startServer({ env: { ...elsewhere, AWS_SHARED_CREDENTIALS_FILE: credentials } });
    const guess = (at: number) => (at % 2 === 0 ? sessionToken.slice(20 + at, 30 + at) : secretOf(10, at));
    const names = Array.from({ length: 16 }, (_, at) => guess(at).replaceAll(/[+/]/g, "x"));
    const answers = await Promise.all(
      names.map((IdentityPoolName) =>
        session.call("create-identity-pool", { IdentityPoolName, AllowUnauthenticatedIdentities: false }),
      ),
    );
    const isOfClosed = ({ text }: { text: string }) => text.includes("server has stopped answering");
    const told = answers.filter((answer) => !isOfClosed(answer));
    expect(told.length).toBeLessThan(answers.length);
    // Whatever came after the third hit is one text. It says that AWS carried out the call, and nothing more.
    const last = answers.filter(isOfClosed).map(({ text }) => text);
    expect(new Set(last).size).toBe(1);
    expect(last[0]).toContain("AWS carried out the call.");
    const hits = session.stderr().match(/contained characters of a secret/g) ?? [];
    expect(told.filter(({ text }) => text.includes("withheld")).length).toBeLessThanOrEqual(3);
    expect(hits.length).toBeGreaterThan(0);
  });
});

describe("a message that is nested without end", () => {
  it.each([
    ["arguments", (deep: string) => `"name":"list-identity-pools","arguments":{"a":${deep}}`],
    ["logins", (deep: string) => `"name":"get-id","arguments":{"IdentityPoolId":"eu-west-1:1","Logins":${deep}}`],
    ["unknown params", (deep: string) => `"name":"list-identity-pools","_meta":{"a":${deep}}`],
  ])("is screened and answered: %s", async (_, params) => {
    const piece = secretKey.slice(3, 13);
    for (const [id, inside] of ["ordinary", piece].entries()) {
      await using wire = await startWire([], { ...service.env, AWS_SECRET_ACCESS_KEY: secretKey });
      const deep = "[".repeat(4000) + JSON.stringify(inside) + "]".repeat(4000);
      wire.send(JSON.parse(`{"id":${100 + id},"method":"tools/call","params":{${params(deep)}}}`));
      const answer = JSON.stringify(await wire.answerTo(100 + id));
      expect(answer.includes(SCREENED)).toBe(inside === piece);
      expect(answer).not.toContain(piece);
    }
  });
});

/** What the model learns of a secret by the best way to guess that we know, before the server stops answering. */
async function charactersWon(secret: string, start: number, ask: (session: Session, text: string) => Promise<boolean>) {
  await using session = await startServer({ env: own() });
  let won = 0;
  for (;;) {
    const known = secret.slice(start + won - 7, start + won);
    let found: string | undefined;
    for (const guess of characters) {
      if (!(await ask(session, known + guess))) continue;
      found = guess;
      break;
    }
    // The answer of a server that stopped is the same for every guess.
    if (found !== secret[start + won]) return won;
    won += 1;
    if (won > 20) return won;
  }
}

describe("an attacker who guesses character by character", () => {
  it("wins at most 8 characters", { timeout: 120_000 }, async () => {
    const won = await charactersWon(sessionToken, 16, async (session, text) => {
      const { content } = await session.call("list-identity-pools", { [text]: 1 });
      return !JSON.stringify(content).includes(text);
    });
    report(17, "characters of a session token that are guessed before the server stops", `${won} (at most 8)`);
    expect(won).toBeLessThanOrEqual(8);
  });
});

describe("a text that was stored before the secret was known", () => {
  it.each([
    ["a tag", "list-tags-for-resource", (id: string) => ({ ResourceArn: arnOf(id) })],
    ["a tag, in the pool", "describe-identity-pool", (id: string) => ({ IdentityPoolId: id })],
    ["a name, in a list", "list-identity-pools", () => ({ allPages: true })],
    ["a name, in a plan", "delete-identity-pool", (id: string) => ({ IdentityPoolId: id })],
  ] as const)("withholds the answer whole: %s", async (_, tool, input) => {
    await using fresh = await startService();
    const { CreateIdentityPoolCommand } = await import("@aws-sdk/client-cognito-identity");
    const piece = secretKey.replaceAll(/[+/]/g, "x").slice(12, 22);
    const key = secretKey.replaceAll(/[+/]/g, "x");
    const { IdentityPoolId = "" } = await fresh.sdk.send(
      new CreateIdentityPoolCommand({
        IdentityPoolName: `photo ${piece}`,
        AllowUnauthenticatedIdentities: true,
        IdentityPoolTags: { note: `before ${piece} after`, public: "word" },
      }),
    );
    await using session = await startServer({
      env: { ...fresh.env, AWS_SECRET_ACCESS_KEY: key },
      respond: approve,
    });
    const { text } = await session.call(tool, input(IdentityPoolId));
    expect(text).toContain(SCREENED);
    expect(text).not.toMatch(/photo|before|after|word|redacted/);
    expect(session.questions).toEqual([]);
    expect(fresh.calls).not.toContain("DeleteIdentityPool");
  });
});

describe("a login reference", () => {
  it("is not known, and cannot be asked about, before a call with it is let through", async () => {
    const file = join(folder, "logins.json");
    const token = secretOf(60, 9);
    writeFileSync(file, JSON.stringify({ alice: { provider: "accounts.google.com", env: "TOKEN_OF_ALICE" } }), {
      mode: 0o600,
    });
    const env = { ...service.env, TOKEN_OF_ALICE: token };
    await using session = await startServer({ env, args: ["--logins", file] });
    const Logins = { "accounts.google.com": "login:alice" };
    // Refused for want of an approval.
    const { content } = await session.call("get-id", { IdentityPoolId: pool });
    const IdentityId = String(content["IdentityId"]);
    await session.call("unlink-identity", { IdentityId, Logins, LoginsToRemove: ["accounts.google.com"] });
    await session.call("get-credentials-for-identity", { IdentityId, Logins });
    const { text } = await session.call("list-identity-pools", { [token.slice(0, 12)]: 1 });
    expect(text).toContain(token.slice(0, 12));
    expect(text).not.toContain(SCREENED);
  });
});

describe("ordinary work", () => {
  it("is never screened: ids, ARNs, regions, tags, names of providers, public starts of tokens", async () => {
    await using session = await startServer({ env: own(), respond: approve });
    const identity = await session.call("get-id", { IdentityPoolId: pool });
    await session.call("get-open-id-token", { IdentityId: identity.content["IdentityId"] });
    await session.call("get-credentials-for-identity", { IdentityId: identity.content["IdentityId"] });
    const word = fc.oneof(
      fc.constantFrom(
        pool,
        arnOf(pool),
        "eu-west-1",
        "accounts.google.com",
        "IQoJb3JpZ2luX2Vj",
        String(identity.content["IdentityId"]),
      ),
      fc.uuid(),
      fc.string({ maxLength: 40 }),
      fc.base64String({ maxLength: 40 }),
    );
    await fc.assert(
      fc.asyncProperty(word, word, async (one, two) => {
        const { text } = await session.call("list-tags-for-resource", { ResourceArn: arnOf(pool), [one]: two });
        expect(text).not.toContain(SCREENED);
      }),
      { numRuns: rounds * 10 },
    );
  });
});
