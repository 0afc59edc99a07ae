/**
 * The licences of the code that the bundle contains, from esbuild's metafiles. The package, the .mcpb bundle and the image contain
 * that code, and MIT, ISC, BSD and Apache-2.0 demand that their texts go with it.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Metafile } from "esbuild";

export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  /** The licence and notice files, as the package has them. */
  readonly texts: readonly string[];
}

/** The licences whose code may be bundled: all compatible with Apache-2.0. */
const accepted = new Set(["0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT"]);

/** The folders of the packages that a bundle has code of: `node_modules/zod`, `node_modules/a/node_modules/@b/c`. */
export function packageFolders(metafiles: readonly Metafile[]): string[] {
  const inputs = metafiles.flatMap(({ outputs }) =>
    Object.values(outputs).flatMap(({ inputs }) =>
      Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
    ),
  );
  const folders = inputs.flatMap((path) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []);
  return [...new Set(folders)].sort();
}

/** Reads the packages. Throws for one without a licence text, or with a licence that nobody accepted yet. */
export function readPackages(folders: readonly string[]): BundledPackage[] {
  return folders.map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    if (!accepted.has(license))
      throw new Error(`${name} ${version} has the licence ${license}: see scripts/notices.ts.`);
    const files = readdirSync(folder).filter((file) => /^(licen[cs]e|notice)/i.test(file));
    const texts = files.map((file) => readFileSync(join(folder, file), "utf8").trim());
    // Some packages of AWS have none. Apache-2.0 names nobody, so its text is the same for all; our own LICENSE is that text.
    if (texts.length === 0 && license === "Apache-2.0") texts.push(readFileSync("LICENSE", "utf8").trim());
    if (texts.length === 0) throw new Error(`${name} ${version} has no licence file.`);
    return { name, version, license, texts };
  });
}

const RULE = "-".repeat(80);

/** The notices as one text: the list of packages, then each licence text once, under the packages that have it. */
export function renderNotices(packages: readonly BundledPackage[]): string {
  const holders = new Map<string, string[]>();
  for (const { name, version, texts } of packages)
    for (const text of texts) holders.set(text, [...(holders.get(text) ?? []), `${name} ${version}`]);
  const sections = [...holders].map(([text, names]) => `${RULE}\n${names.join("\n")}\n${RULE}\n\n${text}\n`);
  const list = packages.map(({ name, version, license }) => `${name} ${version} (${license})`);
  return ["cognito-identity-mcp contains code of the following packages.\n", `${list.join("\n")}\n`, ...sections].join(
    "\n",
  );
}
