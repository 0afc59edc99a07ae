/** The command `diagnose`: the report at a terminal, and as JSON. */
import { CreateIdentityPoolCommand } from "@aws-sdk/client-cognito-identity";
import { expect, it } from "vitest";
import { startService, surroundings } from "../support/client.ts";
import { runProgram } from "../support/command.ts";

const ERROR = "Invalid identity pool configuration. Check assigned IAM roles for this pool.";
const POOL = "eu-west-1:00000000-0000-4000-8000-000000000000";
const local = ["--local", "--region", "eu-west-1"];

it("shows the causes that a text can mean, in order", async () => {
  const { code, stdout } = await runProgram(["diagnose", "--error", ERROR, ...local], surroundings);
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /^Not certain\. Possible, in this order: no usable role\s\(B19\),[^.]*\.\n\nB19 \(possible\)\n/,
  );
  const [order = ""] = stdout.split("\n\n");
  expect(order.match(/B\d+/g)).toEqual(["B19", "B20", "B21", "B22", "B23", "B24", "B25"]);
  expect(stdout).toContain("Next: Pass IdentityPoolId");
  expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(100);
});

it("shows what was found, with the call that helps", async () => {
  const { code, stdout } = await runProgram(["diagnose", POOL, ...local], surroundings);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^Found: pool not found \(B1\)\.\n\nB1 \(found\)\n/);
  expect(stdout).toContain('  Fix: call list-identity-pools {"region":"eu-west-1","allPages":true}');
});

it("shows the trust policy of a role that has no name yet", async () => {
  await using service = await startService();
  const { IdentityPoolId = "" } = await service.sdk.send(
    new CreateIdentityPoolCommand({ IdentityPoolName: "kiosk", AllowUnauthenticatedIdentities: true }),
  );
  const { code, stdout } = await runProgram(["diagnose", IdentityPoolId, "--kind", "guest"], service.env);
  expect(code).toBe(0);
  expect(stdout).toContain("  Fix: iam:CreateRole\n");
  expect(stdout).toContain('"cognito-identity.amazonaws.com:amr": "unauthenticated"');
});

it("prints the answer of the tool with --json", async () => {
  const { code, stdout } = await runProgram(["diagnose", POOL, "--json", ...local], surroundings);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    summary: "Found: pool not found (B1).",
    causes: [{ branch: "B1", certainty: "found" }],
  });
});

it.each([
  [["--kind", "robot", POOL], "kind"],
  [["--with-login", "eyJhbGciOi", POOL], "a token is not taken"],
  [["--with-login", "login:ANA", POOL], "login needs provider."],
  [["--policy", "diagnose-identity-pool=deny", POOL], "The operator has denied diagnose-identity-pool."],
])("is refused with %j", async (args, reason) => {
  const { code, stdout } = await runProgram(["diagnose", ...args, ...local], surroundings);
  expect([code, stdout.replaceAll("\n", " ")]).toEqual([1, expect.stringContaining(reason)]);
  expect(stdout).not.toContain("eyJhbGciOi");
});

it("needs something to diagnose", async () => {
  const { code, stderr } = await runProgram(["diagnose", ...local], surroundings);
  expect([code, stderr]).toEqual([2, expect.stringContaining("Nothing to diagnose is given.")]);
});
