/** The examples in the pages work: each is parsed, checked or run, and a new kind of example needs a check here. */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { transformSync } from "esbuild";
import { describe, expect, it } from "vitest";
import { everyTool } from "../src/call/catalogue.ts";
import { readCommand } from "../src/cli/args/command.ts";
import { readLogins } from "../src/config/logins-file.ts";
import { serveLocal } from "../src/local/http.ts";
import { openLocalService } from "../src/local/service.ts";
import { root } from "./support/client.ts";
import { runCommand, runProgram } from "./support/command.ts";

interface Example {
  readonly where: string;
  readonly language: string;
  readonly text: string;
}

// Decision records are left out: their code is a sketch of a design, and nobody is told to run it.
const pages = ["README.md", "CONTRIBUTING.md", "SECURITY.md"].concat(
  readdirSync(`${root}docs`)
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
);

const examples: Example[] = pages.flatMap((page) =>
  [...readFileSync(`${root}${page}`, "utf8").matchAll(/^( *)```(\S*)\n(.*?)^\1```$/gms)].map(
    ([, indent = "", language = "", text = ""], at) => ({
      where: `${page}, example ${at + 1}`,
      language,
      text: text.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
    }),
  ),
);

const ofLanguage = (language: string) => examples.filter((example) => example.language === language);

const commandLines = ofLanguage("sh").flatMap(({ where, text }) =>
  text
    .replaceAll("\\\n", " ")
    .split("\n")
    .flatMap((line) => line.replace(/(^|\s)#.*$/, "").split(/\s&&\s|\s\|\s/))
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .map((line) => ({ where, line })),
);

/** The words of a shell command, without redirections; `$(cat FILE)` stands for a JSON object. */
function wordsOf(line: string): string[] {
  return [...line.replace(/\s<\s\S+/, "").matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, bare]) => (double?.startsWith("$(cat ") ? "{}" : double) ?? single ?? bare ?? "",
  );
}

const toolNamed = (name: string) => everyTool.find((tool) => tool.name === name);

const placeholders: Record<string, string> = {
  HOST: "cursor",
  FILE: "file.jsonl",
  HANDLE: "q1ZQm0lVd3v7R8sJ2xKc4w",
  CODE: "K7QP",
};

/** The arguments of our own program, where the line runs it. */
function ownArguments(line: string): string[] | undefined {
  const [, args] =
    /^(?:(?:node_modules\/\.bin\/)?cognito-identity-mcp|node \S*dist\/main\.js|npx --yes cognito-identity-mcp@\S+|docker exec -it \S+ node \/app\/dist\/main\.js)(.*)$/.exec(
      line,
    ) ?? [];
  return args === undefined ? undefined : wordsOf(args).map((word) => placeholders[word] ?? word);
}

describe("a line of shell", () => {
  const { name, scripts, devDependencies } = JSON.parse(readFileSync(`${root}package.json`, "utf8")) as {
    readonly name: string;
    readonly scripts: Record<string, string>;
    readonly devDependencies: Record<string, string>;
  };

  it.each(commandLines)("$where: $line", ({ line }) => {
    const own = ownArguments(line);
    if (own !== undefined) {
      const command = readCommand(everyTool, own, {});
      if (command.run === "call" && command.json !== "-") expect(JSON.parse(command.json)).toBeTypeOf("object");
      return;
    }
    const [, added] = /^npm install --save-dev (.+)$/.exec(line) ?? [];
    if (added !== undefined)
      return expect([name, `/path/to/${name}-VERSION.tgz`, ...Object.keys(devDependencies)]).toEqual(
        expect.arrayContaining(added.split(" ")),
      );
    const [, script] = /^npm (?:run )?(?:--silent )?(ci|test(?::\S+)?|[\w:]+)/.exec(line) ?? [];
    if (script !== undefined) return expect([...Object.keys(scripts), "ci", "pack"]).toContain(script);
    const [, tested] = /^(?:\w+=\w+ )?npx vitest run (\S+)/.exec(line) ?? [];
    if (tested !== undefined) return expect(existsSync(`${root}${tested}`)).toBe(true);
    const [, operation, flags = ""] = /^aws .*cognito-identity ([a-z-]+)(.*)$/.exec(line) ?? [];
    if (operation !== undefined) {
      const members = Object.keys(toolNamed(operation)?.input.shape ?? {}).map((name) => name.toLowerCase());
      const named = [...flags.matchAll(/--(?:no-)?([a-z-]+)/g)].map(([, flag = ""]) => flag.replaceAll("-", ""));
      return expect(members).toEqual(expect.arrayContaining(named));
    }
    // Commands of the system and of other programs, which are not ours to check.
    expect(line).toMatch(/^(?:export|git pull|rm -r|docker (?:build|run)|aws .*sts get-caller-identity)\b/);
  });
});

