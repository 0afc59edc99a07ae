/** Shared by the commands `credentials` and `token`. */
import type { Vended } from "../guards/vended.ts";
import { collectVended } from "../operator/socket-client.ts";

/**
 * Returns what a server of this user keeps for `handle`. If there is nothing, writes the same message to stderr whatever the
 * reason, and returns undefined. Raises UserError.
 */
export async function collectOrReport<Kind extends Vended["kind"]>(folder: string, handle: string, kind: Kind) {
  const vended = await collectVended(folder, handle, kind);
  if (!vended)
    process.stderr.write(
      `None of your running servers has ${kind === "token" ? "a token" : "credentials"} for this handle. The handle is wrong or has expired, or its server has ended. Vend again.\n`,
    );
  return vended;
}
