import { UserError } from "../../util/user-error.ts";
/**
 * A profile in the text of an AWS config file. The text is latin1 of whatever bytes the file has, so that every byte which is
 * not ours comes out as it went in.
 */

export interface Profile {
  readonly name: string;
  /** The command that gives the credentials. */
  readonly process: string;
  readonly region: string;
}

interface Line {
  readonly text: string;
  /** The line end, as it stands in the file. */
  readonly end: string;
}

/** The line by which a profile of ours is known. */
const MARK = "# made by cognito-identity-mcp";

/** The text with the profile in it: put in the place of the one we made before, or at the end. Raises UserError. */
export function withProfile(text: string, profile: Profile): string {
  if (text.includes("\0")) throw new UserError("profile", "The config file is no text that could be kept as it is.");
  const lines = linesOf(text);
  const places = lines.flatMap((line, index) => (mayBegin(line.text, profile.name) ? [index] : []));
  const [place, another] = places;
  // Some readers know no line end but \n and \r\n.
  const end = lines.slice(place).find((line) => line.end.endsWith("\n"))?.end ?? "\n";
  const block = blockOf(profile, end);
  if (place === undefined) {
    const last = lines.at(-1);
    const closed = text === "" || text.endsWith("\n") ? text : `${text}${end}`;
    return `${closed}${closed === "" || last?.text.trim() === "" ? "" : end}${block}`;
  }
  if (another !== undefined)
    throw new UserError("profile", `The config file has profile ${profile.name} more than once. Choose another name.`);
  if (!isOurs(lines.slice(place, place + 4), profile.name))
    throw new UserError(
      "profile",
      `The config file has a profile ${profile.name} that was not made here, or was changed since. Choose another name.`,
    );
  return `${join(lines.slice(0, place))}${block}${join(lines.slice(place + 4))}`;
}

function blockOf({ name, process, region }: Profile, end: string): string {
  // A reader of the file ends a line at any of these, and takes the rest of one after a spaced # or ; for a comment.
  if (/\p{Cc}|\s[#;]/u.test(process + region))
    throw new UserError(
      "profile",
      "The path of this program cannot be written into a config file: it has signs with a meaning.",
    );
  const lines = [`[profile ${name}]`, MARK, `credential_process = ${process}`, `region = ${region}`];
  return Buffer.from(lines.map((line) => line + end).join("")).toString("latin1");
}

/** Lines end as Python's and JavaScript's readers of the file see them end. */
function linesOf(text: string): Line[] {
  return [...text.matchAll(/([^\r\n]*)(\r\n|\r|\n|$)/g)]
    .map(([, line = "", end = ""]) => ({ text: line, end }))
    .filter(({ text: line, end }) => line !== "" || end !== "");
}

function join(lines: readonly Line[]): string {
  return lines.map(({ text, end }) => text + end).join("");
}

/** Whether any reader could take the line for the beginning of the profile, however it is spaced, quoted or commented. */
function mayBegin(line: string, name: string): boolean {
  const [, header = ""] = /^\s*\[(.*)/.exec(Buffer.from(line, "latin1").toString()) ?? [];
  const words = header.replace(/["'\\]/g, "").split(/[\s\]#;]+/);
  const [prefix, named] = words.filter((word) => word !== "");
  return prefix?.toLowerCase() === "profile" && named === name;
}

/** Whether the lines are just what we write for a profile of this name. */
function isOurs([header, mark, process, region, ...none]: readonly Line[], name: string): boolean {
  return (
    none.length === 0 &&
    header?.text === `[profile ${name}]` &&
    mark?.text === MARK &&
    /^credential_process = \S/.test(process?.text ?? "") &&
    /^region = [\w-]+$/.test(region?.text ?? "")
  );
}
