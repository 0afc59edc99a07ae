import type { Writable } from "node:stream";

/** The maximum number of unread characters. Above it, no more input is read. */
const MAX_WAITING = 2 * 1024 * 1024;

/** An output stream that counts what is not written yet. */
export interface Output {
  write(text: string): void;
  /** Resolves when few enough characters wait, or when the client no longer reads. */
  belowLimit(): Promise<void>;
  /** Resolves when everything is written, or when the client no longer reads. */
  flushed(): Promise<void>;
}

/** Writes to `stream`. Every error of the stream means that the client no longer reads; then `onLost` is called once. */
export function createOutput(stream: Writable, onLost: () => void): Output {
  let waiting = "";
  /** Characters in the current write. */
  let writing = 0;
  let lost = false;
  let watchers: (() => void)[] = [];

  function flush(): void {
    // One write for all waiting text: a stream needs a hundred bytes for each pending write.
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
