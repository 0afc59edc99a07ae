/** scripts/check-layout.ts reports each way to break the layout and the import rules. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, posix } from "node:path";
import { describe, expect, it } from "vitest";
import { checkLayout, type Files, importsOf, readProject } from "../scripts/check-layout.ts";
import { root } from "./support/client.ts";

const project = readProject(root);

const packageJson = JSON.stringify({ devDependencies: { zod: "1", "@modelcontextprotocol/sdk": "1" } });
const rule = (imports: string[], others: object = {}) => JSON.stringify({ holds: "something", imports, ...others });

/** A project that keeps every rule. */
const sound: Files = {
  "package.json": packageJson,
  "src/imports.json": JSON.stringify({
    files: {
      "bin.ts": { holds: "start", imports: [], loads: ["src/upper"] },
      "server.ts": { holds: "server", imports: ["src/upper"] },
    },
  }),
  "src/bin.ts": 'void import("./upper/a.ts");\n',
  "src/server.ts": 'import "./upper/a.ts";\n',
  "src/upper/imports.json": rule(["src/lower", "zod", "node:*"], { types: ["@modelcontextprotocol/sdk"] }),
  "src/upper/a.ts": 'import { b } from "../lower/b.ts";\nimport "./inner/c.ts";\n',
  "src/upper/inner/c.ts": 'import "../a.ts";\nimport "node:fs/promises";\nimport * as z from "zod/v4";\n',
  "src/lower/imports.json": rule(["node:crypto"]),
  "src/lower/b.ts": 'import { createHash } from "node:crypto";\n',
};

const found = (changes: Files) =>
  checkLayout({ ...sound, ...changes }).map(({ file, rule, text }) => `${file} ${rule}: ${text}`);

it("a sound project has no problem", () => expect(found({})).toEqual([]));

