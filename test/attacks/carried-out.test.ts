/**
 * Text that makes the server withhold its answer, in the account or in a call: whatever is withheld, no answer says that nothing was
 * changed when AWS carried the call out.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { answers, creations, deletions, poolId, updates } from "../support/account.ts";
import { approve, type Reply, startPuppet, startServer } from "../support/client.ts";
import { runProgram } from "../support/command.ts";

const secretKey = "Qv7Xw2Lr9TzKm4Np8sBd3Gf6Hj5Rc1Yt0Ua+VeWi";
const piece = secretKey.slice(4, 18);

/** A text in which so many encodings begin that it is not read, if it is long. */
const encoded =
  "+\\n%25=3D3D%41&#37;%5Cu0025\\\\\\\\\nQUJDREVGR0hJSktMTU5P\u200b%5Cu0025\\x41\\nQUJDREVGR0hJSktMTU5P=3D3D\\u005c";
const unreadable = (length: number) => encoded.repeat(Math.ceil(length / encoded.length)).slice(0, length);

const identityId = "eu-west-1:11111111-0000-4000-8000-000000000000";
const inAnHour = Date.now() / 1000 + 3600;

const vends = {
  "get-open-id-token": { input: { IdentityId: identityId }, sends: "GetOpenIdToken" },
  "get-credentials-for-identity": { input: { IdentityId: identityId }, sends: "GetCredentialsForIdentity" },
  "get-open-id-token-for-developer-identity": {
    input: { IdentityPoolId: poolId, Logins: { "login.example.app": "user" } },
    sends: "GetOpenIdTokenForDeveloperIdentity",
  },
};
const calls: Readonly<Record<string, { readonly input: Record<string, unknown>; readonly sends: string }>> = {
  ...updates,
  ...deletions,
  ...creations,
  ...vends,
};
const changing = new Set(Object.values(calls).map(({ sends }) => sends));
const tools = Object.keys(calls);

const vendedAnswers: Readonly<Record<string, object>> = {
  GetOpenIdToken: { IdentityId: identityId, Token: "tk3Zp9Wq7Lx5Vn1Bm8" },
  GetOpenIdTokenForDeveloperIdentity: { IdentityId: identityId, Token: "tk6Rd2Hs4Jf8Kc0Ty5" },
  GetCredentialsForIdentity: {
    IdentityId: identityId,
    Credentials: {
      AccessKeyId: "ASIAIOSFODNNEXAMPLE2",
      SecretKey: "sk9Gq3Nv7Xz1Pw5Lb2",
      SessionToken: "st8Yu4Io6Tr2Ew0Qa7",
      Expiration: inAnHour,
    },
  },
};

let reply: (operation: string) => Reply | Promise<Reply>;
let seen: string[] = [];
let puppet: Awaited<ReturnType<typeof startPuppet>>;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "cognito-identity-"));
  puppet = await startPuppet((operation) => {
    seen.push(operation);
    return reply(operation);
  });
});
afterAll(() => {
  puppet.close();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  seen = [];
});

const start = (args: readonly string[] = []) =>
  startServer({ env: { ...puppet.env, AWS_SECRET_ACCESS_KEY: secretKey }, respond: approve, args });

/** The account's answer with a text in it, wherever the answer has room for one. */
function answerWith(operation: string, text: string): object {
  const answer = answers[operation] ?? vendedAnswers[operation] ?? {};
  if ("IdentityPoolTags" in answer) return { ...answer, IdentityPoolTags: tagsOf(text) };
  if ("Tags" in answer) return { Tags: { team: "a", ...tagsOf(text) } };
  if (operation === "DeleteIdentities")
    return { UnprocessedIdentityIds: [{ IdentityId: text, ErrorCode: "AccessDenied" }] };
  if (operation === "SetPrincipalTagAttributeMap") return { IdentityPoolId: text, PrincipalTags: tagsOf(text) };
  return changing.has(operation) && "IdentityId" in answer ? { ...answer, IdentityId: text } : answer;
}

/** As many tags as a text of this length takes: none of AWS's is longer than 256 characters. */
function tagsOf(text: string): Record<string, string> {
  const parts = text.match(/.{1,256}/gs) ?? [];
  return Object.fromEntries(parts.slice(0, 48).map((part, at) => [`note-${at}`, part]));
}

const good = (operation: string, text: string): Reply => ({ status: 200, body: answerWith(operation, text) });

