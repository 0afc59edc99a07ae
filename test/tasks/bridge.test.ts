/** The bridge of `npm run tasks`, as a model or a person drives it. */
import { spawn } from "node:child_process";
import { describe, expect, it } from "vitest";
import { root } from "../support/client.ts";
import { poolId, roleArn } from "./names.ts";

/** The output for lines that a person or a model writes. The bridge takes each when it has answered the one before. */
async function drive(
  args: readonly string[],
  lines: readonly string[] = [],
): Promise<{ out: string; code: number | null }> {
  const child = spawn(process.execPath, ["--import", "tsx", `${root}test/tasks/bridge.ts`, ...args], {
    cwd: root,
    stdio: ["pipe", "pipe", "inherit"],
  });
  let out = "";
  child.stdout.on("data", (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stdin.end(lines.map((line) => `${line}\n`).join(""));
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  const late = setTimeout(() => child.kill(), LIMIT_MS);
  const code = await ended;
  clearTimeout(late);
  return { out, code };
}

const LIMIT_MS = 80_000;

const setRoles = `call set-identity-pool-roles ${JSON.stringify({
  IdentityPoolId: poolId(3),
  Roles: { authenticated: roleArn("maps-users"), unauthenticated: roleArn("maps-guests") },
})}`;

describe("npm run tasks", { timeout: 90_000 }, () => {
  it("lists the tasks with their numbers", async () => {
    const { out, code } = await drive([]);
    expect(out).toMatch(/^--- 1 pool-with-google-and-guests\nCreate an identity pool/);
    expect(out).toMatch(/--- 15 remove-facebook/);
    expect(code).toBe(0);
  });

  it("shows what a host shows, asks the person, and grades a task that is done", async () => {
    const { out, code } = await drive(
      ["2"],
      ["list", "call no-such-tool {}", setRoles, "answer yes", "done The roles are set."],
    );
    expect(out).toContain("--- request\nIn the pool");
    expect(out).toMatch(/--- question\nSet roles of identity pool[\s\S]*Choices: no, yes\n--- result/);
    const list = JSON.parse(/--- list\n(.*)\n/.exec(out)?.[1] ?? "{}") as { instructions: string; tools: object[] };
    expect(list.instructions).toMatch(/identity pools/);
    expect(list.tools.length).toBeGreaterThanOrEqual(23);
    expect(out).toMatch(
      /--- report\ndone\ncalls +2 +budget 1\nfailed calls +1 +budget 0\nanswer tokens +\d+ .*\nquestions +1 /,
    );
    expect(out).toMatch(/over the budget\n$/);
    expect(code).toBe(0);
  });

  it("grades a task that the person refused", async () => {
    const { out, code } = await drive(
      ["2"],
      ["answer yes", "call set-identity-pool-roles {", setRoles, "answer no", "done"],
    );
    expect(out).toMatch(/--- error\nNo question waits/);
    expect(out).toMatch(/--- error\nThe arguments are not valid JSON/);
    expect(out).toMatch(/--- failed result\n.*Rejected by a person/);
    expect(out).toMatch(/--- report\nnot done:\n\/pools\/.*\/roles is absent/);
    expect(code).toBe(1);
  });

  it("shows what came before, and ends when stdin ends", async () => {
    const { out, code } = await drive(["11"]);
    expect(out).toMatch(/--- earlier in this conversation\ncall delete-identity-pool .*\n\{.*"recreate"/);
    expect(out).toMatch(/--- report\nnot done:\n0 pools were created instead of 1\./);
    expect(code).toBe(1);
  });

  it("replays a solution", async () => {
    const { out, code } = await drive(["replay", "2"]);
    expect(out).toMatch(/^--- 2 roles-for-guests-and-users\ndone\ncalls +1 .*[\s\S]*within the budget\n$/);
    expect(code).toBe(0);
  });

  it("names the numbers that there are", async () => expect((await drive(["0"])).code).toBe(2));
});
