import { randomBytes, randomInt } from "node:crypto";
import type { PendingApprovals } from "../guards/approval/confirm.ts";
import type { Vault } from "../guards/vended.ts";
import { createApprovalQueue } from "./approval-queue.ts";
import { openChannel } from "./socket-server.ts";
import { createVault } from "./vault.ts";

interface Options {
  /** Where this user's servers and commands meet. */
  readonly folder: string;
  /** How this program is run from a shell. */
  readonly command: string;
  /** Redacts everything that is sent to a command, except what a person collects. */
  readonly sanitize: <Value>(value: Value) => Value;
  /** Told why there is no channel. */
  readonly onTrouble: (error: unknown) => void;
  /** Told why something could not be vended again. */
  readonly onFailure: (why: string) => void;
}

/** How often what has expired is forgotten, when nobody asks for anything. */
const SWEEP_MS = 30_000;

/**
 * What a person at this machine can do: approve at a terminal, and use what was vended. Their channel opens when the first
 * plan waits or the first secret is kept: most servers never need it.
 */
export function createOperatorChannel({
  folder,
  command,
  sanitize,
  onTrouble,
  onFailure,
}: Options): PendingApprovals & Vault & { close(): void } {
  const queue = createApprovalQueue({ now: Date.now, random: (below) => randomInt(below) });
  const vault = createVault({ now: Date.now, newHandle, command, onFailure });
  let sweeping: NodeJS.Timeout | undefined;
  let channel: Promise<(() => void) | undefined> | undefined;

  function open(): Promise<(() => void) | undefined> {
    channel ??= openChannel(folder, { ...queue, ...vault }, sanitize).catch((error: unknown) => {
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

/** 128 random bits; none that a command could take for an option. */
function newHandle(): string {
  for (;;) {
    const handle = randomBytes(16).toString("base64url");
    if (!handle.startsWith("-")) return handle;
  }
}
