import packageJson from "../package.json" with { type: "json" };
import { createAws, type SigningCredentials } from "./aws/clients.ts";
import {
  type Command,
  type Config,
  ConfigError,
  helpText,
  readCommand,
  secretsOfEnvironment,
  silenceSdk,
} from "./config.ts";
import { createAdmission } from "./guards/admission.ts";
import { createLogins, type Reference } from "./guards/logins.ts";
import { levelOf, type Policy } from "./guards/permission.ts";
import { createPlanTokens } from "./guards/plan-tokens.ts";
import { createRedactor } from "./guards/redaction.ts";
import { createReveal } from "./guards/reveal.ts";
import { Secret } from "./guards/secret.ts";
import { visibleThroughout } from "./guards/untrusted-text.ts";
import type { LocalFiles, LocalService } from "./local/service.ts";
import type { Opened } from "./opening.ts";
import { ChannelError } from "./operator/channel.ts";
import { ProfileError } from "./operator/profile-error.ts";
import { createTerminal } from "./operator/terminal.ts";
import { createFace } from "./server.ts";
import { catalogue } from "./tools/catalogue.ts";
import { isGated, type Tool, takingPlanToken } from "./tools/tool.ts";
import { createStdio } from "./transport/stdio.ts";

/** Calls under way at the end of stdin or at a signal have this long to finish. */
const DRAIN_MS = 5_000;

/** Exit code for a command line or setting that cannot be meant. */
const USAGE = 2;

/** Exit code for a fault of ours. */
const FAULT = 70;

/** What was done before this was loaded. */
interface Start {
  readonly config: Config;
  readonly opened: Opened;
}

let fixedWords = "";
const redactor = createRedactor(() => fixedWords);

/** Runs what the command line asks for. `words` are this program's own, which no secret can take out. */
export async function main(words: string, start?: Start): Promise<void> {
  fixedWords = words;
  process.on("uncaughtException", crash);
  // Nobody reads it: no reason to stop, and no place to say so.
  process.stderr.on("error", () => {});
  try {
    await run(start);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    say(error.message);
    process.exitCode = USAGE;
  }
}

async function run(start: Start | undefined): Promise<void> {
  for (const secret of secretsOfEnvironment()) redactor.remember(secret);
  if (start) return serve(start.config, start.opened);
  const command = readCommand(catalogue);
  switch (command.run) {
    case "help":
      process.stdout.write(helpText);
      return;
    case "version":
      process.stdout.write(`${packageJson.version}\n`);
      return;
    case "local":
      return serveLocalService(command.port, command.files, command.throttle);
    case "serve":
      return serve(command.config);
    case "approve":
      return approveAtTerminal(command);
    case "credentials":
      return runOnChannel(command.run, command.folder, async (folder) => {
        const { credentials } = await import("./operator/credentials.ts");
        return await credentials({ ...command, folder });
      });
    case "audit":
      return showAuditFile(command.file);
    case "token":
      return runOnChannel(command.run, command.folder, async (folder) => {
        const { token } = await import("./operator/token.ts");
        return await token(folder, command.handle);
      });
  }
}

async function serve(
  { aws, local, policy, logins, revealCredentials, audit: auditFile, answerWithinMs, channelFolder, command }: Config,
  opened?: Opened,
): Promise<void> {
  silenceSdk();
  const terminal =
    channelFolder === undefined
      ? undefined
      : createTerminal({
          folder: channelFolder,
          command,
          clean: redactor.throughout,
          onFailure: (why) => say(`what a handle stands for could not be vended again: ${why}`),
          onTrouble: (error) =>
            say(`nobody can use what is vended, and nobody can approve at a terminal: ${messageOf(error)}`),
        });
  if (revealCredentials)
    say("--reveal-credentials: whatever is vended is shown in the answers, to the model and wherever they are kept.");
  const references =
    logins.file === undefined ? new Map<string, Reference>() : await readLoginsFile(logins.file, logins.environment);
  const audit = auditFile === undefined ? undefined : await openAuditAt(auditFile);
  const inProcess = local && (await openLocal(local));
  const face = createFace({
    house: {
      tools: toolsUnder(policy),
      policy,
      aws: createAws({ ...aws, inProcess, onCredentials: rememberCredentials }),
      redactor,
      planTokens: createPlanTokens(),
      admission: createAdmission(),
      terminal,
      vault: terminal,
      reveal: revealCredentials ? createReveal() : undefined,
      logins: createLogins({
        references,
        only: logins.only,
        remember: (token) => void redactor.remember(new Secret(token)),
      }),
      audit,
      onFault: reportFault,
    },
    version: packageJson.version,
    answerWithinMs,
  });
  const stdio = createStdio(opened);
  await face.connect(stdio);
  if (process.stdin.isTTY)
    say("serving MCP on stdin and stdout, for a host to talk to. See --help for more, Ctrl+C to stop.");
  await stdio.ended;
  setTimeout(() => process.exit(), DRAIN_MS);
  terminal?.close();
  await face.drain();
  await inProcess?.close();
  await audit?.close();
  // The last answer is handed to the transport right after the call that it answers.
  await new Promise((resolve) => setImmediate(resolve));
  await stdio.flushed();
  process.exit();
}

