/** The command `token`: prints a vended OpenID token, and nothing else. */
import { collectOrReport } from "./collect.ts";

/** Gives the process's exit code. Raises UserError. */
export async function token(folder: string, handle: string): Promise<number> {
  const vended = await collectOrReport(folder, handle, "token");
  if (!vended) return 1;
  process.stdout.write(`${vended.secret}\n`);
  return 0;
}
