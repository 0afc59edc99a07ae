/** Whoever gets the bundled code gets its licences too. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import type { Metafile } from "esbuild";
import { describe, expect, it } from "vitest";
import { packageFolders, readPackages, renderNotices } from "../scripts/notices.ts";
import { root } from "./support/client.ts";

const metafiles = JSON.parse(readFileSync(`${root}build/metafiles.json`, "utf8")) as Metafile[];
const shipped = readFileSync(`${root}dist/THIRD-PARTY-NOTICES.txt`, "utf8");

/** Packages whose code is in dist/, by what esbuild says of each output; not computed by the code under test. */
const bundled = [
  ...new Set(
    metafiles
      .flatMap(({ outputs }) => Object.values(outputs))
      .flatMap(({ inputs }) => Object.entries(inputs))
      .filter(([path, { bytesInOutput }]) => path.includes("node_modules/") && bytesInOutput > 0)
      .map(([path]) => {
        const [first = "", second = ""] = path.slice(path.lastIndexOf("node_modules/") + 13).split("/");
        return first.startsWith("@") ? `${first}/${second}` : first;
      }),
  ),
];

/** The packages that a text of notices does not list, or whose licence text it does not contain. */
function missingFrom(notices: string): string[] {
  const [list = "", ...sections] = notices.split(`${"-".repeat(80)}\n`);
  return bundled.filter((name) => {
    const isListed = list.split("\n").some((line) => line.startsWith(`${name} `));
    const at = sections.findIndex((section) => section.split("\n").some((line) => line.startsWith(`${name} `)));
    return !isListed || at < 0 || !/permission|permitted|Apache License/i.test(sections[at + 1] ?? "");
  });
}

describe("the notices", () => {
  it("list every bundled package with its licence text", () => {
    expect(bundled).toEqual(expect.arrayContaining(["@modelcontextprotocol/sdk", "zod", "jose", "jsonc-parser"]));
    expect(missingFrom(shipped)).toEqual([]);
  });

  it("are missed when one of them is removed", () => {
    const packages = readPackages(packageFolders(metafiles));
    for (const { name } of packages)
      expect(missingFrom(renderNotices(packages.filter((other) => other.name !== name)))).toEqual([name]);
  });

  it("are in the npm package", () => {
    const [packed] = JSON.parse(
      execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], { cwd: root, encoding: "utf8" }),
    ) as { files: { path: string }[] }[];
    expect(packed?.files.map(({ path }) => path)).toEqual(
      expect.arrayContaining(["LICENSE", "dist/THIRD-PARTY-NOTICES.txt"]),
    );
  });

  it("are in the .mcpb bundle and the image, which take dist/ whole", () => {
    expect(readFileSync(`${root}scripts/bundle.ts`, "utf8")).toContain(
      'for (const path of ["dist", "LICENSE", "README.md"])',
    );
    expect(readFileSync(`${root}Dockerfile`, "utf8")).toMatch(/^COPY --from=build \/src\/dist dist$/m);
  });
});
