import { randomInt } from "node:crypto";
import packageJson from "../../package.json" with { type: "json" };
import type { Config } from "../config/settings.ts";
import { createApprovalQueue } from "../guards/approval/queue.ts";
import type { Handshake } from "../mcp/fast-start/handshake.ts";
import { createStdio } from "../mcp/stdio/stdio.ts";
import { createOperatorChannel } from "../operator/operator-channel.ts";
import { defaultTransport } from "../operator/transport.ts";
import { createMcpServer } from "../server.ts";
import { createPage } from "./approval-page.ts";
import { createServices, reportRejections } from "./services.ts";
import { describeError, log, redactor } from "./stderr.ts";
import { limitYoungGeneration } from "./young-generation.ts";

/** How long running calls have to finish after the end of stdin or a signal, in milliseconds. */
const DRAIN_MS = 5_000;

/**
 * The command `serve`: serves MCP on stdin and stdout until stdin ends or a signal. `handshake` contains the messages that the
 * fast start already answered. Raises UserError.
 */
export async function serve(config: Config, handshake?: Handshake): Promise<void> {
  limitYoungGeneration();
  const { asking, channelFolder, channel = defaultTransport, command } = config;
  const { services, close } = await createServices(config);
  const { audit } = services;
  const queue = createApprovalQueue({
    now: Date.now,
    random: (below) => randomInt(below),
    onDecision: ({ about, binding, approved, by, proof }) =>
      void audit?.recordDecision({
        ...about,
        decision: approved ? "approved" : "rejected",
        by,
        ...(proof && { plan: binding, passkey: proof.evidence }),
      }),
  });
  const onInvalidAnswer = (reason: string) => void audit?.recordDecision({ decision: "none", reason });
  const isReadable = (plan: unknown) => redactor.inspect(plan) === "no secret";
  const operatorChannel = createOperatorChannel({
    folder: channelFolder,
    transport: channel,
    command,
    queue,
    decides: asking.ways.has("terminal"),
    // A command opens the page too.
    isForPlans: asking.ways.has("terminal") || asking.ways.has("page"),
    page: async () => await page?.address(),
    jobs: { running: () => server.jobs.running(), stop: (id) => server.jobs.stop(id) },
    onInvalidAnswer,
    // Protection "the operator's channel is redacted": without it, `sanitize: redactor.redactDeep` reads `sanitize: (value) => value`.
    sanitize: redactor.redactDeep,
    isReadable,
    onFailure: (why) => log(`vended secrets could not be renewed: ${why}`),
    onTrouble: (error) =>
      log(`vended secrets cannot be retrieved and plans cannot be approved at a terminal: ${describeError(error)}`),
    onRejected: (rejections) => reportRejections("on the channel of approve, credentials and token", rejections, audit),
  });
  const page = asking.ways.has("page")
    ? createPage(config, {
        queue,
        isReadable,
        onInvalidAnswer,
        audit,
        vended: operatorChannel.kept,
        jobs: () => server.jobs,
      })
    : undefined;
  const approvals = { queue, page, terminal: () => operatorChannel.terminal() };
  const server = createMcpServer({
    services: { ...services, approvals, vault: operatorChannel },
    version: packageJson.version,
    asking,
    isModernClient: handshake?.isModern,
  });
  // A person can stop what runs, whether or not a plan waited for them.
  server.jobs.subscribe(() => {
    if (server.jobs.running().length > 0) void operatorChannel.terminal();
  });
  const stdio = createStdio(handshake);
  await server.connect(stdio);
  if (process.stdin.isTTY)
    log("serving MCP on stdin and stdout, for a host. Run with --help for help. Press Ctrl+C to stop.");
  await stdio.ended;
  setTimeout(() => process.exit(), DRAIN_MS);
  operatorChannel.close();
  page?.close();
  // At once: a host can kill a server that still waits for its calls.
  services.lists?.remove();
  await server.drain();
  await close();
  // The last answer is passed to the transport immediately after its call ends.
  await new Promise((resolve) => setImmediate(resolve));
  await stdio.flushed();
  process.exit();
}