describe("a JSON example", () => {
  it.each(ofLanguage("json"))("$where", async ({ text }) => {
    const value = JSON.parse(text);
    const folder = mkdtempSync(join(tmpdir(), "example-"));
    const file = join(folder, "example.json");
    writeFileSync(file, text);
    try {
      if ("pools" in value) {
        const service = await openLocalService({ seed: file });
        await service.close();
      } else if ("Statement" in value) {
        // A policy of IAM, which allows nothing but reads.
        for (const action of value.Statement[0].Action)
          expect(action).toMatch(/^(iam|cognito-identity|cognito-idp):(Get|List|Describe)\w+$/);
      } else if ("handle" in value) {
        expect(Object.keys(value)).toEqual(["handle", "expires", "use"]);
      } else {
        expect([...readLogins(file, {}).keys()]).toEqual(Object.keys(value));
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("a TypeScript example", () => {
  it.each(ofLanguage("ts"))("$where runs, and ends by itself", async ({ text }) => {
    const { code } = transformSync(text, { loader: "ts", format: "esm" });
    const ran = await runCommand(process.execPath, ["--input-type=module", "-e", code], {}, { cwd: root });
    expect(ran).toEqual({ code: 0, stdout: "", stderr: expect.not.stringContaining("Error") });
  });
});

describe("a JavaScript example", () => {
  it.each(ofLanguage("js"))("$where runs against the embedded service", async ({ text }) => {
    const service = await openLocalService({});
    const server = await serveLocal(service);
    try {
      const source = `${text.replace(/http:\/\/127\.0\.0\.1:\d+/, server.url)}
        const { ListIdentityPoolsCommand } = await import("@aws-sdk/client-cognito-identity");
        console.log(JSON.stringify((await client.send(new ListIdentityPoolsCommand({ MaxResults: 1 }))).IdentityPools));`;
      const child = spawn(process.execPath, ["--input-type=module", "-e", source], { cwd: root });
      let output = "";
      child.stdout.on("data", (chunk: Buffer) => {
        output += chunk;
      });
      child.stderr.on("data", (chunk: Buffer) => {
        output += chunk;
      });
      await new Promise((resolve) => child.once("close", resolve));
      expect(output).toBe("[]\n");
    } finally {
      await server.close();
      await service.close();
    }
  });
});

it("the example of doctor has the checks that doctor makes, in their order", async () => {
  const [example] = ofLanguage("text").filter(({ text }) => text.startsWith("ok "));
  const checks = (text: string) =>
    [...text.matchAll(/^(?:ok|problem|note) +(\S+(?: \S+)*?) {2,}/gm)].map(([, name]) => name);
  const service = await openLocalService({});
  const server = await serveLocal(service);
  try {
    const { stdout } = await runProgram(["doctor", "--endpoint-url", server.url, "--region", "eu-west-1"], {
      AWS_ACCESS_KEY_ID: "any",
      AWS_SECRET_ACCESS_KEY: "any",
    });
    const made = checks(stdout);
    const shown = checks(example?.text ?? "");
    expect(shown.length).toBeGreaterThan(4);
    expect(made.filter((name) => shown.includes(name))).toEqual(shown);
  } finally {
    await server.close();
    await service.close();
  }
});

it("every example is of a kind that is checked", () => {
  expect(new Set(examples.map(({ language }) => language))).toEqual(
    new Set(["sh", "json", "js", "ts", "text", "ini", "mermaid", ""]),
  );
  expect(ofLanguage("text").map(({ text }) => text.split(" ", 1)[0])).toEqual(["ok", "Usage:"]);
});