describe("each kind of rule, broken", () => {
  it.each<[string, Files, RegExp]>([
    ["an import upward", { "src/lower/b.ts": 'import "../upper/a.ts";\n' }, /b\.ts imports: .*upper\/a\.ts.*Move what/],
    [
      "a path that only looks inside",
      { "src/lower/b.ts": 'import "./../upper/a.ts";\n' },
      /b\.ts imports: .*upper\/a\.ts/,
    ],
    ["a package", { "src/lower/b.ts": 'import "zod";\n' }, /b\.ts imports: .*import zod/],
    ["a package whose name begins alike", { "src/upper/a.ts": 'import "zod-x";\n' }, /a\.ts imports: .*import zod-x/],
    ["a module of node's", { "src/lower/b.ts": 'import "node:fs";\n' }, /b\.ts imports: .*import node:fs/],
    [
      "code where types are allowed",
      { "src/upper/a.ts": 'import "@modelcontextprotocol/sdk/x.js";\n' },
      /except with `import type`/,
    ],
    [
      "a static import where a load is allowed",
      { "src/bin.ts": 'import "./upper/a.ts";\n' },
      /bin\.ts imports: .*except with `import\(\)`/,
    ],
    [
      "an import() of a variable",
      { "src/lower/b.ts": "export const load = (x: string) => import(x);\n" },
      /plain string/,
    ],
    ["a file without a rule", { "src/other/d.ts": "" }, /src\/other\/d\.ts no rule: .*Add src\/other\/imports\.json/],
    ["a third file of src", { "src/c.ts": "" }, /src\/c\.ts root files: .*Move this file/],
    [
      "a folder of 17 files",
      Object.fromEntries(Array.from({ length: 16 }, (_, at) => [`src/lower/n${at}.ts`, ""])),
      /src\/lower folder size: 17 files.*Group/,
    ],
    ["a file of 401 lines", { "src/lower/b.ts": "export {};\n".repeat(401) }, /b\.ts file size: 401 lines.*Split/],
    [
      "a rule that names no folder",
      { "src/lower/imports.json": rule(["src/gone"]) },
      /rule file: .*"src\/gone".*delete it/,
    ],
    ["a rule that names no package", { "src/lower/imports.json": rule(["gone"]) }, /rule file: .*"gone"/],
    ["a rule for a folder without source", { "src/gone/imports.json": rule([]) }, /rule file: .*src\/gone.*Delete/],
    ["a rule in other words", { "src/lower/imports.json": rule([], { import: [] }) }, /rule file: .*"holds"/],
    ["a rule that is not JSON", { "src/lower/imports.json": "{" }, /rule file: .*JSON/],
    [
      "a circle of rules",
      { "src/lower/imports.json": rule(["src/upper"]) },
      /order: .*src\/upper → src\/lower → src\/upper/,
    ],
    ["a table of other rules", { "CONTRIBUTING.md": "<!-- layout -->\n<!-- /layout -->\n" }, /table: .*--write/],
  ])("%s", (_, changes, expected) =>
    expect(found(changes)).toEqual(expect.arrayContaining([expect.stringMatching(expected)])),
  );

  it("16 files and 400 lines are few enough", () => {
    const files = Object.fromEntries(Array.from({ length: 15 }, (_, at) => [`src/lower/n${at}.ts`, ""]));
    expect(found({ ...files, "src/lower/b.ts": "export {};\n".repeat(400) })).toEqual([]);
  });

  it("a cycle of type imports, by Biome with our settings", () => {
    const copy = mkdtempSync(join(tmpdir(), "layout-"));
    try {
      cpSync(`${root}biome.json`, join(copy, "biome.json"));
      mkdirSync(join(copy, "src"));
      writeFileSync(join(copy, "src/a.ts"), 'import type { B } from "./b.ts";\nexport type A = B | 1;\n');
      writeFileSync(join(copy, "src/b.ts"), 'import type { A } from "./a.ts";\nexport type B = A | 2;\n');
      const biome = `${root}node_modules/@biomejs/biome/bin/biome`;
      const { status, stdout, stderr } = spawnSync(
        process.execPath,
        [biome, "lint", "--vcs-enabled=false", "--only=suspicious/noImportCycles", "src"],
        { cwd: copy, encoding: "utf8" },
      );
      expect(stdout + stderr).toMatch(/src\/a\.ts.*noImportCycles/);
      expect(status).toBe(1);
    } finally {
      rmSync(copy, { recursive: true, force: true });
    }
  });
});

