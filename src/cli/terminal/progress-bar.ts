/** The progress of long work on a line of a terminal, which is written again and again. */
import type { Screen } from "./plan-display.ts";

/** Columns of the bar itself. */
const WIDTH = 30;

/** Milliseconds between two updates. */
const EVERY_MS = 100;

/** What is done, and how far that is. */
interface Progress {
  readonly doing: "reading" | "changing";
  readonly done: number;
  readonly total: number | undefined;
}

interface ProgressBar {
  show(progress: Progress): void;
  /** Clears the line. */
  end(): void;
}

/** Undefined if the screen is no terminal. */
export function createProgressBar(screen: Screen, now: () => number = Date.now): ProgressBar | undefined {
  if (screen.isTTY !== true) return undefined;
  let last = 0;
  let isShown = false;
  const end = () => {
    if (isShown) screen.write("\r\u001b[K");
    isShown = false;
  };
  return {
    end,
    show(progress) {
      const { doing, done, total } = progress;
      if (done === total) return end();
      if (now() - last < EVERY_MS) return;
      last = now();
      isShown = true;
      screen.write(
        `\r\u001b[K${barOf(done, total)}${doing === "reading" ? "read" : "changed"}: ${done}${total === undefined ? "" : ` of ${total}`}`,
      );
    },
  };
}

/** `[#####-----] `; nothing where the end is not known. */
function barOf(done: number, total: number | undefined): string {
  if (total === undefined || total === 0) return "";
  const filled = Math.floor((WIDTH * done) / total);
  return `[${"#".repeat(filled)}${"-".repeat(WIDTH - filled)}] `;
}
