import packageJson from "../../package.json" with { type: "json" };
import { everyTool } from "../call/catalogue.ts";
import { prepareEnvironment, secretsOfEnvironment } from "../config/environment.ts";
import type { Config } from "../config/settings.ts";
import { BROWSER } from "../config/settings.ts";
import type { Handshake } from "../mcp/fast-start/handshake.ts";
import { openBrowser } from "../operator/web/opener.ts";
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

/** The words of this program that are never redacted. Defined by the build. */
declare const PUBLIC_VOCABULARY: string;

/** Runs the command line. */
export async function main(fastStart?: FastStart): Promise<void> {
  setPublicVocabulary(PUBLIC_VOCABULARY);
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
    case "diagnose":
      return diagnosePool(command);
    case "doctor":
      return checkInstallation(command);
    case "setup":
      return writeSetup(command);
    case "approve":
      return approveAtTerminal(command);
    case "credentials":
      return runOnChannel(async () => {
        const { credentials } = await import("./credentials.ts");
        return await credentials(command);
      });
    case "enroll":
      return enrollPasskey(command);
    case "audit":
      return showAuditFile(command);
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

async function diagnosePool({ config, input, json }: Extract<Command, { run: "diagnose" }>): Promise<void> {
  prepareEnvironment();
  const { diagnose } = await import("./diagnose.ts");
  const { services, close } = await createServices(config);
  try {
    process.exitCode = await diagnose({ input, json, services, screen: process.stdout });
  } finally {
    await close();
  }
}

async function checkInstallation(command: Extract<Command, { run: "doctor" }>): Promise<void> {
  prepareEnvironment();
  const { runDoctor } = await import("./doctor/doctor.ts");
  const code = await runDoctor({
    ...command,
    version: packageJson.version,
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

async function enrollPasskey(given: Extract<Command, { run: "enroll" }>): Promise<void> {
  const { enroll } = await import("./enroll/enroll.ts");
  try {
    process.exitCode = await enroll(given, (line) => process.stdout.write(`${line}\n`));
  } catch (error) {
    if (!isUserError(error)) throw error;
    log(error.message);
    process.exitCode = FAILED;
  }
}

async function showAuditFile({ file, verify, open, keys }: Extract<Command, { run: "audit" }>): Promise<void> {
  const say = (line: string) => process.stdout.write(`${line}\n`);
  if (verify) {
    const { verifyAudit } = await import("./audit/verify.ts");
    process.exitCode = await verifyAudit(file, keys, say);
    return;
  }
  if (open) {
    const { showOpen } = await import("./audit/open.ts");
    process.exitCode = await showOpen(file, say);
    return;
  }
  const { showAudit } = await import("./audit/audit.ts");
  await showAudit(file, say);
}

async function approveAtTerminal({
  folder,
  folders,
  code,
  server,
  page,
  stop,
  environment,
  command,
}: Extract<Command, { run: "approve" }>): Promise<void> {
  const browser = environment[BROWSER] || undefined;
  const openPage = async (url: string) =>
    await openBrowser({ url, folder, browser, platform: process.platform, environment });
  if (stop !== undefined)
    return await runOnChannel(async () => {
      const { stopJob } = await import("./approve/jobs.ts");
      return await stopJob(folders, stop);
    });
  await runOnChannel(async () => {
    const { approve } = await import("./approve/approve.ts");
    return await approve(folders, code, server, command, page ? openPage : undefined);
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
