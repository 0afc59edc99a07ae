/**
 * Bundles the server into dist/, which is CommonJS: it starts sooner than ES modules do. What starts is small, and answers a
 * host by itself; the server, the AWS SDK and the embedded service are files of their own that load when needed.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { relative, resolve } from "node:path";
import { type BuildOptions, build, type Plugin, transform } from "esbuild";
import { catalogue } from "../src/tools/catalogue.ts";
import { makeDefinitions } from "./answers.ts";
import { defineDocuments } from "./documents.ts";
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
  "src/operator/web/page-server.ts": "page.js",
  "src/cli/enroll/enroll.ts": "enroll.js",
  "@aws-sdk/client-cognito-identity": "aws.js",
  "@aws-sdk/client-iam": "iam.js",
  "@aws-sdk/client-cognito-identity-provider": "user-pools.js",
  "@simplewebauthn/server": "passkeys.js",
  "@simplewebauthn/server/helpers": "passkeys.js",
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

/** The clients, each a file, with the commands of our tools and reports: what else the SDK exports is dead weight, the more so compiled. */
const clients: Readonly<Record<string, readonly [from: string, exports: string]>> = {
  aws: [
    "@aws-sdk/client-cognito-identity",
    ["CognitoIdentityClient", "CognitoIdentityServiceException", ...catalogue.map(({ command }) => command)].join(", "),
  ],
  iam: [
    "@aws-sdk/client-iam",
    "IAMClient, GetRoleCommand, ListAttachedRolePoliciesCommand, ListRolePoliciesCommand, GetPolicyCommand, GetPolicyVersionCommand, GetRolePolicyCommand",
  ],
  "user-pools": [
    "@aws-sdk/client-cognito-identity-provider",
    "CognitoIdentityProviderClient, DescribeUserPoolCommand, ListGroupsCommand",
  ],
};

/** The client of a name. */
const clientFiles: Plugin = {
  name: "clients",
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^(aws|iam|user-pools)$/ }, ({ path }) => ({ path, namespace: "client" }));
    onLoad({ filter: /./, namespace: "client" }, ({ path }) => {
      const [from, exports] = clients[path] ?? [];
      return { contents: `export { ${exports} } from "${from}";`, resolveDir: "." };
    });
  },
};

/**
 * Bundles the clients with the SDK's core in files that they share, which is most of each. esbuild splits only ES modules, so each file
 * becomes CommonJS afterwards.
 */
async function buildClients() {
  const result = await build({
    ...bundle,
    format: "esm",
    splitting: true,
    supported: {},
    write: false,
    entryPoints: Object.keys(clients).map((name) => ({ in: name, out: name })),
    outdir: "dist",
    chunkNames: "aws-[hash]",
    plugins: [clientFiles, lean],
    // Node sets these up when they are first looked at, which takes longer than the call. Bodies here are streams of Node's.
    define: { ReadableStream: "undefined", Blob: "undefined" },
  });
  for (const { path, text } of result.outputFiles) {
    const { code } = await transform(text, {
      format: "cjs",
      platform: "node",
      target: "node20",
      minify: true,
      supported: { "dynamic-import": false },
    });
    writeFileSync(path, code);
  }
  return result;
}

const webauthn = "./node_modules/@simplewebauthn/server/esm";

/** What checks statements of manufacturers about their authenticators. */
const statementFiles =
  /[\\/]esm[\\/].*[\\/](?:verifyAttestation\w+|convertX509PublicKeyToCOSE|getCertificateInfo|isCertRevoked|validateCertificatePath)\.js$/;

/**
 * The library for passkeys without most of its code: nobody asks for statements of manufacturers, and `registration.ts` removes them
 * before the library sees them.
 */
const withoutStatements: Plugin = {
  name: "without statements",
  setup({ onLoad }) {
    onLoad({ filter: statementFiles }, ({ path }) => {
      const name = /(\w+)\.js$/.exec(path)?.[1];
      return { contents: `export function ${name}() { throw new Error("not part of this program"); }` };
    });
    onLoad({ filter: /[\\/]esm[\\/]services[\\/]settingsService\.js$/ }, () => ({
      contents: "export const SettingsService = { getRootCertificates: () => [], runtimeSupportsPQC: () => false };",
    }));
  },
};

const definitions = await makeDefinitions();
const results = await Promise.all([
  build({
    ...bundle,
    entryPoints: ["src/bin.ts"],
    outfile: "dist/main.js",
    plugins: [splitFiles],
    define: definitions,
  }),
  build({
    ...bundle,
    entryPoints: ["src/cli/main.ts"],
    outfile: "dist/server.js",
    plugins: [splitFiles, withoutAjv],
    define: definitions,
  }),
  buildClients(),
  build({ ...bundle, entryPoints: ["src/cli/setup/setup.ts"], outfile: "dist/setup.js" }),
  build({
    ...bundle,
    entryPoints: ["src/cli/enroll/enroll.ts"],
    outfile: "dist/enroll.js",
    plugins: [splitFiles],
    define: await defineDocuments(),
  }),
  build({
    ...bundle,
    entryPoints: ["src/operator/web/page-server.ts"],
    outfile: "dist/page.js",
    define: await defineDocuments(),
  }),
  build({
    ...bundle,
    stdin: {
      // By path: the packages' index files would bring everything along.
      contents: ["authentication/verifyAuthenticationResponse", "registration/verifyRegistrationResponse"]
        .concat(["helpers/decodeAttestationObject", "helpers/decodeCredentialPublicKey"])
        .map((file) => `export * from "${webauthn}/${file}.js";`)
        .concat(`export * as cose from "${webauthn}/helpers/cose.js";`)
        .concat(`export * as isoCBOR from "${webauthn}/helpers/iso/isoCBOR.js";`)
        .join("\n"),
      resolveDir: ".",
    },
    outfile: "dist/passkeys.js",
    plugins: [withoutStatements],
  }),
  build({
    ...bundle,
    stdin: {
      contents: ["service", "http", "start"].map((name) => `export * from "./src/local/${name}.ts";`).join("\n"),
      resolveDir: ".",
    },
    outfile: "dist/local.js",
  }),
]);

// The entry point of the package for tests: the embedded service is in one file, whoever loads it.
writeFileSync(
  "dist/start-local.js",
  'const local = require("./local.js");\nexports.startLocal = local.startLocal;\nexports.createLoginToken = local.createLoginToken;\n',
);
writeFileSync("dist/start-local.d.ts", readFileSync("src/local/public.ts"));

const metafiles = results.map(({ metafile }) => metafile).filter((metafile) => metafile !== undefined);
mkdirSync("build", { recursive: true });
writeFileSync("build/metafiles.json", JSON.stringify(metafiles));
writeFileSync("dist/THIRD-PARTY-NOTICES.txt", renderNotices(readPackages(packageFolders(metafiles))));

const unmet = Object.keys(splitPoints).filter((name) => !metSplitPoints.has(name));
if (unmet.length > 0)
  throw new Error(`No import() leads to ${unmet.join(", ")}: correct splitPoints in scripts/build.ts.`);
