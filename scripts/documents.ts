/** Makes the documents of the pages: one HTML text each, with the styles and the bundled script inside. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const folder = fileURLToPath(new URL("../src/operator/web/browser/", import.meta.url));

const STYLE = /<link rel="stylesheet" href="([^"]+)" \/>/;
const SCRIPT = /<script src="([^"]+)"><\/script>/;

/** The value of PAGE_DOCUMENTS, which `src/operator/web/documents.ts` declares. */
export async function makeDocuments(): Promise<{ readonly approve: string; readonly enroll: string }> {
  return { approve: await makeDocument("approve.html"), enroll: await makeDocument("enroll.html") };
}

/** The definition for a bundle that the pages are part of. */
export async function defineDocuments(): Promise<Readonly<Record<string, string>>> {
  return { PAGE_DOCUMENTS: JSON.stringify(await makeDocuments()) };
}

async function makeDocument(name: string): Promise<string> {
  const html = readFileSync(`${folder}${name}`, "utf8").replaceAll(/\n\s*/g, "\n");
  const style = await minified(STYLE.exec(html)?.[1]);
  const script = await minified(SCRIPT.exec(html)?.[1]);
  // A function, because a text could hold patterns of replace().
  return html
    .replace(STYLE, () => `<style>${style}</style>`)
    .replace(SCRIPT, () => `<script type="module">${script}</script>`);
}

async function minified(file: string | undefined): Promise<string> {
  if (file === undefined) throw new Error("The document names no style or no script.");
  const { outputFiles } = await build({
    entryPoints: [`${folder}${file}`],
    bundle: true,
    minify: true,
    format: "esm",
    target: ["es2022", "chrome111", "firefox115", "safari16.4"],
    legalComments: "none",
    write: false,
  });
  return outputFiles[0]?.text.trim() ?? "";
}
