/**
 * The demo: an MCP client administers an identity pool through the server, on the embedded service. Every line that begins with
 * an arrow was really sent or received; long lines are truncated. Exits with 0 only if every check passes.
 */
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual, styleText } from "node:util";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { ElicitRequestSchema } from "@modelcontextprotocol/sdk/types.js";

type Fields = Record<string, unknown>;

const server = fileURLToPath(new URL("../dist/main.js", import.meta.url));
const client = new Client({ name: "demo", version: "1" }, { capabilities: { elicitation: { form: {} } } });

/** The answer of the scripted person to the next question. */
let person: (form: { title: string }) => string = () => "no";

client.setRequestHandler(ElicitRequestSchema, ({ params }) => {
  if (!("requestedSchema" in params)) throw new Error("The demo can answer only forms.");
  const form = params.requestedSchema.properties["answer"] as { title: string };
  const answer = person(form);
  for (const line of params.message.split("\n")) print("yellow", `   │ ${line}`, "   │   ");
  print("yellow", `   │ ${form.title}  ${styleText("bold", answer)}`);
  return { action: "accept", content: { answer } };
});

/** How long a person reads, in milliseconds. */
const READING_MS = 1_000;

/** A channel of its own, so that the demo never shows plans of the user's servers. */
const runtime = mkdtempSync(join(tmpdir(), "cognito-identity-demo-"));
const channel = { XDG_RUNTIME_DIR: runtime };

/** Of util-linux. */
const PSEUDO_TERMINAL = "script";

const escapeSequence = new RegExp(`${String.fromCharCode(27)}\\[[0-9;?]*[A-Za-z]`, "g");

let step = 0;
let failures = 0;

const isColoured = process.stdout.isTTY || process.env["FORCE_COLOR"] !== undefined;

/** Prints a text in at most `most` lines. `indent` precedes every line after the first. */
function print(style: Parameters<typeof styleText>[0], text: string, indent = "", most = 100): void {
  const width = Math.min(process.stdout.columns ?? 110, 110) - indent.length - 1;
  // Break at a space or a comma if possible, and show the program by its name instead of its path on this machine.
  const lines = named(text).match(new RegExp(`.{1,${width}}(?:,? |,|$)|.{1,${width}}`, "gu")) ?? [];
  const shown = lines.length > most ? [...lines.slice(0, most - 1), `${lines[most - 1]?.slice(0, width - 1)}…`] : lines;
  const wrapped = shown.join(`\n${indent}`);
  process.stdout.write(`${isColoured ? styleText(style, wrapped, { validateStream: false }) : wrapped}\n`);
}

/** The text with the command line of the server replaced by its installed name. */
function named(text: string): string {
  return text.replaceAll(`${process.execPath} ${server}`, "cognito-identity-mcp");
}

function title(text: string): void {
  step += 1;
  process.stdout.write("\n");
  print("bold", `${step}. ${text}`);
}

function check(claim: string, holds: boolean): void {
  if (!holds) failures += 1;
  print(holds ? "green" : "red", `   ${holds ? "✓" : "✗ FAILED:"} ${claim}`);
}

async function call(tool: string, input: Fields, from = client): Promise<Fields & { refused?: string }> {
  print("cyan", `   → ${tool} ${JSON.stringify(input)}`, "     ", 2);
  const { structuredContent } = await from.callTool({ name: tool, arguments: input });
  const answer = structuredContent as Fields & { refused?: string };
  const { refused, next, approved, undo, recreate, plan: _, ...members } = answer;
  if (refused !== undefined) {
    print("red", `   ← refused: ${refused}`, "     ");
    print("dim", `     next: ${String(next)}`, "     ");
  } else if (approved !== undefined) {
    print("dim", `   ← approved by ${(approved as { by: string }).by}`);
    if (undo) print("dim", `     undo: ${JSON.stringify(undo)}`, "     ", 2);
    if (recreate) print("dim", `     recreate, to create a copy: ${JSON.stringify(recreate)}`, "     ", 2);
  } else print("dim", `   ← ${JSON.stringify(members)}`, "     ", 3);
  return answer;
}

print("bold", "A client starts the server with the embedded service. This needs no AWS account and no network.");
await client.connect(new StdioClientTransport({ command: process.execPath, args: [server, "--local"] }));

