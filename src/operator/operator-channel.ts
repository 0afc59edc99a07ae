import { randomBytes } from "node:crypto";
import type { ApprovalQueue } from "../guards/approval/queue.ts";
import type { Vault } from "../guards/vended.ts";
import type { ChannelHandlers } from "./channel-protocol.ts";
import { openChannel } from "./channel-server.ts";
import type { Rejections } from "./rejections.ts";
import { createTerminalView } from "./terminal-view.ts";
import type { TransportKind } from "./transport.ts";
import { createVault, type KeptSecret } from "./vault.ts";

interface Options {
  /** The channel folder, in which commands find the servers of this user. */
  readonly folder: string;
  readonly transport: TransportKind;
  /** The command line that runs this program from a shell. */
  readonly command: string;
  readonly queue: ApprovalQueue;
  /** Whether a terminal decides on plans. Otherwise it only shows them, or opens their page. */
  readonly decides: boolean;
  /** Whether a plan that waits opens the channel. */
  readonly isForPlans: boolean;
  /** Opens the approval page, without a browser; undefined if the operator does not want it. */
  readonly page: ChannelHandlers["page"];
  readonly jobs: ChannelHandlers["jobs"];
  /** Redacts everything that is sent to a command, except the secrets that a person collects. */
  readonly sanitize: <Value>(value: Value) => Value;
  /** Whether redaction lets a plan through whole. Any other is not shown: with a part taken out it says something else. */
  readonly isReadable: (plan: unknown) => boolean;
  /** Called with the error if the channel cannot be opened. */
  readonly onTrouble: (error: unknown) => void;
  /** Called with the reason if a renewal fails. */
  readonly onFailure: (why: string) => void;
  /** Called with the reason when an answer decided nothing. */
  readonly onInvalidAnswer: (reason: string) => void;
  /** Called at most once a second, if connections were rejected that are not of a command of this user. */
  readonly onRejected: (rejections: Rejections) => void;
}

/** The channel of the person at this machine. */
export interface OperatorChannel extends Vault {
  /** The command with which a person decides on plans, once the channel is open; undefined if it cannot be opened. */
  terminal(): Promise<string | undefined>;
  /** The secrets that are kept for the person, newest last, without the secrets. */
  kept(): KeptSecret[];
  close(): void;
}

/** How often expired secrets are removed while there are no calls, in milliseconds. */
const SWEEP_MS = 30_000;

/**
 * Lets a person at this machine decide on plans at a terminal and collect vended secrets. The channel opens with the first plan
 * that waits or the first vended secret: most servers never need it.
 */
export function createOperatorChannel(options: Options): OperatorChannel {
  const { folder, transport, command, page, jobs, sanitize, onTrouble, onFailure, onRejected } = options;
  const view = createTerminalView(options);
  const vault = createVault({ now: Date.now, newHandle, command, onFailure });
  let sweeping: NodeJS.Timeout | undefined;
  let channel: Promise<(() => void) | undefined> | undefined;

  function open(): Promise<(() => void) | undefined> {
    const handlers = { ...view, ...vault, page, jobs };
    channel ??= openChannel({ folder, transport, handlers, sanitize, onRejected }).catch((error: unknown) => {
      onTrouble(error);
      return undefined;
    });
    return channel;
  }

  return {
    async terminal() {
      return options.isForPlans && (await open()) && options.decides ? `${command} approve` : undefined;
    },
    async keep(...vended) {
      if (!(await open())) return undefined;
      sweeping ??= setInterval(vault.sweep, SWEEP_MS).unref();
      return await vault.keep(...vended);
    },
    kept: vault.kept,
    close() {
      clearInterval(sweeping);
      vault.empty();
      void channel?.then((close) => close?.());
    },
  };
}

/** 128 random bits. The handle never starts with -, so that no command reads it as an option. */
function newHandle(): string {
  for (;;) {
    const handle = randomBytes(16).toString("base64url");
    if (!handle.startsWith("-")) return handle;
  }
}
