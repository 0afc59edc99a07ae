/** Keeps a batch within the rates of AWS, and waits where AWS says that it was too fast. */
import { setTimeout } from "node:timers/promises";
import { isThrottled } from "../../aws/errors/explain.ts";
import type { CommandName, Read } from "../../plans/command.ts";

/**
 * Calls per second (https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html). Other operations have no rate that is
 * documented: they are sent one after another, or a few at once.
 */
const rates: Partial<Readonly<Record<CommandName, number>>> = {
  TagResourceCommand: 5,
  UntagResourceCommand: 5,
  ListTagsForResourceCommand: 10,
};

/** Waiting times before a throttled request is sent again, in milliseconds, after the SDK's own retries. */
const BACKOFF_MS = [1_000, 2_000, 4_000, 8_000];

export interface Pacer {
  /** Resolves when a request with the command may be sent. Rejects with the signal's reason. */
  wait(command: CommandName, stopping: AbortSignal): Promise<void>;
}

export function createPacer(): Pacer {
  /** When the next request may be sent, on the clock of `performance`. */
  const next = new Map<CommandName, number>();
  return {
    async wait(command, stopping) {
      stopping.throwIfAborted();
      const rate = rates[command];
      if (rate === undefined) return;
      const now = performance.now();
      const at = Math.max(now, next.get(command) ?? 0);
      next.set(command, at + 1_000 / rate);
      if (at > now) await pause(at - now, stopping);
    },
  };
}

/** Tries again after a while what AWS has throttled. The last error is raised, and the signal's reason if the work is to stop. */
async function patiently<Result>(work: () => Promise<Result>, stopping: AbortSignal): Promise<Result> {
  for (const wait of BACKOFF_MS) {
    try {
      return await work();
    } catch (error) {
      if (!isThrottled(error)) throw error;
      await pause(wait * (0.5 + Math.random()), stopping);
    }
  }
  return await work();
}

/** A reader within the rates, which is patient. */
export function pacedReader(read: Read, pacer: Pacer, stopping: AbortSignal): Read {
  return async (command, request) =>
    await patiently(async () => {
      await pacer.wait(command, stopping);
      return await read(command, request);
    }, stopping);
}

/** Rejects with the signal's reason. */
export async function pause(milliseconds: number, stopping: AbortSignal): Promise<void> {
  await setTimeout(milliseconds, undefined, { signal: stopping }).catch(() => stopping.throwIfAborted());
}
