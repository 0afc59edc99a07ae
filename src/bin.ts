#!/usr/bin/env node
import { readCommand } from "./cli/args/command.ts";
/** Where the program starts: with the least that can answer a host, and the rest when it is asked for. */
import type { Config } from "./config/settings.ts";
import { type Answers, open } from "./mcp/fast-start.ts";

/** Put in when this is built. */
declare const ANSWERS: Answers;

void start();

async function start(): Promise<void> {
  const config = openable();
  const opened = config && (await open(ANSWERS, config.policy));
  const { main } = await import("./cli/main.ts");
  await main(ANSWERS.words, opened && { config, opened });
}

/** The settings of a server that nothing but a call can stop. One with files must say at once what is wrong with them. */
function openable(): Config | undefined {
  try {
    const command = readCommand(ANSWERS.tools);
    if (command.run !== "serve" || process.stdin.isTTY) return undefined;
    const { local, logins, audit, revealCredentials } = command.config;
    const files = local?.state ?? local?.seed ?? logins.file ?? audit;
    return files !== undefined || revealCredentials ? undefined : command.config;
  } catch {
    // It is read again, by what can say so.
    return undefined;
  }
}