describe("an import that each rule of ours forbids", () => {
  const forbidden: Readonly<Record<string, readonly string[]>> = {
    "src/bin.ts": ["src/server.ts", "src/mcp/result.ts", "zod"],
    "src/server.ts": ["src/cli/main.ts", "src/config/settings.ts", "src/local/service.ts", "zod"],
    "src/cli": [
      "src/bin.ts",
      "@modelcontextprotocol/sdk/types.js",
      "@aws-sdk/client-cognito-identity",
      "src/local/http.ts",
    ],
    "src/cli/approve": ["src/cli/main.ts", "src/server.ts", "src/config/settings.ts", "zod"],
    "src/cli/args": ["src/cli/main.ts", "src/server.ts", "src/aws/clients.ts", "zod"],
    "src/cli/audit": ["src/cli/main.ts", "src/config/settings.ts", "src/call/dispatch.ts", "zod"],
    "src/cli/doctor": ["src/cli/main.ts", "src/mcp/result.ts", "src/local/service.ts"],
    "src/cli/enroll": ["src/config/settings.ts", "src/cli/stderr.ts", "@simplewebauthn/server"],
    "src/cli/profile": ["src/config/settings.ts", "src/operator/vault.ts"],
    "src/cli/setup": ["src/config/settings.ts", "src/tools/catalogue.ts", "src/cli/stderr.ts"],
    "src/cli/terminal": ["src/cli/stderr.ts", "src/call/dispatch.ts"],
    "src/config": ["src/cli/args/parse.ts", "src/mcp/result.ts", "zod"],
    "src/mcp": ["src/server.ts", "src/aws/clients.ts", "src/cli/stderr.ts", "zod"],
    "src/mcp/fast-start": [
      "src/mcp/resources/documents.ts",
      "src/call/dispatch.ts",
      "@modelcontextprotocol/sdk/types.js",
      "zod",
    ],
    "src/mcp/modern": ["src/server.ts", "src/aws/clients.ts", "src/tools/tool.ts", "node:fs"],
    "src/mcp/legacy": ["src/mcp/result.ts", "src/call/dispatch.ts", "zod"],
    "src/mcp/stdio": ["src/mcp/result.ts", "src/guards/policy.ts", "@modelcontextprotocol/sdk/server/index.js"],
    "src/mcp/prompts": ["src/call/dispatch.ts", "src/tools/catalogue.ts", "src/mcp/resources/uri.ts", "node:fs"],
    "src/mcp/resources": ["src/aws/clients.ts", "src/tools/tool.ts", "@modelcontextprotocol/sdk/types.js"],
    "src/call": ["src/mcp/result.ts", "@modelcontextprotocol/sdk/types.js", "@aws-sdk/client-cognito-identity"],
    "src/call/lists": ["src/call/dispatch.ts", "src/mcp/result.ts", "src/plans/command.ts", "zod"],
    "src/selections": ["src/tools/tool.ts", "src/plans/command.ts", "src/call/types.ts"],
    "src/aws": ["src/call/dispatch.ts", "src/audit/file.ts", "src/config/settings.ts", "node:fs"],
    "src/audit": ["src/guards/policy.ts", "src/operator/vault.ts", "src/call/dispatch.ts"],
    "src/operator": ["src/tools/tool.ts", "src/audit/file.ts", "src/cli/stderr.ts"],
    "src/operator/passkeys": ["src/operator/vault.ts", "src/guards/policy.ts", "@simplewebauthn/server"],
    "src/operator/web/browser": ["src/operator/web/loopback.ts", "src/util/visible-text.ts", "node:crypto"],
    "src/guards": ["src/aws/clients.ts", "src/operator/vault.ts", "zod", "node:fs"],
    "src/guards/redaction": ["src/guards/policy.ts", "src/tools/tool.ts"],
    "src/reports": ["src/guards/policy.ts", "src/call/dispatch.ts", "src/aws/clients.ts"],
    "src/reports/trust": ["src/reports/diagnosis/facts.ts", "src/local/service.ts", "src/plans/plan.ts", "zod"],
    "src/tools": ["src/guards/policy.ts", "src/aws/region.ts", "@aws-sdk/client-cognito-identity"],
    "src/plans": ["src/tools/tool.ts", "src/guards/policy.ts", "@aws-sdk/client-cognito-identity", "node:fs"],
    "src/local": ["src/tools/tool.ts", "src/guards/redaction/secret.ts", "src/cli/stderr.ts", "zod"],
    "src/util": ["src/tools/tool.ts", "src/local/http.ts", "zod"],
  };

  it("is named for every rule", () => {
    const governed = Object.entries(project)
      .filter(([path]) => path.endsWith("/imports.json"))
      .flatMap(([path, text]) => {
        const { files } = JSON.parse(text);
        const folder = posix.dirname(path);
        return files ? Object.keys(files).map((name) => `${folder}/${name}`) : [folder];
      });
    expect(Object.keys(forbidden).sort()).toEqual(governed.sort());
  });

  it.each(Object.entries(forbidden))("%s", (governed, targets) => {
    const file = governed.endsWith(".ts") ? governed : `${governed}/probe.ts`;
    for (const target of targets) {
      const specifier = target.startsWith("src/") ? posix.relative(posix.dirname(file), target) : target;
      const written = /^\.|^[^/]+:|^@|^[a-z-]+$/.test(specifier) ? specifier : `./${specifier}`;
      const problems = checkLayout({ ...project, [file]: `import "${written}";\n` });
      expect(problems.filter((problem) => problem.file === file && problem.rule === "imports")).toEqual([
        expect.objectContaining({ line: 1, text: expect.stringContaining(`import ${target}`) }),
      ]);
    }
  });
});

