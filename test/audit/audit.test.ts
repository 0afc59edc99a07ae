/** The records of each call, when they are on disk, and what happens if they cannot be written. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GetIdCommand } from "@aws-sdk/client-cognito-identity";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { serveLocal } from "../../src/local/http.ts";
import { createLocalService } from "../../src/local/service.ts";
import {
  approve,
  arnOf,
  createPool,
  environmentFor,
  type Service,
  startServer,
  startService,
} from "../support/client.ts";
import { runProgram } from "../support/command.ts";
import { startFaultServer } from "../support/fault-server.ts";
import { questionIn, replying, startModern } from "../support/modern.ts";

let folder: string;
let file: string;
let service: Service;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "cognito-identity-"));
  file = join(folder, "audit.jsonl");
  service = await startService();
});
afterEach(async () => {
  await service[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const run = async (...args: string[]) => {
  const { code, stdout, stderr } = await runProgram(args, {});
  return { code, output: stdout + stderr };
};

type Line = Readonly<Record<string, unknown>>;

const records = (path = file): Line[] =>
  readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Line);

/** The records of calls, without those of decisions. */
const callRecords = () => records().filter(({ record }) => record !== "decision");

const start = (...args: string[]) =>
  startServer({ args: ["--audit", file, ...args], env: service.env, respond: approve });

