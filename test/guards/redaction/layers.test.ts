/**
 * Each layer of redaction is held by a check: a server that is built without it leaks, and the check sees it.
 *
 * A layer is marked where it stands: `// Protection "NAME": without it, `CODE` reads `OTHER CODE`.` CODE stands within the next lines.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeAnswers } from "../../../scripts/answers.ts";
import { root } from "../../support/client.ts";
import { report } from "../../support/figures.ts";
import { leakAtStart, leakOfCanary, leakOfOwn, leakOfShortSecret, leakOfUnmet } from "../../support/leaks.ts";

/** Lines below a mark within which its code must stand. */
const REACH = 4;

interface Mark {
  readonly path: string;
  /** The file's text with the protection taken out. */
  readonly without: string;
}

/** Every protection that is marked in the source, by its name. Throws for a mark that its code does not follow. */
function readMarks(): Map<string, Mark> {
  const marks = new Map<string, Mark>();
  const files = readdirSync(`${root}src`, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
  for (const path of files.map((name) => join(root, "src", name))) {
    const text = readFileSync(path, "utf8");
    for (const { 0: mark, 1: name = "", 2: piece = "", 3: instead = "", index } of text.matchAll(
      /\/\/ Protection "([^"\n]+)": without it, `([^`\n]+)` reads `([^`\n]*)`\.\n/g,
    )) {
      const start = index + mark.length;
      const reach = text.slice(start).split("\n", REACH).join("\n");
      const code = reach.replace(/^\s*\/\/ Protection .*$/gm, (comment) => " ".repeat(comment.length));
      const at = code.indexOf(piece);
      if (at < 0 || marks.has(name)) throw new Error(`${path}: the mark "${name}" has no code, or is there twice`);
      marks.set(name, { path, without: text.slice(0, start + at) + instead + text.slice(start + at + piece.length) });
    }
  }
  return marks;
}

const marks = readMarks();

/** What a server says first, which is put in where it is built. */
const answers = makeAnswers();

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "cognito-identity-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Builds the server without the protection of that name. */
async function buildWithout(name: string): Promise<string> {
  const mark = marks.get(name);
  if (!mark) throw new Error(`no protection is marked "${name}"`);
  const outfile = join(folder, `${name.replace(/\W/g, "-")}.mjs`);
  let replaced = false;
  await build({
    entryPoints: [`${root}src/bin.ts`],
    define: { ANSWERS: JSON.stringify(await answers) },
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    mainFields: ["module", "main"],
    banner: { js: 'import{createRequire}from"node:module";const require=createRequire(import.meta.url);' },
    plugins: [
      {
        name: "without",
        setup: ({ onLoad }) =>
          onLoad({ filter: /\.ts$/ }, ({ path }) => {
            if (path !== mark.path) return undefined;
            replaced = true;
            return { contents: mark.without, loader: "ts" };
          }),
      },
    ],
  });
  if (!replaced) throw new Error(`${mark.path} is not part of the program`);
  return outfile;
}

type Check = (program: string) => Promise<string | undefined>;

const canaries: Check = (program) => leakOfCanary(program, 500);

/** The check that sees each protection missing. */
const layers: Readonly<Record<string, Check>> = {
  "secrets in answers are hidden": leakOfShortSecret,
  "known secrets are removed": canaries,
  "what looks like a secret is removed": leakOfUnmet,
};

/** Where secrets become known, and where text passes on its way out: tried in the long run. */
const places: typeof layers = {
  "secrets in answers are remembered": canaries,
  "secrets in calls are remembered": canaries,
  "secrets in the environment are remembered": leakAtStart,
  "the credentials that sign requests are remembered": (program) => leakOfOwn("file", program),
  "messages are redacted": canaries,
  "the operator's channel is redacted": canaries,
  "the audit is redacted": canaries,
  "stderr is redacted": leakAtStart,
  "base64 is decoded": canaries,
  "hex is decoded": canaries,
  "base32 is decoded": canaries,
  "escapes are decoded": canaries,
  "percent signs are decoded": canaries,
  "form encoding is decoded": canaries,
  "quoted-printable is decoded": canaries,
  "HTML entities are decoded": canaries,
  "invisible characters are dropped": canaries,
  "separators are dropped": canaries,
};

it("every protection that is marked in the source has a check, and every check a mark", () =>
  expect([...marks.keys()].sort()).toEqual(Object.keys({ ...layers, ...places }).sort()));

describe("without the protection by which", () => {
  const tried = { ...layers, ...(process.env["LONG"] && places) };
  it.each(Object.entries(tried))("%s, a secret is said", { timeout: 120_000 }, async (name, seenBy) => {
    const leak = await seenBy(await buildWithout(name));
    expect(leak).toBeDefined();
    report(14, `without the protection by which ${name}`, "red");
  });
});
