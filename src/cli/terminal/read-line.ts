/** Reads a line that a person types after they have seen what it answers. */
import { createInterface } from "node:readline/promises";
import { PassThrough } from "node:stream";
import type { WriteStream } from "node:tty";

/** What a person typed at a prompt. */
export interface Typed {
  /** Undefined if they left the prompt without an answer, or if the signal aborted. */
  readonly said: string | undefined;
  /** Whether they pressed Ctrl+C. */
  readonly interrupted: boolean;
}

/**
 * For how long input is discarded after a prompt appears, in milliseconds. Before the end of this time, nobody has read the prompt: the
 * input was typed or pasted before.
 */
const DISCARD_MS = 300;

const CTRL_C = "\u0003";
const CTRL_D = "\u0004";

/** A line that the person types after `prompt`. */
export async function readLine(prompt: string, screen: WriteStream, signal?: AbortSignal): Promise<Typed> {
  const input = inputFromNowOn();
  const terminal = createInterface({ input: input.stream, output: screen, terminal: true });
  let interrupted = false;
  terminal.once("SIGINT", () => {
    interrupted = true;
    terminal.close();
  });
  // Ctrl+D, Ctrl+C and the end of the input close the interface, and then its question never resolves.
  const left = new Promise<undefined>((resolve) => terminal.once("close", () => resolve(undefined)));
  const late = () => terminal.close();
  signal?.addEventListener("abort", late);
  try {
    const said = await Promise.race([terminal.question(prompt).catch(() => undefined), left]);
    if (said === undefined) screen.write("\n");
    return { said, interrupted };
  } finally {
    signal?.removeEventListener("abort", late);
    terminal.close();
    input.stop();
  }
}

/** What is typed from now on, without what was typed before a person can have read the prompt. */
function inputFromNowOn() {
  const { stdin } = process;
  const stream = Object.assign(new PassThrough(), {
    setRawMode: (isRaw: boolean) => stdin.setRawMode(isRaw),
  });
  let isOpen = false;
  const timer = setTimeout(() => {
    // After the input that waits to be read, in case the process was kept from reading it until now.
    setImmediate(() => {
      isOpen = true;
    });
  }, DISCARD_MS);
  const take = (chunk: Buffer) => {
    if (isOpen) stream.write(chunk);
    // To leave is always possible, and approves nothing.
    else for (const key of [CTRL_C, CTRL_D]) if (chunk.includes(key)) stream.write(key);
  };
  const end = () => stream.end();
  // An error is the end of the terminal.
  stdin.on("data", take).once("end", end).once("error", end).resume();
  return {
    stream,
    stop() {
      clearTimeout(timer);
      stdin.off("data", take).off("end", end).off("error", end);
      stdin.pause();
      stream.destroy();
    },
  };
}
