import packageJson from "../../package.json" with { type: "json" };
import type { Config } from "../config/settings.ts";
import type { Opened } from "../mcp/fast-start.ts";
import { createStdio } from "../mcp/stdio/stdio.ts";
import { createTerminal } from "../operator/operator-channel.ts";
import { createFace } from "../server.ts";
import { openHouse } from "./services.ts";
import { messageOf, redactor, say } from "./stderr.ts";

/** Calls under way at the end of stdin or at a signal have this long to finish. */
const DRAIN_MS = 5_000;

/**
 * The command `serve`: MCP on stdin and stdout, until stdin ends or a signal comes. `opened` is what was heard and answered
 * before. Raises ConfigError.
 */
export async function serve(config: Config, opened?: Opened): Promise<void> {
  const { answerWithinMs, channelFolder, command } = config;
  const terminal =
    channelFolder === undefined
      ? undefined
      : createTerminal({
          folder: channelFolder,
          command,
          // Protection "the operator's channel is redacted": without it, `clean: redactor.throughout` reads `clean: (value) => value`.
          clean: redactor.throughout,
          onFailure: (why) => say(`what a handle stands for could not be vended again: ${why}`),
          onTrouble: (error) =>
            say(`nobody can use what is vended, and nobody can approve at a terminal: ${messageOf(error)}`),
        });
  const { house, close } = await openHouse(config, { terminal, vault: terminal });
  const face = createFace({ house, version: packageJson.version, answerWithinMs });
  const stdio = createStdio(opened);
  await face.connect(stdio);
  if (process.stdin.isTTY)
    say("serving MCP on stdin and stdout, for a host to talk to. See --help for more, Ctrl+C to stop.");
  await stdio.ended;
  setTimeout(() => process.exit(), DRAIN_MS);
  terminal?.close();
  await face.drain();
  await close();
  // The last answer is handed to the transport right after the call that it answers.
  await new Promise((resolve) => setImmediate(resolve));
  await stdio.flushed();
  process.exit();
}
