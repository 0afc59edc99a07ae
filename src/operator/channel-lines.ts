/** Lines of text on a connection, with limits of length and time. Both ends of the operator channel use it. */

import type { Socket } from "node:net";

/** Why there is no line: the other end has closed the connection, the line is too long, or it came too late. */
export type LineFailure = "closed" | "too long" | "late";

/** A line could not be read. The connection is closed. */
export class LineError extends Error {
  override readonly name = "LineError";
  readonly failure: LineFailure;

  constructor(failure: LineFailure) {
    super(failure);
    this.failure = failure;
  }
}

export interface Lines {
  /** The next line of at most `maxLength` characters, without its end. Rejects with LineError. */
  read(maxLength: number): Promise<string>;
  write(line: string): void;
  /** Closes the connection `milliseconds` from now. Replaces the last limit: bytes that trickle in do not extend it. */
  limit(milliseconds: number): void;
}

interface Reader {
  readonly maxLength: number;
  readonly give: (line: string) => void;
  readonly fail: (error: LineError) => void;
}

export function linesOf(socket: Socket): Lines {
  let text = "";
  /** How much of `text` holds no end of a line. */
  let searched = 0;
  let reader: Reader | undefined;
  let failure: LineFailure | undefined;
  let timer: NodeJS.Timeout | undefined;

  function fail(why: LineFailure): void {
    failure ??= why;
    clearTimeout(timer);
    socket.destroy();
    reader?.fail(new LineError(failure));
    reader = undefined;
  }

  function deliver(): void {
    if (!reader) return;
    const end = text.indexOf("\n", searched);
    searched = text.length;
    if ((end < 0 ? text.length : end) > reader.maxLength) fail("too long");
    if (!reader || end < 0) return;
    const { give } = reader;
    reader = undefined;
    const line = text.slice(0, end);
    text = text.slice(end + 1);
    searched = 0;
    // What is not read is not kept either: the other end must wait.
    socket.pause();
    give(line);
  }

  socket.setEncoding("utf8");
  socket.on("data", (chunk: string) => {
    text += chunk;
    deliver();
  });
  for (const end of ["end", "error", "close"]) socket.on(end, () => fail("closed"));
  socket.pause();
  return {
    read: (maxLength) =>
      new Promise((give, reject) => {
        if (failure) return reject(new LineError(failure));
        reader = { maxLength, give, fail: reject };
        deliver();
        if (reader) socket.resume();
      }),
    write: (line) => void socket.write(`${line}\n`),
    limit(milliseconds) {
      clearTimeout(timer);
      if (!failure) timer = setTimeout(() => fail("late"), milliseconds).unref();
    },
  };
}
