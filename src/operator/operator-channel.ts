import { randomBytes, randomInt } from "node:crypto";
import type { PendingApprovals } from "../guards/approval/confirm.ts";
import type { Vault } from "../guards/vended.ts";
import { createApprovalQueue } from "./approval-queue.ts";
import { openChannel } from "./channel-server.ts";
import type { Rejections } from "./rejections.ts";
import type { TransportKind } from "./transport.ts";
import { createVault } from "./vault.ts";

interface Options {
  /** The channel folder, in which commands find the servers of this user. */
  readonly folder: string;
  readonly transport: TransportKind;
  /** The command line that runs this program from a shell. */
  readonly command: string;
  /** Redacts everything that is sent to a command, except the secrets that a person collects. */
  readonly sanitize: <Value>(value: Value) => Value;
  /** Whether a value holds a piece of a secret. A plan that does is not shown: with a part taken out it says something else. */
  readonly holdsSecret: (value: unknown) => boolean;
  /** Called with the error if the channel cannot be opened. */
  readonly onTrouble: (error: unknown) => void;
  /** Called with the reason if a renewal fails. */
  readonly onFailure: (why: string) => void;
  /** Called at most once a second, if connections were rejected that are not of a command of this user. */
  readonly onRejected: (rejections: Rejections) => void;
}

/** How often expired secrets are removed while there are no calls, in milliseconds. */
const SWEEP_MS = 30_000;

/**
 * Lets a person at this machine approve plans at a terminal and collect vended secrets. The channel opens with the first
 * pending plan or the first vended secret: most servers never need it.
 */
export function createOperatorChannel({
  folder,
  transport,
  command,
  sanitize,
  holdsSecret,
  onTrouble,
  onFailure,
  onRejected,
}: Options): PendingApprovals & Vault & { close(): void } {
  const queue = createApprovalQueue({ now: Date.now, random: (below) => randomInt(below) });
  const vault = createVault({ now: Date.now, newHandle, command, onFailure });
  let sweeping: NodeJS.Timeout | undefined;
  let channel: Promise<(() => void) | undefined> | undefined;

  function open(): Promise<(() => void) | undefined> {
    const waiting = () => queue.waiting().filter((plan) => !holdsSecret(plan));
    const handlers = { ...queue, waiting, ...vault };
    channel ??= openChannel({ folder, transport, handlers, sanitize, onRejected }).catch((error: unknown) => {
      onTrouble(error);
      return undefined;
    });
    return channel;
  }

  return {
    ...queue,
    async enqueue(...plan) {
      if (!(await open())) return undefined;
      const code = queue.enqueue(...plan);
      return code === undefined ? "full" : { command: `${command} approve ${code}` };
    },
    async keep(...vended) {
      if (!(await open())) return undefined;
      sweeping ??= setInterval(vault.sweep, SWEEP_MS).unref();
      return await vault.keep(...vended);
    },
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
