/** How this program is run again, from a shell and at any time. */
import { basename, delimiter, dirname, sep } from "node:path";

const NAME = "cognito-identity-mcp";

/**
 * The start of a command line that runs this program: its name where the user's PATH has it for good, or else Node and the
 * script by their full paths. `path` is the PATH.
 */
export function ownCommandLine(node: string, script: string, path = ""): string {
  const folder = dirname(script);
  // A folder of node_modules is in the PATH only while npx or a script of npm's runs.
  const lasting = path.split(delimiter).includes(folder) && !folder.split(sep).includes("node_modules");
  if (lasting && basename(script) === NAME) return NAME;
  return `${shellQuote(node)} ${shellQuote(script)}`;
}

/** One word of a POSIX shell, whatever is in it. */
export function shellQuote(word: string): string {
  return /^[\w./:@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
