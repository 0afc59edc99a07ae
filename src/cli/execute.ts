import { type ChildProcess, spawn } from "node:child_process";
import { constants } from "node:os";

/** Signals that are passed on to the command. */
const passedOn = ["SIGTERM", "SIGHUP", "SIGINT", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGCONT"] as const;

/** Exit codes of a shell for a command that is not found, and for one that cannot be run. */
const NOT_FOUND = 127;
const NOT_RUNNABLE = 126;

/**
 * Runs a command with this environment and with the stdin, stdout and stderr of this process. Returns its exit code or, as a
 * shell does, 128 plus the number of the signal that ended it.
 */
export async function execute(
  command: string,
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const child = spawn(command, args, { stdio: "inherit", env: { ...environment } });
  const stop = passSignals(child);
  try {
    return await new Promise((resolve) => {
      child.once("error", (error: NodeJS.ErrnoException) => {
        const missing = error.code === "ENOENT";
        process.stderr.write(`The command ${missing ? "was not found" : "cannot be run"} (${error.code}).\n`);
        resolve(missing ? NOT_FOUND : NOT_RUNNABLE);
      });
      child.once("close", (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
    });
  } finally {
    stop();
  }
}

function passSignals(child: ChildProcess): () => void {
  const undo = passedOn.map((signal) => {
    const pass = () => {
      // If they are typed at a terminal, the command receives these two itself.
      const typed = process.stdin.isTTY && (signal === "SIGINT" || signal === "SIGQUIT");
      if (!typed) child.kill(signal);
    };
    process.on(signal, pass);
    return () => process.off(signal, pass);
  });
  return () => {
    for (const stop of undo) stop();
  };
}
