/** Whatever a host's file holds, setting up adds one entry and leaves all else as it was. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { withEntry } from "../../../src/cli/setup/edit.ts";
import { UserError } from "../../../src/util/user-error.ts";

const entry = { command: "node", args: ["main.js", "--read-only"] };
const other = { command: "other", args: [] };
const strict = { key: "mcpServers", comments: false } as const;
const lenient = { key: "servers", comments: true } as const;

/** A text with an entry of ours, as every host's own reader has it. */
const entryIn = (text: string, key: string): unknown => JSON.parse(text)[key]["cognito-identity"];

describe("any JSON object", () => {
  const blanks = fc.constantFrom(undefined, 1, 2, 4, "\t");
  const ends = fc.constantFrom("\n", "\r\n");
  const documents = fc
    .tuple(
      fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 4 }),
      fc.option(fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 4 }), { nil: undefined }),
      fc.nat(4),
    )
    .map(([members, servers, at]) => {
      const list = Object.entries(members).filter(([key]) => key !== "mcpServers");
      if (servers) list.splice(at, 0, ["mcpServers", servers]);
      // Not by assignment, since a member can be called __proto__; and through JSON, which has no -0.
      return JSON.parse(JSON.stringify(Object.fromEntries(list))) as object;
    });

  it("keeps its other members, its line ends and the order, and knows the entry again", () => {
    fc.assert(
      fc.property(documents, blanks, ends, fc.boolean(), (document, blank, end, marked) => {
        const text = `${marked ? "\uFEFF" : ""}${JSON.stringify(document, null, blank).replaceAll("\n", end)}${end}`;
        const { text: changed, was } = withEntry(text, strict, "cognito-identity", entry);
        expect(was).toBe("nothing");
        const wanted = Object.entries(document).map(([key, value]) =>
          key === "mcpServers"
            ? [key, [...Object.entries(value as object), ["cognito-identity", entry]]]
            : [key, value],
        );
        if (!Object.hasOwn(document, "mcpServers")) wanted.push(["mcpServers", [["cognito-identity", entry]]]);
        const after: unknown = JSON.parse(changed.replace(/^\uFEFF/, ""));
        const found = Object.entries(after as object).map(([key, value]) =>
          key === "mcpServers" ? [key, Object.entries(value as object)] : [key, value],
        );
        // Names like numbers come first in any object, in whatever order they were written.
        const inOrder = (list: unknown[][]) => [...list].sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));
        expect(inOrder(found).map(sorted)).toEqual(inOrder(wanted).map(sorted));
        expect(changed.startsWith("\uFEFF")).toBe(marked);
        if (end === "\r\n") expect(changed.replaceAll("\r\n", "")).not.toMatch(/[\r\n]/);
        else expect(changed).not.toContain("\r");
        expect(withEntry(changed, strict, "cognito-identity", entry)).toEqual({
          text: changed,
          was: "the same",
          lost: [],
        });
        const replaced = withEntry(changed, strict, "cognito-identity", other);
        expect(replaced.was).toBe("another");
        expect(withEntry(replaced.text, strict, "cognito-identity", entry).text).toBe(changed);
      }),
      { numRuns: process.env["LONG"] ? 20_000 : 1_000 },
    );
  });

  /** The members of the servers, whose order numbers among their names would change. */
  function sorted([key, value]: unknown[]): unknown[] {
    if (key !== "mcpServers" || !Array.isArray(value)) return [key, value];
    return [key, [...value].sort(([a], [b]) => (String(a) < String(b) ? -1 : 1))];
  }

  it("is changed in one place: what is before and behind the entry is there byte for byte", () => {
    fc.assert(
      fc.property(documents, blanks, (document, blank) => {
        const text = JSON.stringify(document, null, blank);
        const { text: changed } = withEntry(text, strict, "cognito-identity", entry);
        let before = 0;
        while (before < text.length && text[before] === changed[before]) before += 1;
        let behind = 0;
        while (behind < text.length - before && text.at(-1 - behind) === changed.at(-1 - behind)) behind += 1;
        // All but blanks before the closing brace is kept.
        expect(text.slice(before, text.length - behind).trim()).toBe("");
      }),
    );
  });
});

