#!/usr/bin/env node
import packageJson from "../package.json" with { type: "json" };
import { createAws } from "./aws/clients.ts";
import { type Command, type Config, ConfigError, helpText, readCommand, silenceSdk } from "./config.ts";
import { createAdmission } from "./guards/admission.ts";
import { createRedactor } from "./guards/redaction.ts";
import type { LocalFiles, LocalService } from "./local/service.ts";
import { ChannelError } from "./operator/channel.ts";
import { createTerminal } from "./operator/terminal.ts";
import { createFace } from "./server.ts";
import { catalogue } from "./tools/catalogue.ts";
import { createStdio } from "./transport/stdio.ts";

/** Calls under way at the end of stdin or at a signal have this long to finish. */
const DRAIN_MS = 5_000;

/** Exit code for a command line or setting that cannot be meant. */
const USAGE = 2;

/** Exit code for a fault of ours. */
const FAULT = 70;

const redactor = createRedactor();

process.on("uncaughtException", crash);
// Nobody reads it: no reason to stop, and no place to say so.
process.stderr.on("error", () => {});

try {
  await run();
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  say(error.message);
  process.exitCode = USAGE;
}

async function run(): Promise<void> {
  const command = readCommand(catalogue.map(({ name }) => name));
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
  }
}

async function serve({ aws, local, policy, answerWithinMs, channelFolder }: Config): Promise<void> {
  silenceSdk();
  const terminal =
    channelFolder === undefined
      ? undefined
      : createTerminal({
          folder: channelFolder,
          clean: redactor.throughout,
          onTrouble: (error) => say(`nobody can approve at a terminal: ${messageOf(error)}`),
        });
  const inProcess = local && (await openLocal(local));
  const face = createFace({
    house: {
      tools: catalogue,
      policy,
      aws: createAws({ ...aws, inProcess }),
      redactor,
      admission: createAdmission(),
      terminal,
      onFault: reportFault,
    },
    version: packageJson.version,
    answerWithinMs,
  });
  const stdio = createStdio();
  await face.connect(stdio);
  if (process.stdin.isTTY)
    say("serving MCP on stdin and stdout, for a host to talk to. See --help for more, Ctrl+C to stop.");
  await stdio.ended;
  setTimeout(() => process.exit(), DRAIN_MS);
  terminal?.close();
  await face.drain();
  await inProcess?.close();
  // The last answer is handed to the transport right after the call that it answers.
  await new Promise((resolve) => setImmediate(resolve));
  await stdio.flushed();
  process.exit();
}

async function approveAtTerminal({ folder, code, server }: Extract<Command, { run: "approve" }>): Promise<void> {
  if (folder === undefined) throw new ConfigError("approve needs Unix sockets, which this system does not have.");
  const { approve } = await import("./operator/approve.ts");
  try {
    process.exitCode = await approve(folder, code, server);
  } catch (error) {
    throw error instanceof ChannelError ? new ConfigError(error.message) : error;
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
