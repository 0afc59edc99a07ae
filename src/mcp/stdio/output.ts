import type { Writable } from "node:stream";

/** Characters that may wait for the client to read them before nothing more is taken in. */
const MAX_WAITING = 2 * 1024 * 1024;

/** What goes out, with a count of what has not left yet. */
export interface Output {
  write(text: string): void;
  /** Resolves when little enough waits, or nobody reads any more. */
  belowLimit(): Promise<void>;
  /** Resolves when all has left, or nobody reads any more. */
  flushed(): Promise<void>;
}

/** Writes to `stream`, whose errors all mean the same: nobody reads any more. `onLost` is then called, once. */
export function createOutput(stream: Writable, onLost: () => void): Output {
  let waiting = "";
  /** Characters in the write that is under way. */
  let writing = 0;
  let lost = false;
  let watchers: (() => void)[] = [];

  function flush(): void {
    // One write for all that came together: a stream takes a hundred bytes for each write that it holds.
    const text = waiting;
    waiting = "";
    writing = text.length;
    stream.write(text, () => {
      writing = 0;
      if (waiting !== "") flush();
      wake();
    });
  }

  function wake(): void {
    const woken = watchers;
    watchers = [];
    for (const watcher of woken) watcher();
  }

  async function atMost(limit: number): Promise<void> {
    while (!lost && waiting.length + writing > limit) {
      await new Promise<void>((resolve) => {
        watchers.push(resolve);
      });
    }
  }

  stream.on("error", () => {
    if (lost) return;
    lost = true;
    waiting = "";
    wake();
    onLost();
  });

  return {
    write(text) {
      if (lost) return;
      waiting += text;
      if (writing === 0) flush();
    },
    belowLimit: () => atMost(MAX_WAITING),
    flushed: () => atMost(0),
  };
}
