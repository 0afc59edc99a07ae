/** The command `setup`: shows the entry for a host, or puts it into the host's file. */
import { systemCode } from "../../util/system-error.ts";
import { isUserError, UserError } from "../../util/user-error.ts";
import { withEntry } from "./edit.ts";
import { readHostFile, replaceHostFile } from "./host-file.ts";
import { ENTRY_NAME, entryFor, hostFileFor, type Setup } from "./hosts.ts";

/** Gives the process's exit code: 0 when the entry is there or was shown. Raises UserError, and leaves the file as it was. */
export async function setUp({ host, write, force, everywhere, args, place }: Setup, version: string): Promise<number> {
  const file = hostFileFor(host, everywhere, place);
  const entry = entryFor(host, args, place, version);
  if (file === undefined)
    throw new UserError(
      "setup",
      `${host} keeps what is for every project in a file of its own. Let it write there:\nclaude mcp add-json --scope user ${ENTRY_NAME} '${JSON.stringify(entry).replaceAll("'", "'\\''")}'`,
    );
  if (!write) {
    say(JSON.stringify({ [file.key]: { [ENTRY_NAME]: entry } }, null, 2));
    note(`This goes into ${file.path}. Add --write to have it put there.`);
    return 0;
  }
  try {
    const found = readHostFile(file.path);
    const { text, was } = withEntry(found.text, file, ENTRY_NAME, entry);
    if (was === "the same") {
      say(`${file.path} has the entry already. Nothing to do.`);
      return 0;
    }
    if (was === "another" && !force)
      throw new UserError(
        "setup",
        `It has an entry ${ENTRY_NAME} that says something else. Put this in its place with --force.`,
      );
    await replaceHostFile(file.path, found, text);
    const backup = found.bytes === undefined ? "" : ` What was there is in ${file.path}.backup.`;
    say(`${was === "another" ? "Replaced" : "Added"} ${ENTRY_NAME} in ${file.path}.${backup}`);
    say(file.next);
    return 0;
  } catch (error) {
    if (isUserError(error)) throw new UserError("setup", `${file.path} was left as it is. ${error.message}`);
    const code = systemCode(error);
    if (code !== undefined) throw new UserError("setup", `${file.path} cannot be written (${code}).`);
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
