/**
 * Bundles the server into dist/, which is CommonJS: it starts sooner than ES modules do. What starts is small, and answers a
 * host by itself; the server, the AWS SDK and the embedded service are files of their own that load when needed.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { relative, resolve } from "node:path";
import { type BuildOptions, build, type Plugin } from "esbuild";
import { catalogue } from "../src/tools/catalogue.ts";
import { makeAnswers } from "./answers.ts";
import { packageFolders, readPackages, renderNotices } from "./notices.ts";

rmSync("dist", { recursive: true, force: true });
mkdirSync("dist");
writeFileSync("dist/package.json", '{"type":"commonjs"}\n');

/** What becomes a separate file: a source file of this project, or a package, wherever it is imported with `import()`. */
const splitPoints: Readonly<Record<string, string>> = {
  "src/cli/main.ts": "server.js",
  "src/local/service.ts": "local.js",
  "src/local/http.ts": "local.js",
  "src/cli/setup/setup.ts": "setup.js",
  "@aws-sdk/client-cognito-identity": "aws.js",
};

/** The split points that an `import()` of the bundled code led to. */
const metSplitPoints = new Set<string>();

const bundle: BuildOptions = {
  bundle: true,
  format: "cjs",
  platform: "node",
  target: "node20",
  // `import()` would set up the loader of ES modules to load what is CommonJS.
  supported: { "dynamic-import": false },
  // The AWS SDK ships both kinds; its ES modules bundle smaller, and keep their named exports.
  mainFields: ["module", "main"],
  minify: true,
  legalComments: "none",
  metafile: true,
};

/** Turns each `import()` of a split point into a call that loads its file. */
const splitFiles: Plugin = {
  name: "split files",
  setup({ onResolve }) {
    onResolve({ filter: /./ }, ({ path, kind, resolveDir }) => {
      if (kind !== "dynamic-import") return undefined;
      const name = path.startsWith(".") ? relative(".", resolve(resolveDir, path)).replaceAll("\\", "/") : path;
      const file = splitPoints[name];
      if (file === undefined) return undefined;
      metSplitPoints.add(name);
      return { path: `./${file}`, external: true };
    });
  },
};

/** The validator of the SDK's own forms, which we do not use: a fifth of the server, and a tenth of the first call. */
const withoutAjv: Plugin = {
  name: "without ajv",
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]sdk[\\/]dist[\\/]esm[\\/]validation[\\/]ajv-provider\.js$/ }, () => ({
      contents: "export class AjvJsonSchemaValidator {}",
    }));
  },
};

/** The SDK without what it has for services that stream events, as this one does not, and of its descriptions the version alone. */
const lean: Plugin = {
  name: "lean",
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]submodules[\\/]event-streams[\\/]index\.js$/ }, () => ({ contents: "" }));
    onLoad({ filter: /[\\/]node_modules[\\/].*[\\/]package\.json$/ }, ({ path }) => {
      const { version } = JSON.parse(readFileSync(path, "utf8"));
      return { contents: JSON.stringify({ version }), loader: "json" };
    });
  },
};

const results = await Promise.all([
  build({
    ...bundle,
    entryPoints: ["src/bin.ts"],
    outfile: "dist/main.js",
    plugins: [splitFiles],
    define: { ANSWERS: JSON.stringify(await makeAnswers()) },
  }),
  build({ ...bundle, entryPoints: ["src/cli/main.ts"], outfile: "dist/server.js", plugins: [splitFiles, withoutAjv] }),
  build({
    ...bundle,
    // The client and the commands of our tools: what else the SDK exports is dead weight, the more so compiled.
    stdin: {
      contents: `export { CognitoIdentityClient, ${catalogue.map(({ command }) => command).join(", ")} } from "@aws-sdk/client-cognito-identity";`,
      resolveDir: ".",
    },
    outfile: "dist/aws.js",
    plugins: [lean],
    // Node sets these up when they are first looked at, which takes longer than the call. Bodies here are streams of Node's.
    define: { ReadableStream: "undefined", Blob: "undefined" },
  }),
  build({ ...bundle, entryPoints: ["src/cli/setup/setup.ts"], outfile: "dist/setup.js" }),
  build({
    ...bundle,
    stdin: {
      contents: 'export * from "./src/local/service.ts"; export * from "./src/local/http.ts";',
      resolveDir: ".",
    },
    outfile: "dist/local.js",
  }),
]);

const metafiles = results.map(({ metafile }) => metafile).filter((metafile) => metafile !== undefined);
mkdirSync("build", { recursive: true });
writeFileSync("build/metafiles.json", JSON.stringify(metafiles));
writeFileSync("dist/THIRD-PARTY-NOTICES.txt", renderNotices(readPackages(packageFolders(metafiles))));

const unmet = Object.keys(splitPoints).filter((name) => !metSplitPoints.has(name));
if (unmet.length > 0)
  throw new Error(`No import() leads to ${unmet.join(", ")}: correct splitPoints in scripts/build.ts.`);
