/** The command `token`: prints a vended OpenID token. */
import { collectOrReport } from "./collect.ts";

/** Returns the exit code. Raises UserError. */
export async function token(folder: string, handle: string): Promise<number> {
  const vended = await collectOrReport(folder, handle, "token");
  if (!vended) return 1;
  process.stdout.write(`${vended.secret}\n`);
  return 0;
}