/** The catalogue, with a place for plan tokens where the operator wants two steps. */
function toolsUnder(policy: Policy): Tool[] {
  return catalogue.map((tool) =>
    isGated(tool) && levelOf(tool, policy) === "two-step" ? takingPlanToken(tool) : tool,
  );
}

function rememberCredentials({ accessKeyId, secretAccessKey, sessionToken = "" }: SigningCredentials): void {
  for (const value of [accessKeyId, secretAccessKey, sessionToken]) redactor.remember(new Secret(value));
}

async function openAuditAt(path: string) {
  const { openAudit } = await import("./audit/audit.ts");
  const clean = <Value>(record: Value): Value => redactor.throughout(visibleThroughout(record) as Value);
  const onTrouble = (error: unknown) => say(`the audit cannot be written to: ${messageOf(error)}`);
  return await openAudit(path, { clean, onTrouble }).catch(asConfigError);
}

async function showAuditFile(path: string): Promise<void> {
  const { showAudit } = await import("./audit/show.ts");
  await showAudit(path, (line) => process.stdout.write(`${line}\n`)).catch(asConfigError);
}

/** By name: the audit is loaded only when it is wanted. */
function asConfigError(error: unknown): never {
  throw error instanceof Error && error.name === "AuditFileError" ? new ConfigError(error.message) : error;
}

async function readLoginsFile(file: string, environment: Config["logins"]["environment"]) {
  const { LoginsFileError, readLogins } = await import("./operator/logins.ts");
  try {
    return readLogins(file, environment);
  } catch (error) {
    throw error instanceof LoginsFileError ? new ConfigError(error.message) : error;
  }
}

async function approveAtTerminal({ folder, code, server }: Extract<Command, { run: "approve" }>): Promise<void> {
  await runOnChannel("approve", folder, async (known) => {
    const { approve } = await import("./operator/approve.ts");
    return await approve(known, code, server);
  });
}

/** Runs a command that talks to the servers of this user, and exits with the code that it gives. */
async function runOnChannel(name: string, folder: string | undefined, run: (folder: string) => Promise<number>) {
  if (folder === undefined) throw new ConfigError(`${name} needs Unix sockets, which this system does not have.`);
  try {
    process.exitCode = await run(folder);
  } catch (error) {
    if (error instanceof ChannelError || error instanceof ProfileError) throw new ConfigError(error.message);
    throw error;
  }
}

/** An error in words: of ours as it is, of the system by its code. */
function messageOf(error: unknown): string {
  if (error instanceof ChannelError) return error.message;
  return error instanceof Error && "code" in error ? String(error.code) : "unknown reason";
}

/** The embedded service, loaded when it is wanted. */
async function openLocal(files: LocalFiles, throttle = false): Promise<LocalService> {
  const { openLocalService } = await import("./local/service.ts");
  return await openLocalService(files, { throttle, onFault: reportLocalFault }).catch((error: unknown) => {
    if (isFileError(error)) throw new ConfigError(error.message);
    throw error;
  });
}

async function serveLocalService(port: number, files: LocalFiles, throttle: boolean): Promise<void> {
  const { serveLocal } = await import("./local/http.ts");
  const service = await openLocal(files, throttle);
  const server = await serveLocal(service, { port }).catch(async (error: NodeJS.ErrnoException) => {
    await service.close();
    throw new ConfigError(`cannot listen on port ${port} (${error.code}). Choose another with --port, or 0 for any.`);
  });
  const where = files.state === undefined ? "in memory" : `kept in ${files.state}`;
  process.stdout.write(`Cognito Identity on ${server.url}, ${where}. Stop it with Ctrl+C.\n`);
  const stop = () =>
    void server
      .close()
      .then(() => service.close())
      .catch(crash);
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
}

/** By name: the embedded service is loaded only when it is wanted. */
function isFileError(error: unknown): error is Error {
  return error instanceof Error && error.name === "FileError";
}

function reportLocalFault(error: unknown): void {
  if (isFileError(error)) say(error.message);
  else reportFault(error);
}

function crash(error: unknown): void {
  reportLocalFault(error);
  process.exit(FAULT);
}

/** A fault of ours: where it happened, and nothing of what it happened to, which could hold a secret. */
function reportFault(error: unknown): void {
  const { name, stack = "" } = error instanceof Error ? error : new Error();
  const frames = stack.split("\n").filter((line) => /^\s+at /.test(line));
  say(`internal error, please report it: ${name}\n${frames.join("\n")}`);
}

/** Everything for people goes to stderr, and through the redactor like all else. */
function say(line: string): void {
  process.stderr.write(`cognito-identity-mcp: ${redactor.text(line)}\n`);
}
