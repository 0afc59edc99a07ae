import { systemCode } from "./system-error.ts";

/** Whether a process with this id runs, of this user or another. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: the process runs, but belongs to another user.
    return systemCode(error) === "EPERM";
  }
}
