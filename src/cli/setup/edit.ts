/**
 * Edits one entry in the text of a host's file. Everything else stays the same, byte for byte: comments, line ends, order,
 * other servers.
 */

import { isDeepStrictEqual } from "node:util";
import { getNodeValue, type Node, type ParseError, parseTree } from "jsonc-parser";
import { UserError } from "../../util/user-error.ts";
import type { Entry, HostFile } from "./hosts.ts";
import { lostNames } from "./lost.ts";

/** The text with the entry, and what was in its place before. */
export interface Edited {
  readonly text: string;
  readonly was: "nothing" | "the same" | "another";
  /** For another entry: the names of its options and settings that the new entry lacks or has with another value. */
  readonly lost: readonly string[];
}

/** The formatting of the file. */
interface Style {
  readonly indent: string;
  readonly end: string;
}

/** Raises UserError for a text that the host cannot read or that contains a key twice. */
export function withEntry(
  text: string,
  { key, comments }: Pick<HostFile, "key" | "comments">,
  name: string,
  entry: Entry,
) {
  const mark = text.startsWith("\uFEFF") ? "\uFEFF" : "";
  const body = text.slice(mark.length);
  const style = styleOf(body);
  if (body.trim() === "")
    return {
      text: `${mark}${written({ [key]: { [name]: entry } }, "", style)}${style.end}`,
      was: "nothing",
      lost: [],
    } satisfies Edited;
  const root = read(body, comments);
  const servers = member(root, key);
  if (servers === undefined) return edited(inserted(body, root, key, { [name]: entry }, style), "nothing");
  if (servers.type !== "object")
    throw new UserError("setup", `The value of ${key} is not a JSON object, so no entry can be added. Correct it.`);
  const present = member(servers, name);
  if (present === undefined) return edited(inserted(body, servers, name, entry, style), "nothing");
  const old: unknown = structuredClone(getNodeValue(present));
  if (isDeepStrictEqual(old, structuredClone(entry))) return edited(body, "the same");
  const indent = indentAt(body, present.offset) ?? "";
  const value = isOneLine(body, servers) ? JSON.stringify(entry) : written(entry, indent, style);
  return edited(
    `${body.slice(0, present.offset)}${value}${body.slice(present.offset + present.length)}`,
    "another",
    lostNames(old, entry),
  );

  function edited(changed: string, was: Edited["was"], lost: readonly string[] = []): Edited {
    return { text: mark + changed, was, lost };
  }
}

function read(body: string, comments: boolean): Node {
  const errors: ParseError[] = [];
  const root = parseTree(body, errors, { allowTrailingComma: comments, disallowComments: !comments });
  const [error] = errors;
  if (error !== undefined || root === undefined) {
    const line = body.slice(0, error?.offset ?? 0).split(/\r\n|\r|\n/).length;
    throw new UserError("setup", `It is not JSON that the host can read. Correct line ${line}.`);
  }
  if (root.type !== "object") throw new UserError("setup", "It does not contain a JSON object. Correct it.");
  return root;
}

/** The value of a member. If a member occurs twice, it is unknown which one a host uses. */
function member(object: Node, name: string): Node | undefined {
  const found = membersOf(object).filter(({ children: [key] = [] }) => key?.value === name);
  if (found.length > 1) throw new UserError("setup", `It contains ${JSON.stringify(name)} twice. Remove one of them.`);
  return found[0]?.children?.[1];
}

function membersOf(object: Node): readonly Node[] {
  return object.children ?? [];
}

/** The body with another member after the last one of the object. */
function inserted(body: string, object: Node, name: string, value: object, style: Style): string {
  const close = object.offset + object.length - 1;
  const last = membersOf(object).at(-1);
  const line = (indent: string) => `${JSON.stringify(name)}: ${written(value, indent, style)}`;
  if (last === undefined) {
    const outer = indentAt(body, object.offset) ?? "";
    const inner = outer + style.indent;
    const kept = body.slice(0, close).replace(/\s+$/, "");
    return `${kept}${style.end}${inner}${line(inner)}${style.end}${outer}${body.slice(close)}`;
  }
  const after = last.offset + last.length;
  const gap = withoutComments(body.slice(after, close));
  const comma = gap.indexOf(",");
  if (isOneLine(body, object)) {
    const member = `${JSON.stringify(name)}: ${JSON.stringify(value)}`;
    const at = comma < 0 ? after : after + comma + 1;
    return `${body.slice(0, at)}${comma < 0 ? ", " : " "}${member}${comma < 0 ? "" : ","}${body.slice(at)}`;
  }
  const indent = indentAt(body, last.offset) ?? (indentAt(body, object.offset) ?? "") + style.indent;
  // Text after the last member on its line, such as a comment, belongs to that member.
  const from = comma < 0 ? 0 : comma + 1;
  const newline = /[\r\n]/.exec(gap.slice(from));
  const rest = newline ? from + newline.index : gap.length;
  const at = after + (gap.slice(from, rest).trim() === "" ? rest : from);
  const head = comma < 0 ? `${body.slice(0, after)},${body.slice(after, at)}` : body.slice(0, at);
  const tail = body.slice(at);
  const closing = newline ? "" : `${style.end}${indentAt(body, object.offset) ?? ""}`;
  return `${head.replace(/[ \t]+$/, "")}${style.end}${indent}${line(indent)}${comma < 0 ? "" : ","}${closing}${tail}`;
}

/** The text with comments replaced by spaces, so that offsets do not change. */
function withoutComments(gap: string): string {
  return gap.replace(/\/\*[\s\S]*?\*\/|\/\/[^\r\n]*/g, (comment) => comment.replace(/[^\r\n]/g, " "));
}

function isOneLine(body: string, { offset, length }: Node): boolean {
  return !/[\r\n]/.test(body.slice(offset, offset + length)) && /[^\s{}]/.test(body.slice(offset, offset + length));
}

/** The indentation of the line at an offset. */
function indentAt(body: string, offset: number): string | undefined {
  const line =
    body
      .slice(0, offset)
      .split(/[\r\n]/)
      .at(-1) ?? "";
  return /^[ \t]*/.exec(line)?.[0];
}

function styleOf(body: string): Style {
  return {
    indent: /^[ \t]+(?=["}\]])/m.exec(body)?.[0] ?? "  ",
    end: /\r\n|\n/.exec(body)?.[0] ?? "\n",
  };
}

function written(value: object, indent: string, { indent: step, end }: Style): string {
  return JSON.stringify(value, null, step).replaceAll("\n", `${end}${indent}`);
}
