/**
 * Builds the server without some of its protections, to see that a check notices.
 *
 * A protection is marked where it stands: `// Protection "NAME": without it, `CODE` reads `OTHER CODE`.` CODE stands within the next
 * lines.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { makeDefinitions } from "../../scripts/answers.ts";
import { root } from "./client.ts";

/** Lines below a mark within which its code must stand. */
const REACH = 4;

/** A protection in the source. */
interface Mark {
  readonly path: string;
  /** Gives the file's text without the protection, whose mark and code it still holds. */
  readonly remove: (text: string) => string;
}

/** Every protection that is marked in the source, by its name. Throws for a mark that its code does not follow. */
function readMarks(): Map<string, Mark> {
  const marks = new Map<string, Mark>();
  const files = readdirSync(`${root}src`, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
  for (const path of files.map((name) => join(root, "src", name))) {
    for (const { 0: mark, 1: name = "", 2: code = "", 3: instead = "" } of readFileSync(path, "utf8").matchAll(
      /\/\/ Protection "([^"\n]+)": without it, `([^`\n]+)` reads `([^`\n]*)`\.\n/g,
    )) {
      const remove = (text: string): string => {
        const start = text.indexOf(mark) + mark.length;
        const reach = text.slice(start).split("\n", REACH).join("\n");
        const at = reach.replace(/^\s*\/\/ Protection .*$/gm, (line) => " ".repeat(line.length)).indexOf(code);
        if (at < 0) throw new Error(`${path}: the mark "${name}" has no code`);
        return text.slice(0, start + at) + instead + text.slice(start + at + code.length);
      };
      if (marks.has(name)) throw new Error(`${path}: the mark "${name}" is there twice`);
      remove(readFileSync(path, "utf8"));
      marks.set(name, { path, remove });
    }
  }
  return marks;
}

const marks = readMarks();

export const protectionNames: readonly string[] = [...marks.keys()];

/** What the build defines. */
let definitions: ReturnType<typeof makeDefinitions> | undefined;

/** Builds the server into `outfile` without the protections of these names. */
export async function buildWithout(names: readonly string[], outfile: string): Promise<string> {
  definitions ??= makeDefinitions();
  const removed = names.map((name) => {
    const mark = marks.get(name);
    if (!mark) throw new Error(`no protection is marked "${name}"`);
    return mark;
  });
  const left = new Set(removed);
  await build({
    entryPoints: [`${root}src/bin.ts`],
    define: await definitions,
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
            const here = removed.filter((mark) => mark.path === path);
            if (here.length === 0) return undefined;
            for (const mark of here) left.delete(mark);
            const contents = here.reduce((text, mark) => mark.remove(text), readFileSync(path, "utf8"));
            return { contents, loader: "ts" };
          }),
      },
    ],
  });
  for (const { path } of left) throw new Error(`${path} is not part of the program`);
  return outfile;
}
