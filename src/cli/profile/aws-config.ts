import { UserError } from "../../util/user-error.ts";
/**
 * Edits a profile in the text of an AWS config file. The text is decoded as latin1, whatever its encoding, so that every other
 * byte of the file stays the same.
 */

export interface Profile {
  readonly name: string;
  /** The command that prints the credentials. */
  readonly process: string;
  readonly region: string;
}

interface Line {
  readonly text: string;
  /** The line end, as in the file. */
  readonly end: string;
}

/** The line that marks a profile of this program. */
const MARK = "# made by cognito-identity-mcp";

/** The text with the profile: it replaces an earlier profile of this program, or is added at the end. Raises UserError. */
export function withProfile(text: string, profile: Profile): string {
  if (text.includes("\0"))
    throw new UserError(
      "profile",
      "The config file contains a null character, so it is not a text file. Use another file.",
    );
  const lines = linesOf(text);
  const places = lines.flatMap((line, index) => (mayBegin(line.text, profile.name) ? [index] : []));
  const [place, another] = places;
  // Some readers accept only \n and \r\n as line ends.
  const end = lines.slice(place).find((line) => line.end.endsWith("\n"))?.end ?? "\n";
  const block = blockOf(profile, end);
  if (place === undefined) {
    const last = lines.at(-1);
    const closed = text === "" || text.endsWith("\n") ? text : `${text}${end}`;
    return `${closed}${closed === "" || last?.text.trim() === "" ? "" : end}${block}`;
  }
  if (another !== undefined)
    throw new UserError(
      "profile",
      `The config file contains profile ${profile.name} more than once. Choose another name.`,
    );
  if (!isOurs(lines.slice(place, place + 4), profile.name))
    throw new UserError(
      "profile",
      `The config file contains a profile ${profile.name} that this program did not write, or that was changed since. Choose another name.`,
    );
  return `${join(lines.slice(0, place))}${block}${join(lines.slice(place + 4))}`;
}

function blockOf({ name, process, region }: Profile, end: string): string {
  // Readers of the file end a line at any control character, and treat the text after a space and # or ; as a comment.
  if (/\p{Cc}|\s[#;]/u.test(process + region))
    throw new UserError(
      "profile",
      "The path of this program cannot be written into a config file: it contains a control character, or # or ; after a space. Install the program in another folder.",
    );
  const lines = [`[profile ${name}]`, MARK, `credential_process = ${process}`, `region = ${region}`];
  return Buffer.from(lines.map((line) => line + end).join("")).toString("latin1");
}

/** Splits the text into lines as the Python and JavaScript readers of the file do. */
function linesOf(text: string): Line[] {
  return [...text.matchAll(/([^\r\n]*)(\r\n|\r|\n|$)/g)]
    .map(([, line = "", end = ""]) => ({ text: line, end }))
    .filter(({ text: line, end }) => line !== "" || end !== "");
}

function join(lines: readonly Line[]): string {
  return lines.map(({ text, end }) => text + end).join("");
}

/** Whether any reader could read the line as the start of the profile, with any spaces, quotes and comments. */
function mayBegin(line: string, name: string): boolean {
  const [, header = ""] = /^\s*\[(.*)/.exec(Buffer.from(line, "latin1").toString()) ?? [];
  const words = header.replace(/["'\\]/g, "").split(/[\s\]#;]+/);
  const [prefix, named] = words.filter((word) => word !== "");
  return prefix?.toLowerCase() === "profile" && named === name;
}

/** Whether the lines are exactly what this program writes for a profile of this name. */
function isOurs([header, mark, process, region, ...none]: readonly Line[], name: string): boolean {
  return (
    none.length === 0 &&
    header?.text === `[profile ${name}]` &&
    mark?.text === MARK &&
    /^credential_process = \S/.test(process?.text ?? "") &&
    /^region = [\w-]+$/.test(region?.text ?? "")
  );
}
