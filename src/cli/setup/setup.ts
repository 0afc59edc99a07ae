/** The command `setup`: prints the entry for a host, or writes it into the host's file. */
import { systemCode } from "../../util/system-error.ts";
import { isUserError, UserError } from "../../util/user-error.ts";
import { withEntry } from "./edit.ts";
import { readHostFile, replaceHostFile } from "./host-file.ts";
import { ENTRY_NAME, entryFor, hostFileFor, type Setup } from "./hosts.ts";

/** Returns the exit code: 0 if the entry exists or was printed. If it raises UserError, the file is unchanged. */
export async function setUp({ host, write, force, everywhere, args, place }: Setup, version: string): Promise<number> {
  const file = hostFileFor(host, everywhere, place);
  const entry = entryFor(host, args, place, version);
  if (file === undefined)
    throw new UserError(
      "setup",
      `${host} stores servers for all projects in a file that it rewrites itself. Run this command instead:\nclaude mcp add-json --scope user ${ENTRY_NAME} '${JSON.stringify(entry).replaceAll("'", "'\\''")}'`,
    );
  if (!write) {
    say(JSON.stringify({ [file.key]: { [ENTRY_NAME]: entry } }, null, 2));
    note(`Add this entry to ${file.path}, or run this command again with --write.`);
    return 0;
  }
  try {
    const found = readHostFile(file.path);
    const { text, was, lost } = withEntry(found.text, file, ENTRY_NAME, entry);
    if (was === "the same") {
      say(`${file.path} already contains this entry. Nothing to do.`);
      return 0;
    }
    if (was === "another" && !force)
      throw new UserError(
        "setup",
        `It contains a different entry with the name ${ENTRY_NAME}. To replace it, add --force and every option that the entry needs: options left out are removed.${lostSentence(lost)}`,
      );
    await replaceHostFile(file.path, found, text);
    const backup = found.bytes === undefined ? "" : ` The old file is kept as ${file.path}.backup.`;
    say(`${was === "another" ? "Replaced" : "Added"} ${ENTRY_NAME} in ${file.path}.${backup}`);
    if (lost.length > 0) say(lostSentence(lost).trim());
    say(file.next);
    return 0;
  } catch (error) {
    if (isUserError(error)) throw new UserError("setup", `${file.path} was not changed. ${error.message}`);
    const code = systemCode(error);
    if (code !== undefined)
      throw new UserError("setup", `${file.path} cannot be written (${code}). Check the folder and its permissions.`);
    throw error;
  }
}

/** What a replacement takes away. Values are not shown, because they can be secrets. Begins with a space. */
function lostSentence(lost: readonly string[]): string {
  return lost.length > 0
    ? ` The old entry has options that the new one lacks or has with another value: ${lost.join(", ")}.`
    : "";
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Writes a line to stderr, because stdout contains only the entry, ready to be pasted. */
function note(line: string): void {
  process.stderr.write(`${line}\n`);
}
