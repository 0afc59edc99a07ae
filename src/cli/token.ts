/** The command `token`: prints a vended OpenID token. */
import { type Collecting, collectOrReport } from "./collect.ts";

/** Returns the exit code. Raises UserError. */
export async function token(collecting: Collecting): Promise<number> {
  const vended = await collectOrReport(collecting, "token");
  if (!vended) return 1;
  process.stdout.write(`${vended.secret}\n`);
  return 0;
}