describe("a file with comments and trailing commas", () => {
  it("keeps them where they were said", () => {
    const text = `{
\t// servers of mine
\t"servers": {
\t\t"one": { "command": "x" }, // the first, with a comma behind it
\t\t/* the second */
\t\t"two": { "command": "y" } // no comma: "}
\t\t// the end
\t},
\t"inputs": [1, 2,], // untouched
}
`;
    expect(withEntry(text, lenient, "cognito-identity", entry).text).toBe(`{
\t// servers of mine
\t"servers": {
\t\t"one": { "command": "x" }, // the first, with a comma behind it
\t\t/* the second */
\t\t"two": { "command": "y" }, // no comma: "}
\t\t"cognito-identity": {
\t\t\t"command": "node",
\t\t\t"args": [
\t\t\t\t"main.js",
\t\t\t\t"--read-only"
\t\t\t]
\t\t}
\t\t// the end
\t},
\t"inputs": [1, 2,], // untouched
}
`);
  });

  it.each([
    ["{}", '{\n  "servers": {\n    "cognito-identity": '],
    ["{ // nothing yet\n}", '{ // nothing yet\n  "servers": {\n'],
    ['{"servers":{}}', '{"servers":{\n  "cognito-identity": '],
    ['{"servers":{"a":1}}', '{"servers":{"a":1, "cognito-identity": {"command"'],
    ['{"servers":{"a":1,}}', '{"servers":{"a":1, "cognito-identity": {"command"'],
    ['{\n  "servers": {\n    "a": 1,\n  },\n}', '"a": 1,\n    "cognito-identity": {'],
    ['{\n  "a": 1 /* , */\n}', '{\n  "a": 1, /* , */\n  "servers": {'],
    ["  \n", '{\n  "servers": {'],
  ])("%j takes the entry", (text, begins) => {
    const { text: changed } = withEntry(text, lenient, "cognito-identity", entry);
    expect(changed).toContain(begins);
    expect(withEntry(changed, lenient, "cognito-identity", entry).was).toBe("the same");
  });

  it("is refused for a host that does not read comments", () => {
    expect(() => withEntry('{ // here\n "a": 1 }', strict, "x", entry)).toThrow(/Correct line 1/);
    expect(() => withEntry('{ "a": 1, }', strict, "x", entry)).toThrow(UserError);
  });
});

describe("a file that cannot be edited", () => {
  it.each([
    ['{\n "a": 1\n "b": 2 }', /not JSON that the host can read\. Correct line 3/],
    ["{", /not JSON/],
    ["[]", /not contain a JSON object/],
    ["null", /not contain a JSON object/],
    ['{"mcpServers": []}', /mcpServers is not a JSON object/],
    ['{"mcpServers": {}, "mcpServers": {}}', /contains "mcpServers" twice/],
    ['{"mcpServers": {"x": 1, "x": 2}}', /contains "x" twice/],
  ])("%j is refused", (text, why) => {
    expect(() => withEntry(text, strict, "x", entry)).toThrow(why);
  });
});

it("an entry that is replaced takes nothing of its neighbours with it", () => {
  const text = `{"mcpServers":{"a":1,"cognito-identity":{"command":"x","env":{"A":"b"}},"z":[ ]}}`;
  const { text: changed, was } = withEntry(text, strict, "cognito-identity", entry);
  expect(was).toBe("another");
  expect(changed).toBe(`{"mcpServers":{"a":1,"cognito-identity":${JSON.stringify(entry)},"z":[ ]}}`);
  expect(entryIn(changed, "mcpServers")).toEqual(entry);
});
