/** Shared by the commands `credentials` and `token`. */
import type { Vended } from "../guards/vended.ts";
import { collectVended } from "../operator/channel-client.ts";
import { reportProblems } from "./stderr.ts";

/** What is collected, and from whom. */
export interface Collecting {
  /** The channel folders. */
  readonly folders: readonly string[];
  readonly handle: string;
  /** The command line that runs this program from a shell. */
  readonly command: string;
}

const kinds = {
  credentials: { noun: "credentials", command: "credentials", tools: "get-credentials-for-identity" },
  token: {
    noun: "a token",
    command: "token",
    tools: "get-open-id-token or get-open-id-token-for-developer-identity",
  },
} as const satisfies Readonly<Record<Vended["kind"], object>>;

/**
 * Returns what a server of this user keeps for `handle`. If there is nothing, writes to stderr what to do, and returns
 * undefined. Raises UserError.
 */
export async function collectOrReport<Kind extends Vended["kind"]>(
  { folders, handle, command }: Collecting,
  kind: Kind,
) {
  const found = await collectVended(folders, handle, kind);
  reportProblems(found.problems);
  if ("vended" in found) return found.vended;
  const { noun, tools } = kinds[kind];
  const other = found.otherKind && kinds[found.otherKind];
  process.stderr.write(
    other
      ? `This handle is for ${other.noun}. Run: ${command} ${other.command} ${handle}\n`
      : `None of your running servers has ${noun} for this handle. The handle is wrong or has expired, or its server has ended. Let the agent call ${tools} again.\n`,
  );
  return undefined;
}
