#!/usr/bin/env node
import { readCommand } from "./cli/args/command.ts";
/** The entry point: answers the first messages of a host with as little code as possible, then loads the rest. */
import type { Config } from "./config/settings.ts";
import type { FastStartAnswers } from "./mcp/fast-start/answers.ts";
import { answerHandshake } from "./mcp/fast-start/handshake.ts";

/** Defined by the build. */
declare const ANSWERS: FastStartAnswers;

void start();

async function start(): Promise<void> {
  const config = fastStartConfig();
  const handshake = config && (await answerHandshake(ANSWERS, { policy: config.policy, region: config.aws.region }));
  const { main } = await import("./cli/main.ts");
  await main(handshake && { config, handshake });
}

/** The settings, if a fast start is possible. A server that uses files must first check them, to report errors at its start. */
function fastStartConfig(): Config | undefined {
  try {
    const command = readCommand(ANSWERS.tools);
    if (command.run !== "serve" || process.stdin.isTTY) return undefined;
    const { local, logins, audit, revealCredentials } = command.config;
    const files = local?.state ?? local?.seed ?? logins.file ?? audit;
    return files !== undefined || revealCredentials ? undefined : command.config;
  } catch {
    // cli/main.ts reads the command line again and reports the error.
    return undefined;
  }
}
