/** What the commands that collect have in common. */
import type { Vended } from "../guards/vended.ts";
import { collectVended } from "../operator/socket-client.ts";

/**
 * What is kept under `handle`. Where nothing is, says so on stderr, in the same words whatever the reason, and gives
 * undefined. Raises UserError.
 */
export async function collectOrReport<Kind extends Vended["kind"]>(folder: string, handle: string, kind: Kind) {
  const vended = await collectVended(folder, handle, kind);
  if (!vended)
    process.stderr.write(
      `None of your running servers has ${kind === "token" ? "a token" : "credentials"} under this handle. They may have expired, or their server may have ended: vend again.\n`,
    );
  return vended;
}
