/** The command `call`: the same guards as for a host, and approvals at the terminal. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DescribeIdentityPoolCommand, GetIdCommand } from "@aws-sdk/client-cognito-identity";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createPool, type Service, startService, surroundings } from "../support/client.ts";
import { runProgram } from "../support/command.ts";
import { atTerminal, plain, red } from "../support/terminal.ts";

let service: Service;
let folder: string;
let env: Record<string, string>;
let pool: string;
beforeAll(async () => {
  service = await startService();
  folder = mkdtempSync(join(tmpdir(), "cognito-identity-"));
  env = { ...surroundings, ...service.env };
});
afterAll(async () => {
  await service[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});
beforeEach(async () => {
  pool = await createPool(service.sdk);
});

const call = (...args: string[]) => runProgram(["call", ...args], env);
const nameOf = async () =>
  (await service.sdk.send(new DescribeIdentityPoolCommand({ IdentityPoolId: pool }))).IdentityPoolName;
const rename = (to = "renamed") => JSON.stringify({ IdentityPoolId: pool, IdentityPoolName: to });

describe("without a terminal", () => {
  it("prints one line of JSON and exits with 0", async () => {
    const { code, stdout, stderr } = await call("describe-identity-pool", JSON.stringify({ IdentityPoolId: pool }));
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.split("\n")).toHaveLength(2);
    expect(JSON.parse(stdout)).toMatchObject({ IdentityPoolId: pool, IdentityPoolName: "pool" });
  });

  it("reads its arguments from stdin, and needs none if the tool needs none", async () => {
    const input = JSON.stringify({ IdentityPoolId: pool });
    const piped = await runProgram(["call", "describe-identity-pool", "-"], env, { input });
    expect(JSON.parse(piped.stdout)).toMatchObject({ IdentityPoolId: pool });
    expect(JSON.parse((await call("list-identity-pools")).stdout)).toHaveProperty("IdentityPools");
  });

  it("changes nothing that a person must approve, shows the plan and exits with 1", async () => {
    const from = service.calls.length;
    for (const [tool, input] of [
      ["update-identity-pool", rename()],
      ["delete-identity-pool", JSON.stringify({ IdentityPoolId: pool })],
    ] as const) {
      const { code, stdout } = await call(tool, input);
      expect(code).toBe(1);
      expect(JSON.parse(stdout)).toMatchObject({
        refused: expect.stringMatching(/stdin or stderr of this command is redirected\. Nothing was changed/),
        plan: { changes: expect.any(Array) },
      });
    }
    expect(service.calls.slice(from).filter((name) => /^(Update|Delete)/.test(name))).toEqual([]);
  });

  it("returns no plan token at the level two-step, because no other process could use it", async () => {
    const { code, stdout } = await call("update-identity-pool", rename(), "--policy", "update=two-step");
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).not.toHaveProperty("planToken");
    expect(JSON.parse(stdout)).toMatchObject({
      refused: expect.stringMatching(
        /^At level two-step, this command makes both calls .* stdin or stderr of this command is redirected\./,
      ),
      next: expect.stringMatching(/^Pass the arguments on the command line, .* In a script, /),
    });
    expect(await nameOf()).toBe("pool");
  });

  it("runs without approval at the level off, and refuses at the level deny", async () => {
    expect((await call("update-identity-pool", rename(), "--policy", "update=off")).code).toBe(0);
    expect(await nameOf()).toBe("renamed");
    const denied = await call("update-identity-pool", rename("again"), "--policy", "update=deny");
    expect(denied).toMatchObject({ code: 1, stdout: expect.stringContaining("denied update-identity-pool") });
    const readOnly = await call("get-id", JSON.stringify({ IdentityPoolId: pool }), "--read-only");
    expect(readOnly).toMatchObject({ code: 1, stdout: expect.stringContaining("read-only") });
  });

  it("shows no secret, and says that it cannot be retrieved", async () => {
    const { IdentityId } = await service.sdk.send(new GetIdCommand({ IdentityPoolId: pool }));
    const { code, stdout } = await call("get-credentials-for-identity", JSON.stringify({ IdentityId }));
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      Credentials: { SecretKey: "[redacted]", SessionToken: "[redacted]" },
      notes: [
        expect.stringMatching(/^The credentials cannot be retrieved, because `call` keeps no secrets\. To use them, /),
      ],
    });
    const token = "an-opaque-login-token-0123456789";
    const input = JSON.stringify({ IdentityPoolId: pool, Logins: { [token]: token } });
    const echoed = await runProgram(["call", "get-id", "-"], env, { input });
    expect(echoed.stdout + echoed.stderr).not.toContain(token.slice(3, 20));
  });

  it("shows vended secrets with --reveal-credentials, and says so", async () => {
    const { IdentityId } = await service.sdk.send(new GetIdCommand({ IdentityPoolId: pool }));
    const { stdout, stderr } = await call("get-open-id-token", JSON.stringify({ IdentityId }), "--reveal-credentials");
    expect(JSON.parse(stdout)).toMatchObject({ Token: expect.stringMatching(/^eyJ/) });
    expect(stderr).toMatch(/--reveal-credentials: /);
  });

  it("leaves its records in the audit", async () => {
    const audit = join(folder, "audit.jsonl");
    await call("update-identity-pool", rename(), "--policy", "update=off", "--audit", audit);
    const records = readFileSync(audit, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(records).toMatchObject([
      { record: "intent", tool: "update-identity-pool", approved: { by: "policy (level off)" } },
      { record: "outcome", outcome: "done" },
    ]);
  });

  it.each([
    [["describe-identity-pol", "{}"], /Did you mean describe-identity-pool\?/],
    [["describe-identity-pool", "{tokentokentoken"], /^(?!.*tokentoken).*not valid JSON/s],
    [["describe-identity-pool", "[1]"], /must be a JSON object/],
    [[], /The tool name is missing/],
    [["get-id", "{}", "more"], /Unexpected argument more/],
    [["get-id", "--polices", "x"], /Did you mean --policy\?|Did you mean --pools\?/],
  ])("%j is an invalid command line, and exits with 2", async (args, why) => {
    const { code, stdout, stderr } = await call(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(why);
  });
});

describe("at a terminal", () => {
  const remove = () => ["call", "delete-identity-pool", JSON.stringify({ IdentityPoolId: pool })];

  it("shows the plan in colour, and runs when the name is typed", async () => {
    const { code, screen } = await atTerminal(remove(), { env, typed: "pool\n" });
    expect(screen).toContain(`${red}- IdentityPoolName: "pool"`);
    expect(plain(screen)).toMatch(/^Delete identity pool "pool" .*This cannot be undone\.\n/);
    expect(plain(screen)).toContain('\n  "approved": {\n');
    expect(code).toBe(0);
    await expect(nameOf()).rejects.toThrow(/not found/);
  });

  it.each([
    ["another name", "poo\n", /The typed text does not match/],
    ["nothing", "\n", /The typed text does not match/],
    ["the end of input", "\u0004", /No answer was given/],
    ["Ctrl+C", "\u0003", /No answer was given/],
  ])("runs nothing at %s", async (_, typed, why) => {
    const { code, screen } = await atTerminal(remove(), { env, typed });
    expect(plain(screen)).toMatch(why);
    expect(code).toBe(1);
    expect(await nameOf()).toBe("pool");
  });

  it("asks on stderr, so that stdout can be piped", async () => {
    const out = join(folder, "answer.json");
    const { screen } = await atTerminal(["call", "update-identity-pool", rename()], {
      env,
      typed: "yes\n",
      behind: `> ${out}`,
    });
    expect(plain(screen)).toContain('~ IdentityPoolName: "pool" → "renamed"');
    expect(JSON.parse(readFileSync(out, "utf8"))).toMatchObject({
      approved: { by: "a person, at a terminal", action: "Update identity pool" },
    });
    expect(await nameOf()).toBe("renamed");
  });

  it("reads no answer from piped input", async () => {
    writeFileSync(join(folder, "typed"), "pool\n");
    const { code, screen } = await atTerminal(remove(), { env, behind: `< ${join(folder, "typed")}` });
    expect(plain(screen)).toMatch(/stdin or stderr of this command is redirected/);
    expect(code).toBe(1);
    expect(await nameOf()).toBe("pool");
  });

  it.each([[], ["--policy", "update=two-step"]])(
    "asks nothing if the arguments were typed on stdin: %j",
    async (...args) => {
      const { code, screen } = await atTerminal(["call", "update-identity-pool", "-", ...args], {
        env,
        atOnce: `${rename()}\n\u0004`,
      });
      expect(plain(screen)).toMatch(
        /its arguments came from stdin \(-\), so stdin cannot carry the answer too\. Nothing was changed/,
      );
      expect(plain(screen)).toContain('"next": "Pass the arguments on the command line, ');
      expect(code).toBe(1);
      expect(await nameOf()).toBe("pool");
    },
  );

  it("gives up when the time is over", async () => {
    const { code, screen } = await atTerminal([...remove(), "--answer-within", "1"], { env });
    expect(plain(screen)).toMatch(/Nobody answered within 1 seconds/);
    expect(code).toBe(1);
    expect(await nameOf()).toBe("pool");
  });

  it.each([
    ["yes", 0, "renamed"],
    ["no", 1, "pool"],
  ])("makes both calls of two-step at once, with the answer %s", async (typed, exit, name) => {
    const args = ["call", "update-identity-pool", rename(), "--policy", "update=two-step"];
    const { code, screen } = await atTerminal(args, { env, typed: `${typed}\n` });
    expect(plain(screen)).toContain('~ IdentityPoolName: "pool" → "renamed"');
    expect(code).toBe(exit);
    expect(await nameOf()).toBe(name);
  });
});
