import packageJson from "../../package.json" with { type: "json" };
import type { Config } from "../config/settings.ts";
import type { Handshake } from "../mcp/fast-start.ts";
import { createStdio } from "../mcp/stdio/stdio.ts";
import { createOperatorChannel } from "../operator/operator-channel.ts";
import { createMcpServer } from "../server.ts";
import { createServices } from "./services.ts";
import { describeError, log, redactor } from "./stderr.ts";

/** Milliseconds that calls in progress have to finish, after the end of stdin or a signal. */
const DRAIN_MS = 5_000;

/**
 * The command `serve`: MCP on stdin and stdout, until stdin ends or a signal comes. `handshake` is what
 * the fast start received and answered before. Raises UserError.
 */
export async function serve(config: Config, handshake?: Handshake): Promise<void> {
  const { answerWithinMs, channelFolder, command } = config;
  const operatorChannel =
    channelFolder === undefined
      ? undefined
      : createOperatorChannel({
          folder: channelFolder,
          command,
          // Protection "the operator's channel is redacted": without it, `sanitize: redactor.redactDeep` reads `sanitize: (value) => value`.
          sanitize: redactor.redactDeep,
          onFailure: (why) => log(`what a handle stands for could not be vended again: ${why}`),
          onTrouble: (error) =>
            log(`vended secrets cannot be used and plans cannot be approved at a terminal: ${describeError(error)}`),
        });
  const { services, close } = await createServices(config, {
    pendingApprovals: operatorChannel,
    vault: operatorChannel,
  });
  const server = createMcpServer({ services, version: packageJson.version, answerWithinMs });
  const stdio = createStdio(handshake);
  await server.connect(stdio);
  if (process.stdin.isTTY)
    log("serving MCP on stdin and stdout, for a host to talk to. See --help for more, Ctrl+C to stop.");
  await stdio.ended;
  setTimeout(() => process.exit(), DRAIN_MS);
  operatorChannel?.close();
  await server.drain();
  await close();
  // The last answer is handed to the transport right after the call that it answers.
  await new Promise((resolve) => setImmediate(resolve));
  await stdio.flushed();
  process.exit();
}