describe("a call that AWS carried out", () => {
  it.each(tools)("%s, is never said to be refused: its answer holds a piece of a secret", async (tool) => {
    const { input, sends } = calls[tool] as (typeof calls)[string];
    reply = (operation) => good(operation, operation === sends ? piece : "plain");
    const audit = join(folder, `${tool}.jsonl`);
    await using session = await start(["--audit", audit]);
    const { content, isError, text } = await session.call(tool, input);
    expect(seen).toContain(sends);
    expect(content).not.toHaveProperty("refused");
    expect(text).not.toContain(piece.slice(0, 8));
    if (!JSON.stringify(answerWith(sends, piece)).includes(piece)) return;
    expect(content["notes"]).toEqual([
      "AWS carried out the call. Its answer is withheld, because it contains characters of a secret of this server.",
    ]);
    expect(content["next"]).toMatch(/Do not repeat the call/);
    expect(isError).toBe(false);
    expect(session.stderr().match(/contained characters of a secret/g)).toHaveLength(1);
    expect(readFileSync(audit, "utf8")).toContain('"outcome":"done"');
    // What a person retrieves it with is no text of AWS's.
    if (tool in vends) expect(content["handle"]).toMatch(/^[\w-]{22}$/);
  });

  it("whose text cannot be read, is said to be carried out, and no secret is claimed", async () => {
    reply = (operation) => good(operation, operation === "CreateIdentityPool" ? unreadable(12_000) : "plain");
    await using session = await start();
    const { content } = await session.call("create-identity-pool", creations["create-identity-pool"].input);
    expect(content["notes"]).toEqual([
      "AWS carried out the call. Its answer is withheld, because its text is encoded in too many ways to be checked for secrets.",
    ]);
    // It says nothing about a secret, so it does not count.
    expect(session.stderr()).toBe("");
  });

  it("is said so by the command call too", async () => {
    reply = (operation) => good(operation, piece);
    const { stdout } = await runProgram(
      ["call", "create-identity-pool", JSON.stringify(creations["create-identity-pool"].input)],
      { ...puppet.env, AWS_SECRET_ACCESS_KEY: secretKey },
    );
    expect(JSON.parse(stdout)).toHaveProperty("notes", [expect.stringMatching(/^AWS carried out the call/)]);
  });

  it("has an unknown outcome if its answer was lost, whatever must be withheld", async () => {
    reply = (operation) =>
      changing.has(operation)
        ? { status: 500, body: { __type: "InternalErrorException" }, requestId: piece.replace("+", "") }
        : good(operation, "plain");
    await using session = await start();
    const { content } = await session.call("create-identity-pool", creations["create-identity-pool"].input);
    expect(content).toMatchObject({ outcome: "unknown", failed: expect.stringMatching(/not known whether AWS/) });
  });

  // An approved change runs alone.
  it.each([[["update-identity-pool"]], [["create-identity-pool", "get-id", "get-open-id-token"]]])(
    "while the server stops answering, is said to be carried out, in one text: %s",
    async (together) => {
      let release = () => {};
      const closed = new Promise<void>((resolve) => {
        release = resolve;
      });
      reply = async (operation) => {
        if (changing.has(operation)) await closed;
        return good(operation, "plain");
      };
      await using session = await start();
      const pending = together.map((tool) => session.call(tool, calls[tool]?.input));
      while (together.some((tool) => !seen.includes(calls[tool]?.sends ?? ""))) await setTimeout(20);
      for (let at = 0; at < 3; at += 1)
        await session.call("describe-identity", { IdentityId: piece.slice(at, at + 8) });
      release();
      const texts = new Set((await Promise.all(pending)).map(({ text }) => text));
      expect([...texts]).toEqual([
        expect.stringMatching(
          /AWS carried out the call. Its answer is withheld, because this server has stopped answering/,
        ),
      ]);
      // Of a read, nothing is known but that the server has stopped.
      expect((await session.call("list-identity-pools")).content["refused"]).toMatch(/stopped answering/);
    },
  );
});

/** How AWS may answer a call that changes something. The last two say that it was not carried out. */
const endings = ["done", "done", "done", "error", "cut off", "throttled", "not authorized"] as const;

function endingReply(ending: (typeof endings)[number], operation: string, text: string): Reply {
  switch (ending) {
    case "done":
      return good(operation, text);
    case "error":
      return { status: 500, body: { __type: "InternalErrorException" }, requestId: "a-request-id" };
    case "cut off":
      return { status: 200, body: '{"IdentityPoolId":"eu-' };
    case "throttled":
      return { status: 400, body: { __type: "TooManyRequestsException", message: text } };
    case "not authorized":
      return { status: 400, body: { __type: "NotAuthorizedException", message: text } };
  }
}

const text = fc.oneof(
  fc.constant(piece),
  fc.integer({ min: 100, max: 12_288 }).map(unreadable),
  fc.string({ maxLength: 300 }),
  fc.constant("plain"),
);

describe("an answer that says refused", () => {
  it("is of a call that AWS has not carried out: any text in the account, any tools at once, and a server that stops", async () => {
    const call = fc.record({ tool: fc.constantFrom(...tools), ending: fc.constantFrom(...endings), text });
    let withheld = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(call, { selector: ({ tool }) => tool, minLength: 1, maxLength: 6 }),
        fc.oneof({ weight: 3, arbitrary: fc.constant("plain") }, { weight: 1, arbitrary: text }),
        fc.nat({ max: 3 }),
        async (made, inReads, guesses) => {
          seen = [];
          const carriedOut = new Set<string>();
          reply = async (operation) => {
            const own = made.find(({ tool }) => calls[tool]?.sends === operation);
            if (!own) return good(operation, inReads);
            if (!["throttled", "not authorized"].includes(own.ending)) carriedOut.add(operation);
            await setTimeout(20);
            return endingReply(own.ending, operation, own.text);
          };
          await using session = await start();
          const pending = made.map(({ tool }) => session.call(tool, calls[tool]?.input));
          for (let at = 0; at < guesses; at += 1)
            await session.call("describe-identity", { IdentityId: piece.slice(at, at + 8) });
          for (const [at, { content }] of (await Promise.all(pending)).entries()) {
            const { sends = "" } = calls[made[at]?.tool ?? ""] ?? {};
            if (JSON.stringify(content).includes("withheld")) withheld += 1;
            if (carriedOut.has(sends)) expect(content, sends).not.toHaveProperty("refused");
          }
        },
      ),
      { numRuns: process.env["LONG"] ? 400 : 12 },
    );
    expect(withheld).toBeGreaterThan(0);
  }, 900_000);
});