describe("a call that is not a read", () => {
  it("has an intent with the approver and the undo calls, and then its outcome", async () => {
    const IdentityPoolId = await createPool(service.sdk);
    await using session = await start();
    await session.call("describe-identity-pool", { IdentityPoolId });
    await session.call("update-identity-pool", { IdentityPoolId, IdentityPoolName: "renamed" });
    const [decision, ...others] = records();
    expect(decision).toMatchObject({
      record: "decision",
      decision: "approved",
      by: "a person, in the client",
      tool: "update-identity-pool",
      target: { id: IdentityPoolId },
    });
    const [intent, outcome, ...rest] = others;
    expect(rest).toEqual([]);
    expect(intent).toMatchObject({
      record: "intent",
      tool: "update-identity-pool",
      effect: "update",
      region: "eu-west-1",
      arguments: { IdentityPoolId, IdentityPoolName: "renamed" },
      approved: {
        by: "a person, in the client",
        account: expect.stringContaining("access key"),
        changes: [{ path: "IdentityPoolName", before: "pool", after: "renamed" }],
        undo: [{ tool: "update-identity-pool", arguments: { IdentityPoolId, IdentityPoolName: "pool" } }],
      },
    });
    expect(outcome).toMatchObject({ record: "outcome", call: intent?.["call"], outcome: "done" });
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it("records what is needed to recreate a deleted pool", async () => {
    const IdentityPoolId = await createPool(service.sdk);
    await using session = await start();
    await session.call("delete-identity-pool", { IdentityPoolId });
    expect(callRecords()[0]).toMatchObject({
      approved: { action: "Delete identity pool", recreate: { create: { IdentityPoolName: "pool" } } },
    });
  });

  it("that is refused is recorded with the reason, without an intent", async () => {
    const IdentityPoolId = await createPool(service.sdk);
    await using session = await startServer({ args: ["--audit", file, "--policy", "vend=deny"], env: service.env });
    await session.call("delete-identity-pool", { IdentityPoolId });
    await session.call("get-open-id-token", { IdentityId: IdentityPoolId });
    await session.call("create-identity-pool", { IdentityPoolName: "?" });
    expect(records()).toMatchObject([
      { record: "refused", tool: "delete-identity-pool", reason: expect.stringMatching(/person must approve/) },
      { record: "refused", tool: "get-open-id-token", reason: expect.stringMatching(/denied/) },
      { record: "refused", tool: "create-identity-pool", reason: expect.stringMatching(/AllowUnauthenticated/) },
    ]);
  });

  it("that is answered with a question is recorded as that, and the call with the answer on its own", async () => {
    const IdentityPoolId = await createPool(service.sdk);
    const input = { IdentityPoolId };
    {
      await using server = startModern({ args: ["--audit", file], env: service.env });
      const question = await questionIn(await server.call("delete-identity-pool", input));
      expect(records()).toMatchObject([
        {
          record: "question",
          tool: "delete-identity-pool",
          effect: "delete",
          reason: expect.stringMatching(/^A person must approve this, and has not decided yet\. A form is open/),
          target: { id: IdentityPoolId, name: "pool" },
        },
      ]);
      await server.call("delete-identity-pool", input, replying(question, { action: "cancel" }));
      const again = await questionIn(await server.call("delete-identity-pool", input));
      await server.call("delete-identity-pool", input, replying(again, again.yes));
    }
    expect(records().map(({ record, outcome }) => outcome ?? record)).toEqual([
      "question",
      "refused",
      "question",
      "decision",
      "intent",
      "done",
    ]);
    const { output } = await run("audit", file);
    const outcomes = output.split("\n").map((line) => / delete-identity-pool +(\w+) /.exec(line)?.[1]);
    expect(outcomes.filter((outcome) => outcome !== undefined)).toEqual(["question", "refused", "question", "done"]);
    expect(output).not.toMatch(/cannot be read|unknown outcome/);
  });

  it("contains no secret, neither from the arguments nor from the answer", async () => {
    const IdentityPoolId = await createPool(service.sdk);
    const Logins = { "graph.facebook.com": "a-token-that-nobody-may-see" };
    const { IdentityId } = await service.sdk.send(new GetIdCommand({ IdentityPoolId, Logins }));
    await using session = await start("--reveal-credentials");
    const { content } = await session.call("get-credentials-for-identity", { IdentityId, Logins });
    const { SecretKey, SessionToken } = content["Credentials"] as Record<string, string>;
    // Too short to be recognized by its value. Only its place shows that it is a secret.
    await session.call("get-id", { IdentityPoolId, Logins: { "graph.facebook.com": "short-1" } });
    const written = readFileSync(file, "utf8");
    expect(written).not.toContain("short-1");
    for (const secret of [SecretKey, SessionToken, "a-token-that-nobody-may-see"])
      expect(written).not.toContain(String(secret).slice(0, 12));
    expect(records()).toMatchObject([
      { tool: "get-credentials-for-identity", arguments: { Logins: { "graph.facebook.com": "[redacted]" } } },
      { outcome: "done" },
      { tool: "get-id", arguments: { Logins: { "graph.facebook.com": "[redacted]" } } },
      { outcome: "done" },
    ]);
  });

  it("that fails, or whose answer is lost, is recorded with that outcome", async () => {
    await using faulty = await startFaultServer();
    await using session = await startServer({ args: ["--audit", file, "--policy", "update=off"], env: faulty.env });
    for (const fault of ["throttled", "reset"] as const)
      await session.call("update-identity-pool", {
        IdentityPoolId: faulty.idFor(fault, "changes"),
        IdentityPoolName: "renamed",
      });
    await session.call("get-id", { IdentityPoolId: faulty.idFor("reset", "changes") });
    expect(records().filter(({ record }) => record === "outcome")).toMatchObject([
      { outcome: "failed", code: "TooManyRequestsException", requestId: expect.any(String) },
      { outcome: "unknown", code: "ECONNRESET" },
      { outcome: "unknown", code: "ECONNRESET" },
    ]);
  });

  it("has its intent on disk before AWS receives it", async () => {
    const local = createLocalService();
    const found: boolean[] = [];
    const http = await serveLocal({
      async handle(request) {
        const target = String(request.headers["x-amz-target"]);
        if (target.endsWith(".TagResource"))
          found.push(records().some(({ record, tool }) => record === "intent" && tool === "tag-resource"));
        return await local.handle(request);
      },
      close: () => local.close(),
    });
    try {
      await using session = await startServer({
        args: ["--audit", file, "--policy", "update=off"],
        env: environmentFor(http.url),
      });
      const made = await session.call("create-identity-pool", {
        region: "eu-west-1",
        IdentityPoolName: "pool",
        AllowUnauthenticatedIdentities: false,
      });
      const ResourceArn = arnOf(String(made.content["IdentityPoolId"]));
      expect((await session.call("tag-resource", { ResourceArn, Tags: { a: "b" } })).isError).toBe(false);
      expect(found).toEqual([true]);
    } finally {
      await http.close();
    }
  });

  it("is not sent if its intent cannot be written, and its approval stays valid", async () => {
    const IdentityPoolId = await createPool(service.sdk);
    mkdirSync(join(folder, "inner"));
    file = join(folder, "inner", "audit.jsonl");
    await using session = await startServer({
      args: ["--audit", file, "--policy", "update=two-step"],
      env: service.env,
    });
    const rename = { IdentityPoolId, IdentityPoolName: "renamed" };
    const { content: first } = await session.call("update-identity-pool", rename);
    rmSync(join(folder, "inner"), { recursive: true });
    const again = { ...rename, planToken: first["planToken"] };
    const { content } = await session.call("update-identity-pool", again);
    expect(content).toMatchObject({
      failed: expect.stringMatching(/audit file cannot be written, so nothing was sent/),
    });
    expect(content).not.toHaveProperty("outcome");
    expect(service.calls).not.toContain("UpdateIdentityPool");
    expect(session.stderr()).toMatch(/the audit file cannot be written: .*ENOENT/);
    mkdirSync(join(folder, "inner"));
    expect((await session.call("update-identity-pool", again)).isError).toBe(false);
    expect(service.calls).toContain("UpdateIdentityPool");
  });
});

describe("a file that other users can access, or that is not a regular file", () => {
  it.each([
    ["a link", () => symlinkSync("/dev/null", file), /is a symbolic link/],
    ["open to others", () => writeFileSync(file, "", { mode: 0o644 }), /chmod 600/],
    ["a folder", () => mkdirSync(file), /cannot be opened \(EISDIR\)/],
    ["nowhere", () => rmSync(folder, { recursive: true }), /cannot be opened \(ENOENT\)/],
  ])("%s refuses to start", async (_, make, reason) => {
    make();
    const { code, output } = await run("serve", "--audit", file);
    expect({ code, output }).toMatchObject({ code: 2, output: expect.stringMatching(reason) });
  });
});

describe("the command audit", () => {
  it("shows every call with its outcome and who approved it, and lists those with an unknown outcome", async () => {
    const IdentityPoolId = await createPool(service.sdk);
    {
      await using session = await start("--max-deleted-identities", "10");
      await session.call("update-identity-pool", { IdentityPoolId, IdentityPoolName: "renamed" });
      await session.call("get-id", { IdentityPoolId });
      await session.call("create-identity-pool", { IdentityPoolName: "?" });
      await session.call("delete-identities", {
        IdentityIdsToDelete: Array.from({ length: 11 }, () => IdentityPoolId),
      });
    }
    await using denied = await start("--policy", "update=deny,create=deny");
    const ResourceArn = arnOf(IdentityPoolId);
    await denied.call("tag-resource", { ResourceArn, Tags: { a: "b" } });
    await denied.call("update-identity-pool", { IdentityPoolId, IdentityPoolName: "another" });
    await denied.call("create-identity-pool", { IdentityPoolName: "new", AllowUnauthenticatedIdentities: false });
    // As after a server is killed.
    const [intent] = callRecords();
    const left = { ...intent, call: "left-alone", tool: "delete-identity-pool" };
    writeFileSync(file, `${readFileSync(file, "utf8")}${JSON.stringify(left)}\n{"time":"2026`, { mode: 0o600 });
    const { code, output } = await run("audit", file);
    expect(code).toBe(0);
    const lines = output.split("\n");
    expect(lines[0]).toMatch(/^TIME +TOOL +OUTCOME +APPROVAL +TARGET +REASON$/);
    expect(lines[1]).toMatch(
      /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ {2}update-identity-pool +done +a person, in the client +eu-/,
    );
    const column = (name: string) => lines[0]?.indexOf(name);
    expect(lines[1]?.indexOf("a person, in")).toBe(column("APPROVAL"));
    expect(lines[1]?.indexOf(IdentityPoolId)).toBe(column("TARGET"));
    expect(lines[2]).toMatch(/get-id +done +no approval needed +eu-/);
    expect(lines[3]).toMatch(/create-identity-pool +refused +- {2}IdentityPoolName/);
    expect(lines[4]).toContain(`${Array.from({ length: 11 }, () => IdentityPoolId).join(", ")}  The call deletes 11`);
    expect(lines[5]).toContain(`${ResourceArn}  The operator has denied tag-resource`);
    expect(lines[6]).toContain(`${IdentityPoolId}  The operator has denied update-identity-pool`);
    expect(lines[7]).toContain('"new"  The operator has denied create-identity-pool');
    expect(output).toMatch(/1 call has an unknown outcome[\s\S]*left-alone {2}delete-identity-pool {2}eu-/);
    expect(output).toMatch(/1 line cannot be read/);
  });

  it("reports a missing file, a missing argument and an empty file", async () => {
    expect(await run("audit", join(folder, "none"))).toMatchObject({
      code: 2,
      output: expect.stringMatching(/ENOENT/),
    });
    expect(await run("audit")).toMatchObject({ code: 2, output: expect.stringMatching(/The file name is missing/) });
    writeFileSync(file, "", { mode: 0o600 });
    expect((await run("audit", file)).output).toBe("The audit file contains no calls.\n");
    writeFileSync(file, '{"time":"2026', { mode: 0o600 });
    expect(await run("audit", file)).toMatchObject({ code: 0, output: expect.stringMatching(/1 line cannot be read/) });
  });

  it.each([
    ["one line", "{}\n", "its only line is not a record"],
    ["several lines", '{\n  "pools": []\n}\n', "none of its 3 lines is a record"],
  ])("refuses another file, of %s", async (_, content, why) => {
    writeFileSync(file, content);
    const { code, output } = await run("audit", file);
    expect(code).toBe(2);
    expect(output).toContain(`${file} is not an audit file: ${why}. Pass the file of --audit.`);
  });
});