describe("imports are found", () => {
  it.each([
    ['import "a";', "value a 1"],
    ['import a from "a";', "value a 1"],
    ["import a from 'a'", "value a 1"],
    ['import * as a from "a";', "value a 1"],
    ['import a, { b } from "a";', "value a 1"],
    ['import {\n  a,\n  type B,\n} from "a";', "value a 4"],
    ['import { type B } from "a";', "value a 1"],
    ['import type { A } from "a";', "type a 1"],
    ['import type {\n  A,\n} from "a";', "type a 3"],
    ['import type A from "a";', "type a 1"],
    ['import type * as A from "a";', "type a 1"],
    ['import type from "a";', "value a 1"],
    ['import a from "a" with { type: "json" };', "value a 1"],
    ['import /* why */ { a } from /* it */ "a"; // so', "value a 1"],
    ['export * from "a";', "value a 1"],
    ['export * as a from "a";', "value a 1"],
    ['export { a as b } from "a";', "value a 1"],
    ['export type { A } from "a";', "type a 1"],
    ['export type * from "a";', "type a 1"],
    ['const a = 1; import "a";', "value a 1"],
    ['export interface Empty {}\nimport type { A } from "a";', "type a 2"],
    ['const a = await import("a");', "load a 1"],
    ["const a = await import(`a`);", "load a 1"],
    ['const a = import(\n  "a",\n);', "load a 1"],
    ['const a = import(/* why */ "a").then(({ b }) => b);', "load a 1"],
    ['let a: import("a").A;', "type a 1"],
    ['let a: typeof import("a");', "type a 1"],
    ['const a = import("a" + b);', "unreadable  1"],
    ["const a = import(`a$" + "{b}`);", "unreadable  1"],
    ['const a = /["`/]/.test(b);\nimport "a";', "value a 2"],
    ["const a = `it's\n`;\n" + 'import "a";', "value a 3"],
  ])("%j", (source, expected) =>
    expect(importsOf(source).map(({ kind, specifier, line }) => `${kind} ${specifier} ${line}`)).toEqual([expected]),
  );

  it.each([
    '// import "a";',
    '/**\n * import("a")\n */',
    `const a = 'import "a"';`,
    "const a = \"; import b from 'b'\";",
    'const a = `\nimport "a";\nimport("a")\n`;',
    'export const from = "a";',
    'export type A = "a";',
    "loader.import(a);",
    "import.meta.url;",
  ])("and nothing else: %j", (source) => expect(importsOf(source)).toEqual([]));

  it("in all of src/, as the compiler finds them", { timeout: 120_000 }, () => {
    const tsc = `${root}node_modules/typescript/bin/tsc`;
    // What runs in the browser is compiled apart.
    const stdout = [".", "src/operator/web/browser"]
      .map((project) => [tsc, "--explainFiles", "-p", project])
      .map((args) => spawnSync(process.execPath, args, { cwd: root, encoding: "utf8", maxBuffer: 1e8 }).stdout)
      .join("");
    const compiler = [...stdout.matchAll(/Imported via ["'](.+?)["'] from file '(src\/[^']+)'/g)].map(
      ([, specifier, file]) => `${file} ${specifier}`,
    );
    const ours = Object.entries(project)
      .filter(([path]) => path.startsWith("src/") && path.endsWith(".ts"))
      .flatMap(([path, text]) => importsOf(text).map(({ specifier }) => `${path} ${specifier}`))
      .filter((found) => !found.includes(" node:"));
    expect(new Set(ours)).toEqual(new Set(compiler));
    expect(compiler.length).toBeGreaterThan(300);
  });
});
