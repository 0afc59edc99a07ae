/** Each layer of redaction is held by a check: a server that is built without it leaks, and the check sees it. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeAnswers } from "../../scripts/answers.ts";
import { root } from "../client.ts";
import { report } from "../figures.ts";
import { leakAtStart, leakOfCanary, leakOfOwn, leakOfShortSecret, leakOfUnmet } from "../leaks.ts";

/** What a server says first, which is put in where it is built. */
const answers = makeAnswers();

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "cognito-identity-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Builds the server with a piece of one source file, of which there must be just one, replaced. */
async function buildWithout(file: string, piece: string, instead: string): Promise<string> {
  const source = readFileSync(`${root}src/${file}`, "utf8");
  expect(source.split(piece)).toHaveLength(2);
  const outfile = join(folder, `${file.replaceAll("/", "-")}-${piece.length}.mjs`);
  await build({
    entryPoints: [`${root}src/start.ts`],
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
          onLoad({ filter: /\.ts$/ }, ({ path }) =>
            path.endsWith(`/src/${file}`) ? { contents: source.replace(piece, instead), loader: "ts" } : undefined,
          ),
      },
    ],
  });
  return outfile;
}

const canaries = (program: string) => leakOfCanary(program, 500);

interface Layer {
  readonly file: string;
  readonly piece: string;
  readonly instead: string;
  readonly seenBy: (program: string) => Promise<string | undefined>;
}

const layers: Readonly<Record<string, Layer>> = {
  "secrets of answers become Secrets": {
    file: "answer.ts",
    piece: "redactor.remember(new Secret(value, how))",
    instead: "redactor.remember(new Secret(value, how)).expose()",
    seenBy: leakOfShortSecret,
  },
  "known secrets are taken out": {
    file: "guards/redaction.ts",
    piece: "withoutKnown(written)",
    instead: "written",
    seenBy: canaries,
  },
  "what looks like a secret is taken out": {
    file: "guards/redaction.ts",
    piece: "safe.replace(pattern, REDACTED)",
    instead: "safe",
    seenBy: leakOfUnmet,
  },
};

/** Where secrets become known, and where what is said passes. */
const places: typeof layers = {
  "secrets of answers are remembered": {
    file: "answer.ts",
    piece: "redactor.remember(new Secret(value, how))",
    instead: "new Secret(value, how)",
    seenBy: canaries,
  },
  "secrets of calls are remembered": {
    file: "dispatch.ts",
    piece: "redactor.remember(new Secret(value));",
    instead: "void value;",
    seenBy: canaries,
  },
  "the environment's secrets are remembered": {
    file: "main.ts",
    piece: "redactor.remember(secret);",
    instead: "void secret;",
    seenBy: leakAtStart,
  },
  "the credentials of a file are remembered": {
    file: "house.ts",
    piece: "redactor.remember(new Secret(value));",
    instead: "void value;",
    seenBy: (program) => leakOfOwn("file", program),
  },
  "messages pass": {
    file: "server.ts",
    piece: "const safe = withoutSecrets(message, redactor);",
    instead: "const safe = message;",
    seenBy: canaries,
  },
  "the operator's channel passes": {
    file: "serve.ts",
    piece: "clean: redactor.throughout",
    instead: "clean: (value) => value",
    seenBy: canaries,
  },
  "the audit passes": {
    file: "house.ts",
    piece: "openAudit(path, { clean, onTrouble })",
    instead: "openAudit(path, { clean: (record) => record, onTrouble })",
    seenBy: canaries,
  },
  "stderr passes": { file: "voice.ts", piece: "redactor.text(line)", instead: "line", seenBy: leakAtStart },
  "base64 is read": {
    file: "guards/encodings.ts",
    piece: "yield* packed(out, bytes, base64, 6);",
    instead: "",
    seenBy: canaries,
  },
  "hex is read": {
    file: "guards/encodings.ts",
    piece: "yield* packed(out, bytes, hexadecimal, 4);",
    instead: "",
    seenBy: canaries,
  },
};

describe("without the layer by which", () => {
  const tried = { ...layers, ...(process.env["LONG"] && places) };
  it.each(Object.entries(tried))("%s, a secret is said", { timeout: 120_000 }, async (name, layer) => {
    const program = await buildWithout(layer.file, layer.piece, layer.instead);
    const leak = await layer.seenBy(program);
    expect(leak).toBeDefined();
    report(14, `without the layer by which ${name}`, "red");
  });
});
