/**
 * Bundles the server into dist/, which is CommonJS: it starts sooner than ES modules do. What starts is small, and answers a
 * host by itself; the server, the AWS SDK and the embedded service are files of their own that load when needed.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { type BuildOptions, build, type Plugin } from "esbuild";
import { makeAnswers } from "./answers.ts";

rmSync("dist", { recursive: true, force: true });
mkdirSync("dist");
writeFileSync("dist/package.json", '{"type":"commonjs"}\n');

/** What is a file of its own, by how it is imported. */
const apart: Readonly<Record<string, string>> = {
  "./main.ts": "./server.js",
  "./local/service.ts": "./local.js",
  "./local/http.ts": "./local.js",
  "@aws-sdk/client-cognito-identity": "./aws.js",
};

const bundle: BuildOptions = {
  bundle: true,
  format: "cjs",
  platform: "node",
  target: "node20",
  // `import()` would set up the loader of ES modules to load what is CommonJS.
  supported: { "dynamic-import": false },
  // The AWS SDK ships both kinds; its ES modules bundle smaller, and keep their named exports.
  mainFields: ["module", "main"],
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: "none",
};

function loading(files: Readonly<Record<string, string>>): Plugin {
  return {
    name: "files apart",
    setup({ onResolve }) {
      onResolve({ filter: /./ }, ({ path, kind }) => {
        const file = kind === "dynamic-import" ? files[path] : undefined;
        return file === undefined ? undefined : { path: file, external: true };
      });
    },
  };
}

await Promise.all([
  build({
    ...bundle,
    entryPoints: ["src/start.ts"],
    outfile: "dist/main.js",
    plugins: [loading(apart)],
    define: { ANSWERS: JSON.stringify(await makeAnswers()) },
  }),
  build({ ...bundle, entryPoints: ["src/main.ts"], outfile: "dist/server.js", plugins: [loading(apart)] }),
  build({
    ...bundle,
    stdin: { contents: 'export * from "@aws-sdk/client-cognito-identity";', resolveDir: "." },
    outfile: "dist/aws.js",
  }),
  build({
    ...bundle,
    stdin: {
      contents: 'export * from "./src/local/service.ts"; export * from "./src/local/http.ts";',
      resolveDir: ".",
    },
    outfile: "dist/local.js",
  }),
]);
