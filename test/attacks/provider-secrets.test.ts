/**
 * The secret of a login provider, `KEY;SECRET` in SupportedLoginProviders: no answer, plan, record or question shows it, an update
 * keeps it, an approval is bound to it, and what is shown in its place is never sent. Nothing else hides behind a semicolon: app ids
 * grant access, and are shown.
 */
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreateIdentityPoolCommand,
  DescribeIdentityPoolCommand,
  SetIdentityPoolRolesCommand,
  UpdateIdentityPoolCommand,
} from "@aws-sdk/client-cognito-identity";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { findServers } from "../../src/operator/channel-client.ts";
import {
  approve,
  decline,
  type Respond,
  type Service,
  type Session,
  startServer,
  startService,
  userRole,
} from "../support/client.ts";
import { runProgram } from "../support/command.ts";

const twitter = "api.twitter.com";

let service: Service;
let folder: string;
let audit: string;
let session: Session;
let respond: Respond;
/** Everything that the server said to anybody. */
let said: string[];
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service[Symbol.asyncDispose]());
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "cognito-identity-"));
  audit = join(folder, "audit.jsonl");
  said = [];
  respond = approve;
  session = await startServer({
    args: ["--audit", audit],
    env: { ...service.env, XDG_RUNTIME_DIR: folder },
    respond: (question) => {
      said.push(JSON.stringify(question));
      return respond(question);
    },
  });
});
afterEach(async () => {
  await session[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

async function call(tool: string, input: Record<string, unknown>) {
  const answer = await session.call(tool, input);
  said.push(answer.text, JSON.stringify(answer.content));
  return answer;
}

const create = async (providers: Record<string, string>, name = "pool") => {
  const pool = { IdentityPoolName: name, AllowUnauthenticatedIdentities: false, SupportedLoginProviders: providers };
  return (await service.sdk.send(new CreateIdentityPoolCommand(pool))).IdentityPoolId ?? "";
};
const stored = async (IdentityPoolId: string) =>
  (await service.sdk.send(new DescribeIdentityPoolCommand({ IdentityPoolId }))).SupportedLoginProviders;

/** What a person at a terminal is shown. */
const waitingTexts = async () => {
  const { servers } = await findServers(join(folder, "cognito-identity-mcp"));
  return servers.flatMap(({ waiting }) => waiting.map(({ text }) => text));
};

/** Nothing that was said, written or kept holds a part of the secret: 6 characters in a row that nothing else holds. */
function expectUnseen(secrets: readonly string[]): void {
  const everything = [...said, session.stderr(), readFileSync(audit, "utf8")].join("\n");
  for (const secret of secrets)
    for (let start = 0; start + 6 <= secret.length; start += 1)
      expect(everything).not.toContain(secret.slice(start, start + 6));
}

const letters = fc.constantFrom(..."ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz0123456789-_./");
const key = fc.string({ unit: letters, minLength: 1, maxLength: 30 });
/** Some have a semicolon in them. Each has a part that is in no other text. */
const secret = fc.tuple(fc.nat(), fc.boolean()).map(([number, split]) => {
  // A hash, so that no piece of it is in another text by chance.
  const text = createHash("sha256").update(String(number)).digest("base64url");
  return split ? `${text.slice(0, 12)};${text.slice(12, 40)}` : text;
});
const provider = fc.constantFrom(
  twitter,
  "www.digits.com",
  "login.any.example",
  // Not the names of the public providers.
  "Accounts.Google.com",
  "graph.facebook.com.example",
);

describe("the secret of a provider", () => {
  it("is in no answer, plan, question, record or resource, and stays in the account", async () => {
    await fc.assert(
      fc.asyncProperty(provider, key, secret, secret, secret, async (name, app, first, second, third) => {
        said = [];
        const created = await call("create-identity-pool", {
          IdentityPoolName: "made",
          AllowUnauthenticatedIdentities: false,
          SupportedLoginProviders: { [name]: `${app};${first}` },
        });
        expect(created.content["SupportedLoginProviders"]).toEqual({ [name]: `${app};[redacted]` });
        const id = String(created.content["IdentityPoolId"]);
        const described = await call("describe-identity-pool", { IdentityPoolId: id });
        expect(described.content["SupportedLoginProviders"]).toEqual({ [name]: `${app};[redacted]` });
        said.push(JSON.stringify(await session.client.readResource({ uri: `cognito-identity://pool/${id}` })));

        // Another member changes, another provider comes: the secret is sent as it is.
        const renamed = await call("update-identity-pool", {
          IdentityPoolId: id,
          IdentityPoolName: "renamed",
          SupportedLoginProviders: { "www.amazon.com": "amzn" },
        });
        expect(renamed.isError).toBe(false);
        expect(await stored(id)).toEqual({ [name]: `${app};${first}`, "www.amazon.com": "amzn" });

        // The secret changes: that is said, and not to what.
        const changed = await call("update-identity-pool", {
          IdentityPoolId: id,
          SupportedLoginProviders: { [name]: `${app};${second}` },
        });
        expect(await stored(id)).toMatchObject({ [name]: `${app};${second}` });
        if (first !== second) {
          const [change] = (changed.content["approved"] as { changes: { before: unknown; after: unknown }[] }).changes;
          expect(change?.before).not.toBe(change?.after);
          expect(session.questions.at(-1)?.message).toContain(`The secret of "${name}" changes.`);
          // Nothing that is shown could put the old one back.
          expect(changed.content).not.toHaveProperty("undo");
          expect(session.questions.at(-1)?.message).toMatch(/cannot be undone/);
        }

        // A person at a terminal, and a deletion.
        respond = decline;
        await call("update-identity-pool", {
          IdentityPoolId: id,
          SupportedLoginProviders: { [name]: `${app};${third}` },
        });
        said.push(...(await waitingTexts()));
        respond = approve;
        const deleted = await call("delete-identity-pool", { IdentityPoolId: id });
        expect(deleted.content["recreate"]).toMatchObject({
          create: { SupportedLoginProviders: { [name]: `${app};[redacted]` } },
          note: expect.stringContaining(`The secret of "${name}" is missing`),
        });
        expectUnseen([first, second, third]);
      }),
      { numRuns: 25 },
    );
  }, 120_000);

  it("is not in what is wrong with a call", async () => {
    const pool = await create({});
    const value = "KEY;Q7vXw2Lr9TzKm4Np8sBd3Gf6Hj5";
    const wrong: unknown[] = [
      { [twitter]: `${value} ` },
      { [twitter]: `${value}\u0000` },
      { [twitter]: `${value}${"x".repeat(128)}` },
      { [twitter]: [value] },
      { [twitter]: { value } },
      { [value]: twitter },
      { [value]: 1 },
      [value],
      value,
    ];
    for (const SupportedLoginProviders of wrong) {
      const { isError } = await call("update-identity-pool", { IdentityPoolId: pool, SupportedLoginProviders });
      expect(isError).toBe(true);
    }
    await call("update-identity-pool", { IdentityPoolId: pool, [value]: "x" });
    await call("create-identity-pool", { IdentityPoolName: "x", SupportedLoginProviders: { [twitter]: value } });
    expectUnseen(["Q7vXw2Lr9TzKm4Np8sBd3Gf6Hj5"]);
  });

  it("is not looked for in other texts, so nobody finds it by what is redacted", async () => {
    const known = "Q7vXw2Lr9TzKm4Np8sBd3Gf6Hj5";
    const pool = await create({ [twitter]: `KEY;${known}` });
    await call("describe-identity-pool", { IdentityPoolId: pool });
    await call("update-identity-pool", {
      IdentityPoolId: pool,
      SupportedLoginProviders: { [twitter]: `KEY;${known}x` },
    });
    const { content } = await call("update-identity-pool", {
      IdentityPoolId: pool,
      IdentityPoolTags: { guess: known },
    });
    expect(content["IdentityPoolTags"]).toEqual({ guess: known });
  });
});

describe("an app id behind a semicolon", () => {
  const publicProvider = fc.constantFrom(
    "accounts.google.com",
    "graph.facebook.com",
    "www.amazon.com",
    "appleid.apple.com",
  );
  const ids = fc.array(key, { minLength: 2, maxLength: 4 }).map((all) => all.join(";"));

  it("is in the question, the answers, the undo and the audit: each of them grants access", async () => {
    await fc.assert(
      fc.asyncProperty(publicProvider, key, ids, async (name, own, all) => {
        const IdentityPoolId = await create({ [name]: own });
        const asked = session.questions.length;
        const SupportedLoginProviders = { [name]: all };
        const updated = await call("update-identity-pool", { IdentityPoolId, SupportedLoginProviders });
        expect(updated.isError).toBe(false);
        expect(session.questions[asked]?.message).toContain(all);
        expect(session.questions[asked]?.message).not.toContain("redacted");
        expect(updated.content).toMatchObject({
          SupportedLoginProviders,
          approved: { changes: [{ path: `SupportedLoginProviders.${name}`, before: own, after: all }] },
          undo: [{ arguments: { SupportedLoginProviders: { [name]: own } } }],
        });
        expect(
          readFileSync(audit, "utf8")
            .split("\n")
            .filter((line) => line.includes(all)).length,
        ).toBeGreaterThan(0);
        const described = await call("describe-identity-pool", { IdentityPoolId });
        expect(described.content["SupportedLoginProviders"]).toEqual(SupportedLoginProviders);
        // What is shown can be put back.
        const back = await call("update-identity-pool", { IdentityPoolId, SupportedLoginProviders: { [name]: own } });
        expect(back.content).toMatchObject({ undo: [{ arguments: { SupportedLoginProviders } }] });
        const deleted = await call("delete-identity-pool", { IdentityPoolId });
        expect(deleted.content["recreate"]).toMatchObject({ create: { SupportedLoginProviders: { [name]: own } } });
      }),
      { numRuns: 10 },
    );
  }, 60_000);
});

describe("what stands in its place is never sent", () => {
  it.each(["update-identity-pool", "create-identity-pool"])("by %s", async (tool) => {
    const IdentityPoolId = await create({ [twitter]: "KEY;Q7vXw2Lr9TzKm4Np8sBd3Gf6Hj5" });
    const shown = await call("describe-identity-pool", { IdentityPoolId });
    const masked = (shown.content["SupportedLoginProviders"] as Record<string, string>)[twitter];
    respond = decline;
    await call("update-identity-pool", { IdentityPoolId, SupportedLoginProviders: { [twitter]: "KEY;another" } });
    respond = approve;
    // The plan shows the new value on a line of its own.
    const after = /\+ "(KEY;[^"]*)"/.exec(session.questions.at(-1)?.message ?? "")?.[1];
    const target =
      tool === "update-identity-pool"
        ? { IdentityPoolId }
        : { IdentityPoolName: "copy", AllowUnauthenticatedIdentities: false };
    const from = service.calls.length;
    for (const value of [masked, after, "OTHER;[redacted]", ";[redacted]"]) {
      const { isError, content } = await call(tool, { ...target, SupportedLoginProviders: { [twitter]: value } });
      expect(isError).toBe(true);
      expect(content["refused"]).toMatch(/\[redacted\] stands for a secret .* have the person give the real value/);
    }
    expect(service.calls.slice(from).filter((name) => /^(Update|Create)/.test(name))).toEqual([]);
  });

  it("by the undo of an update that clears the provider", async () => {
    const IdentityPoolId = await create({ [twitter]: "KEY;Q7vXw2Lr9TzKm4Np8sBd3Gf6Hj5" });
    const { content } = await call("update-identity-pool", { IdentityPoolId, clear: ["SupportedLoginProviders"] });
    expect(content).not.toHaveProperty("undo");
    const renamed = await call("update-identity-pool", { IdentityPoolId, IdentityPoolName: "renamed" });
    expect(renamed.content).toHaveProperty("undo");
    expectUnseen(["Q7vXw2Lr9TzKm4Np8sBd3Gf6Hj5"]);
  });
});

describe("an approval", () => {
  it("is for the secret that was given, and for no other", async () => {
    const IdentityPoolId = await create({ [twitter]: "KEY;first-secret-0123456789" });
    respond = decline;
    const to = (value: string) => ({ IdentityPoolId, SupportedLoginProviders: { [twitter]: `KEY;${value}` } });
    await call("update-identity-pool", to("second-secret-0123456789"));
    const [server] = (await findServers(join(folder, "cognito-identity-mcp"))).servers;
    const [plan] = server?.waiting ?? [];
    expect(await server?.answer(plan?.code ?? "", plan?.binding ?? "", "yes")).toMatchObject({
      result: "approved",
    });
    expect((await call("update-identity-pool", to("third-secret-0123456789"))).isError).toBe(true);
    expect(await stored(IdentityPoolId)).toEqual({ [twitter]: "KEY;first-secret-0123456789" });
    expect((await call("update-identity-pool", to("second-secret-0123456789"))).isError).toBe(false);
    expect(await stored(IdentityPoolId)).toEqual({ [twitter]: "KEY;second-secret-0123456789" });
  });

  it("no longer holds when somebody else changes the secret while the person reads", async () => {
    const IdentityPoolId = await create({ [twitter]: "KEY;first-secret-0123456789" });
    respond = async (question) => {
      await service.sdk.send(
        new UpdateIdentityPoolCommand({
          IdentityPoolId,
          IdentityPoolName: "pool",
          AllowUnauthenticatedIdentities: false,
          SupportedLoginProviders: { [twitter]: "KEY;of-somebody-else-0123456789" },
        }),
      );
      return approve(question);
    };
    const { content } = await call("update-identity-pool", { IdentityPoolId, IdentityPoolName: "renamed" });
    expect(content["refused"]).toMatch(/The approval no longer applies/);
    expect(await stored(IdentityPoolId)).toEqual({ [twitter]: "KEY;of-somebody-else-0123456789" });
    expectUnseen(["of-somebody-else-0123456789", "first-secret-0123456789"]);
  });
});

it("call, at a shell, shows no secret either", async () => {
  const IdentityPoolId = await create({ [twitter]: "KEY;Q7vXw2Lr9TzKm4Np8sBd3Gf6Hj5" });
  await service.sdk.send(new SetIdentityPoolRolesCommand({ IdentityPoolId, Roles: { authenticated: userRole } }));
  const { stdout, stderr } = await runProgram(
    ["call", "delete-identity-pool", JSON.stringify({ IdentityPoolId }), "--policy", "delete=off", "--audit", audit],
    { ...service.env, XDG_RUNTIME_DIR: folder },
  );
  said.push(stdout, stderr);
  expect(JSON.parse(stdout)).toHaveProperty("recreate");
  expectUnseen(["Q7vXw2Lr9TzKm4Np8sBd3Gf6Hj5"]);
});
