import { randomInt } from "node:crypto";
import type { Terminal } from "../guards/confirmation.ts";
import { createApprovals } from "./approvals.ts";
import { openChannel } from "./channel.ts";

interface Options {
  /** Where this user's servers and commands meet. */
  readonly folder: string;
  /** Goes over all that is sent to the command. */
  readonly clean: <Value>(value: Value) => Value;
  /** Told why there is no channel. */
  readonly onTrouble: (error: unknown) => void;
}

/** Approvals at a terminal, whose channel opens when the first plan waits: most servers never need it. */
export function createTerminal({ folder, clean, onTrouble }: Options): Terminal & { close(): void } {
  const approvals = createApprovals({ now: Date.now, random: (below) => randomInt(below) });
  let channel: Promise<(() => void) | undefined> | undefined;
  return {
    ...approvals,
    async wait(...plan) {
      channel ??= openChannel(folder, approvals, clean).catch((error: unknown) => {
        onTrouble(error);
        return undefined;
      });
      return (await channel) && (await approvals.wait(...plan));
    },
    close() {
      void channel?.then((close) => close?.());
    },
  };
}
