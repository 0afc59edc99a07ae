import packageJson from "../../package.json" with { type: "json" };
import { everyTool } from "../call/catalogue.ts";
import { prepareEnvironment, secretsOfEnvironment } from "../config/environment.ts";
import type { Config } from "../config/settings.ts";
import type { Handshake } from "../mcp/fast-start.ts";
import { isUserError } from "../util/user-error.ts";
import { type Command, readCommand } from "./args/command.ts";
import { helpOf, helpText } from "./args/help.ts";
import { serveLocalService } from "./local.ts";
import { serve } from "./serve.ts";
import { createServices, rememberCredentials } from "./services.ts";
import { log, redactor, reportFault, sanitize, setPublicVocabulary } from "./stderr.ts";

/** Exit code for an invalid command line, setting or file. */
const USAGE = 2;

/** Exit code for a valid command that failed. */
const FAILED = 1;

/** Exit code for a defect of this program. */
const FAULT = 70;

/** The result of the fast start, if there was one. */
interface FastStart {
  readonly config: Config;
  readonly handshake: Handshake;
}

/** Runs the command line. `publicVocabulary` contains the words of this program that are never redacted. */
export async function main(publicVocabulary: string, fastStart?: FastStart): Promise<void> {
  setPublicVocabulary(publicVocabulary);
  process.on("uncaughtException", crash);
  process.on("unhandledRejection", (error) => {
    // The SDK leaves an unhandled promise if a role requires an MFA code and its source returns nothing. The call reported why.
    if (!isOfSdk(error)) crash(error);
  });
  // If stderr is closed, nobody reads it. That is no reason to stop, and it cannot be reported.
  process.stderr.on("error", () => {});
  try {
    await run(fastStart);
  } catch (error) {
    // A failure of the running service is not a wrong setting: it ends the process at once, as a defect does.
    if (!isUserError(error) || error.code === "state-write") throw error;
    log(error.message);
    process.exitCode = error.code === "setup" ? FAILED : USAGE;
  }
}

async function run(fastStart: FastStart | undefined): Promise<void> {
  // Protection "secrets in the environment are remembered": without it, `redactor.remember(secret);` reads `void secret;`.
  for (const secret of secretsOfEnvironment()) redactor.remember(secret);
  if (fastStart) {
    prepareEnvironment();
    return serve(fastStart.config, fastStart.handshake);
  }
  const command = readCommand(everyTool);
  if (command.run !== "serve") process.stdout.on("error", leave);
  switch (command.run) {
    case "help":
      process.stdout.write(command.command === undefined ? helpText : helpOf(command.command));
      return;
    case "version":
      process.stdout.write(`${packageJson.version}\n`);
      return;
    case "local":
      return serveLocalService(command, crash);
    case "serve":
      prepareEnvironment();
      return serve(command.config);
    case "tools":
      return listTools(command.config);
    case "call":
      return callOnce(command);
    case "doctor":
      return diagnose(command);
    case "setup":
      return writeSetup(command);
    case "approve":
      return approveAtTerminal(command);
    case "credentials":
      return runOnChannel(async () => {
        const { credentials } = await import("./credentials.ts");
        return await credentials(command);
      });
    case "audit":
      return showAuditFile(command.file);
    case "token":
      return runOnChannel(async () => {
        const { token } = await import("./token.ts");
        return await token(command);
      });
  }
}

async function listTools({ policy }: Config): Promise<void> {
  const { showTools } = await import("./tools.ts");
  showTools(everyTool, policy, process.stdout);
}

async function callOnce({ config, tool, json }: Extract<Command, { run: "call" }>): Promise<void> {
  prepareEnvironment();
  const { call } = await import("./call.ts");
  const { services, close } = await createServices(config);
  try {
    process.exitCode = await call({ tool, json, services, answerWithinMs: config.asking.answerWithinMs });
  } finally {
    await close();
  }
}

async function diagnose({ config, folder }: Extract<Command, { run: "doctor" }>): Promise<void> {
  prepareEnvironment();
  const { runDoctor } = await import("./doctor/doctor.ts");
  const code = await runDoctor({
    config,
    version: packageJson.version,
    folder,
    screen: process.stdout,
    sanitize,
    onCredentials: rememberCredentials,
  });
  // Exit even if the SDK still waits for a request that timed out.
  process.stdout.write("", () => process.exit(code));
}

async function writeSetup(setup: Extract<Command, { run: "setup" }>): Promise<void> {
  const { setUp } = await import("./setup/setup.ts");
  process.exitCode = await setUp(setup, packageJson.version);
}

async function showAuditFile(path: string): Promise<void> {
  const { showAudit } = await import("./audit.ts");
  await showAudit(path, (line) => process.stdout.write(`${line}\n`));
}

async function approveAtTerminal({
  folder,
  code,
  server,
  command,
}: Extract<Command, { run: "approve" }>): Promise<void> {
  await runOnChannel(async () => {
    const { approve } = await import("./approve.ts");
    return await approve(folder, code, server, command);
  });
}

/** Runs a command that connects to the servers of this user, and sets the exit code that it returns. */
async function runOnChannel(run: () => Promise<number>) {
  process.exitCode = await run();
}

/** Whether it is an error of the SDK: of a service or of a credential provider. */
function isOfSdk(error: unknown): boolean {
  return error instanceof Error && ("$metadata" in error || "tryNextLink" in error);
}

/** Exits quietly if the reader of stdout closed the pipe, as `head` does. */
function leave(error: unknown): void {
  if (error instanceof Error && "code" in error && error.code === "EPIPE") process.exit();
  crash(error);
}

function crash(error: unknown): void {
  reportFault(error);
  process.exit(FAULT);
}
