/** The command line that runs this program from a shell, also later. */
import { basename, delimiter, dirname, sep } from "node:path";

const NAME = "cognito-identity-mcp";

/**
 * The start of a command line that runs this program: its name if it is permanently in the user's PATH, or else the full paths
 * of Node and the script. `path` is the PATH.
 */
export function ownCommandLine(node: string, script: string, path = ""): string {
  const folder = dirname(script);
  // A folder in node_modules is in the PATH only while npx or an npm script runs.
  const lasting = path.split(delimiter).includes(folder) && !folder.split(sep).includes("node_modules");
  if (lasting && basename(script) === NAME) return NAME;
  return `${shellQuote(node)} ${shellQuote(script)}`;
}

/** Quotes a word for a POSIX shell, whatever characters it contains. */
export function shellQuote(word: string): string {
  return /^[\w./:@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
