/** The texts that people and models read: quoted texts exist, and phrases that readers had to decode stay out. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { root } from "./support/client.ts";

const tracked = execFileSync("git", ["ls-files"], { cwd: root, encoding: "utf8" }).trim().split("\n");
const read = (file: string) => readFileSync(`${root}${file}`, "utf8");

describe("an error text in docs/troubleshooting.md exists in the program", () => {
  const sources = tracked
    .filter((file) => /^src\/.*\.ts$/.test(file))
    .map(read)
    .join("\n");
  const [, errors = ""] = read("docs/troubleshooting.md").split("## What does an error text mean?");
  const quoted = errors
    .split("## What do exit codes mean?")[0]
    ?.split("\n")
    .flatMap((line) => (/^\| (`.*?) \|/.exec(line)?.[1] ?? "").split(/, (?=`)|(?<=`) \(/))
    .flatMap((cell) => /^`(.*?)`/.exec(cell)?.slice(1, 2) ?? []);

  it("for more than 100 texts", () => expect(quoted?.length).toBeGreaterThan(100));

  // A word in capitals and "…" stand for a value. The program may put a text together from few pieces; a text that was
  // reworded falls into many.
  it.each(quoted ?? [])("%s", (text) => {
    const fragments = text
      .split(/"?\b[A-Z]+(?:_[A-Z]+)*\b(?<!\b(?:AWS|JSON|SSO|MFA|ID|AM|STS|TLS|ARN))"?|…|\b\d+\b/)
      .map((fragment) => fragment.trim())
      .filter((fragment) => /[a-z]{3}/.test(fragment));
    expect(fragments.length).toBeGreaterThan(0);
    expect(fragments.flatMap(piecesInSources).length).toBeLessThanOrEqual(fragments.length + 2);
  });

  /** The fewest pieces of whole words of `fragment` that the sources hold, taken from the left. */
  function piecesInSources(fragment: string): string[] {
    const words = fragment.split(" ");
    for (let count = words.length; count > 0; count--) {
      const piece = words.slice(0, count).join(" ");
      if (count > 1 && !sources.includes(piece)) continue;
      return [piece, ...(count < words.length ? piecesInSources(words.slice(count).join(" ")) : [])];
    }
    return [];
  }
});

describe("no text of the product contains", () => {
  const texts = tracked.filter((file) =>
    /^(?:README|SECURITY|CONTRIBUTING|CHANGELOG)\.md$|^(?:src|docs|demo|scripts|bench|\.github)\/.*\.(?:ts|md|svg|yml|html)$/.test(
      file,
    ),
  );

  // Phrases that readers had to decode, and words for "what is meant" that are not standard terms.
  it.each([
    /\bcannot be meant\b/i,
    /(?<!\bthere )\bis no (?:json|text|tool|file|folder|link|yes|secret|token|figure|specifier|option|call|command|setting)\b/i,
    /\bgo ahead\b/i,
    /\bnobody can collect\b/i,
    /\bsecrets never come\b/i,
    /\bof (?:yours|ours|mine)\b/i,
    /\bNone is set\b/,
    /\bkept apart for good\b/i,
    /\bNearly right\b/i,
    /\bare still of use\b/i,
    /\bis for this machine: write another\b/i,
    /\bwhat it takes is yours\b/i,
    /\band says which\b/i,
  ])("%s", (phrase) => {
    const found = texts.flatMap((file) =>
      read(file)
        .split("\n")
        .flatMap((line, at) => (phrase.test(line) ? `${file}:${at + 1}: ${line.trim()}` : [])),
    );
    expect(found).toEqual([]);
  });
});
