/** The command `setup`: shows the entry for a host, or puts it into the host's file. */
import { SetupError, withEntry } from "./edit.ts";
import { readHostFile, replaceHostFile } from "./host-file.ts";
import { ENTRY, entryFor, fileOf, type Setup } from "./hosts.ts";

/** Gives the process's exit code: 0 when the entry is there or was shown. Raises SetupError, and leaves the file as it was. */
export function setUp({ host, write, force, everywhere, args, place }: Setup, version: string): number {
  const file = fileOf(host, everywhere, place);
  const entry = entryFor(host, args, place, version);
  if (file === undefined)
    throw new SetupError(
      `${host} keeps what is for every project in a file of its own. Let it write there:\nclaude mcp add-json --scope user ${ENTRY} '${JSON.stringify(entry).replaceAll("'", "'\\''")}'`,
    );
  if (!write) {
    say(JSON.stringify({ [file.key]: { [ENTRY]: entry } }, null, 2));
    note(`This goes into ${file.path}. Add --write to have it put there.`);
    return 0;
  }
  try {
    const found = readHostFile(file.path);
    const { text, was } = withEntry(found.text, file, ENTRY, entry);
    if (was === "the same") {
      say(`${file.path} has the entry already. Nothing to do.`);
      return 0;
    }
    if (was === "another" && !force)
      throw new SetupError(`It has an entry ${ENTRY} that says something else. Put this in its place with --force.`);
    replaceHostFile(file.path, found, text);
    const backup = found.bytes === undefined ? "" : ` What was there is in ${file.path}.backup.`;
    say(`${was === "another" ? "Replaced" : "Added"} ${ENTRY} in ${file.path}.${backup}`);
    say(file.next);
    return 0;
  } catch (error) {
    if (error instanceof SetupError) throw new SetupError(`${file.path} was left as it is. ${error.message}`);
    if (error instanceof Error && "code" in error)
      throw new SetupError(`${file.path} cannot be written (${String(error.code)}).`);
    throw error;
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** For people alone: stdout is the entry, ready to be pasted. */
function note(line: string): void {
  process.stderr.write(`${line}\n`);
}