try {
  const { tools } = await client.listTools();
  check(
    `The server offers ${tools.length} tools: one for each of the 23 operations of aws cognito-identity, and a diagnosis.`,
    tools.length === 24,
  );

  title("Create an identity pool for guests and Google users");
  const pool = await call("create-identity-pool", {
    IdentityPoolName: "photo app",
    AllowUnauthenticatedIdentities: true,
    SupportedLoginProviders: { "accounts.google.com": "1234.apps.googleusercontent.com" },
  });
  const { IdentityPoolId } = pool;
  check("The pool has an id.", typeof IdentityPoolId === "string");

  title("List the pools of the region");
  const { IdentityPools } = await call("list-identity-pools", {});
  check(
    "The new pool is the only one.",
    isDeepStrictEqual(IdentityPools, [{ IdentityPoolId, IdentityPoolName: "photo app" }]),
  );

  title("Describe the pool");
  const described = await call("describe-identity-pool", { IdentityPoolId });
  check("The pool has the name with which it was created.", described["IdentityPoolName"] === "photo app");

  title("Set the roles of guests and users. This is an update, so the server asks a person for approval");
  person = () => "yes";
  const roles = {
    authenticated: "arn:aws:iam::123456789012:role/photo-users",
    unauthenticated: "arn:aws:iam::123456789012:role/photo-guests",
  };
  await call("set-identity-pool-roles", { IdentityPoolId, Roles: roles });
  const set = await call("get-identity-pool-roles", { IdentityPoolId });
  check("Both roles are set.", isDeepStrictEqual(set["Roles"], roles));

  title("Get an identity for a guest");
  const { IdentityId } = await call("get-id", { IdentityPoolId });
  check("The guest has an identity.", typeof IdentityId === "string");

  title("Vend AWS credentials for the guest. The model gets a handle, and no secret");
  const vended = await call("get-credentials-for-identity", { IdentityId });
  const { AccessKeyId, SecretKey, SessionToken } = vended["Credentials"] as Record<string, string>;
  check("Only the last four characters of the access key id are shown.", /^….{4}$/.test(AccessKeyId ?? ""));
  check(
    "The secret key and the session token are redacted.",
    SecretKey === "[redacted]" && SessionToken === "[redacted]",
  );

  title("A person at this machine uses the credentials. The model does not see them");
  const [use = ""] = vended["use"] as string[];
  const command = use.replace(
    "CMD…",
    `node -p "'The program got the access key …' + process.env.AWS_ACCESS_KEY_ID.slice(-4)"`,
  );
  print("cyan", `   $ ${command}`, "     ");
  const { stdout } = spawnSync(command, { shell: true, encoding: "utf8" });
  print("dim", `   ${stdout.trim()}`);
  check("The program has the vended access key.", stdout.trim().endsWith(AccessKeyId ?? "none"));

  title("Rename the pool. AWS resets most members that an update omits; the server keeps the current values");
  await call("update-identity-pool", { IdentityPoolId, IdentityPoolName: "photo app 2" });
  const renamed = await call("describe-identity-pool", { IdentityPoolId });
  check("Only the name has changed.", isDeepStrictEqual(renamed, { ...described, IdentityPoolName: "photo app 2" }));

  title("Delete the pool. The person types the wrong name");
  person = () => "photo app";
  const refused = await call("delete-identity-pool", { IdentityPoolId });
  check("The server refused the call.", typeof refused.refused === "string");
  const still = await call("describe-identity-pool", { IdentityPoolId });
  check("The pool still exists.", isDeepStrictEqual(still, renamed));

  title("Delete the pool. The person types its name");
  person = () => "photo app 2";
  await call("delete-identity-pool", { IdentityPoolId });
  const { IdentityPools: left } = await call("list-identity-pools", {});
  check("The pool no longer exists.", isDeepStrictEqual(left, []));
  title("The same in a host without forms. The person decides at a terminal, and the agent repeats the call");
  await inHostWithoutForms();
} finally {
  await client.close();
}

/** A client that cannot show forms, with a server of its own. */
async function inHostWithoutForms(): Promise<void> {
  const plain = new Client({ name: "demo without forms", version: "1" });
  await plain.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [server, "--local"],
      env: { ...process.env, ...channel },
    }),
  );
  const create = { IdentityPoolName: "photo app", AllowUnauthenticatedIdentities: true };
  const { IdentityPoolId } = await call("create-identity-pool", create, plain);
  const change = { IdentityPoolId, AllowUnauthenticatedIdentities: false };
  const asked = await call("update-identity-pool", change, plain);
  check("The call waits for a person, and nothing has changed.", typeof asked.refused === "string");
  print("cyan", "   $ cognito-identity-mcp approve");
  const screen = await approveAtTerminal("yes");
  if (screen === undefined) print("dim", "   (This system has no pseudo-terminal for the demo: util-linux's script.)");
  else {
    for (const line of screen) print("yellow", `   │ ${line}`, "   │   ");
    await call("update-identity-pool", change, plain);
    const { AllowUnauthenticatedIdentities } = await call("describe-identity-pool", { IdentityPoolId }, plain);
    check("Guests are no longer allowed.", AllowUnauthenticatedIdentities === false);
  }
  await plain.close();
  rmSync(runtime, { recursive: true, force: true });
}

/** Runs `approve` on a pseudo-terminal and types the answer. Gives the lines of the screen, or undefined where there is no `script`. */
function approveAtTerminal(answer: string): Promise<string[] | undefined> {
  return new Promise((resolve) => {
    const child = spawn(PSEUDO_TERMINAL, ["-qec", `'${process.execPath}' '${server}' approve`, "/dev/null"], {
      env: { ...process.env, ...channel, NO_COLOR: "1" },
    });
    let screen = "";
    let typed = false;
    child.once("error", () => resolve(undefined));
    child.stdout.on("data", (chunk: Buffer) => {
      screen += chunk.toString();
      if (typed || !/yes or no: /.test(screen)) return;
      typed = true;
      // The command discards what comes before a person can have read its prompt.
      setTimeout(() => child.stdin.write(`${answer}\n`), READING_MS);
    });
    child.once("close", () => {
      const lines = screen.replaceAll(escapeSequence, "").split(/\r?\n/);
      resolve(lines.map((line) => line.trimEnd()).filter((line) => line !== "" && line !== answer));
    });
  });
}

process.stdout.write("\n");
print(
  "bold",
  failures === 0 ? "All checks passed." : failures === 1 ? "1 check failed." : `${failures} checks failed.`,
);
process.exitCode = failures === 0 ? 0 : 1;
