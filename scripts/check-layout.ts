/**
 * Checks the layout of src/ and who imports whom, as the imports.json beside each folder states it (docs/decisions/0011-imports.md).
 * `--write` also writes the table of folders in CONTRIBUTING.md. Import cycles are Biome's to find (suspicious/noImportCycles).
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, posix, relative } from "node:path";
import { fileURLToPath } from "node:url";

/** The text of each file by its path from the root of the repository, with "/" between folders. */
export type Files = Readonly<Record<string, string>>;

export interface Import {
  readonly specifier: string;
  readonly line: number;
  /** "type" is erased when the program is built; "load" is an `import()`; "unreadable" is an `import()` of no plain string. */
  readonly kind: "value" | "type" | "load" | "unreadable";
}

export interface Problem {
  readonly file: string;
  readonly line?: number;
  readonly rule: "imports" | "no rule" | "rule file" | "order" | "root files" | "folder size" | "file size" | "table";
  /** What is wrong, then what to do. */
  readonly text: string;
}

/** What an imports.json allows. Each entry is a folder with all below it, a file, a package or module of one, or `node:*`. */
interface Rule {
  /** The folder, or the one file, that it governs. */
  readonly governs: string;
  readonly statedIn: string;
  readonly holds: string;
  readonly imports: readonly string[];
  /** May be imported as types only. */
  readonly types: readonly string[];
  /** May be imported by `import()` only. */
  readonly loads: readonly string[];
}

const { dirname } = posix;

const RULE_FILE = "imports.json";
const MAX_FILES_PER_FOLDER = 16;
const MAX_LINES_PER_FILE = 400;
const ROOT_FILES = ["src/bin.ts", "src/server.ts"];
const PAGE = "CONTRIBUTING.md";
const TABLE = /(<!-- layout -->\n)[\s\S]*?(<!-- \/layout -->)/;

const COMMENT = String.raw`\/\/.*|\/\*[\s\S]*?\*\/`;
const REGULAR_EXPRESSION = String.raw`(?<=(?:^|[=(,:!&|?{}\[;>]|\breturn)\s*)\/(?![*\/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^\/\\\n\[])+\/`;
const TEXT = ['"(?:\\\\.|[^"\\\\\n])*"', "'(?:\\\\.|[^'\\\\\n])*'", "`(?:\\\\[\\s\\S]|[^`\\\\])*`"].join("|");
/** Matched in one pass, so that no quote or slash inside one of them starts another. */
const TOKENS = new RegExp([COMMENT, REGULAR_EXPRESSION, TEXT].join("|"), "gm");
const TEXTS = new RegExp(TEXT, "g");

const STATEMENT =
  /(?<=^|[;}])[ \t]*(import|export)\b(?:\s+(type)\b(?!\s*(?:from\b|,|=)))?(?:(?:(?!\b(?:import|export)\b)[^"'`;=()])*?\bfrom)?\s*(["'])([^"'\n]+)\3/gm;
const IMPORT_CALL =
  /(\btypeof\s+)?(?<![.\w$])import\s*\(\s*(?:(["'`])([^"'`\n$]+)\2\s*[,)])?(\s*\.\s*(?!then\b|catch\b|finally\b)\w)?/g;

/** Every import, export-from and `import()` of a TypeScript file, types included. */
export function importsOf(source: string): Import[] {
  const uncommented = source.replace(TOKENS, (token) => {
    if (/^\/[/*]/.test(token)) return token.replace(/[^\n]/g, " ");
    return token.startsWith("/") ? token.replace(/./g, "_") : token;
  });
  // Any other text is not an import.
  const code = uncommented.replace(TEXTS, (text, index: number) =>
    /\b(?:from|import|import\s*\()\s*$/.test(uncommented.slice(Math.max(0, index - 100), index))
      ? text
      : text.replace(/[^\n]/g, "_"),
  );
  const lineAt = (index: number) => code.slice(0, index).split("\n").length;
  const statements = [...code.matchAll(STATEMENT)].map(
    ({ index, 0: match, 2: type, 4: specifier = "" }): Import => ({
      specifier,
      line: lineAt(index + match.lastIndexOf(specifier)),
      kind: type ? "type" : "value",
    }),
  );
  const calls = [...code.matchAll(IMPORT_CALL)].map(
    ({ index, 1: typeOf, 3: specifier, 4: member }): Import => ({
      specifier: specifier ?? "",
      line: lineAt(index),
      kind: specifier === undefined ? "unreadable" : typeOf || member ? "type" : "load",
    }),
  );
  return [...statements, ...calls].sort((one, other) => one.line - other.line);
}

export function checkLayout(files: Files): Problem[] {
  const { rules, problems } = readRules(files);
  const sources = Object.keys(files).filter((path) => path.startsWith("src/") && !isRuleFile(path));
  for (const file of sources) {
    const rule = ruleFor(file, rules);
    if (!rule)
      problems.push({
        file,
        rule: "no rule",
        text: `no ${RULE_FILE} covers this file. Add ${dirname(file)}/${RULE_FILE}, or move the file to a folder that has one.`,
      });
    else if (file.endsWith(".ts")) problems.push(...forbiddenImports(file, files[file] ?? "", rule, rules));
  }
  problems.push(...checkSizes(files, sources), ...checkOrder(rules), ...checkTable(files, rules));
  return problems;
}

function forbiddenImports(file: string, source: string, rule: Rule, rules: readonly Rule[]): Problem[] {
  return importsOf(source).flatMap(({ specifier, line, kind }) => {
    const at = { file, line, rule: "imports" } as const;
    if (kind === "unreadable")
      return [{ ...at, text: "this import() names no module. Pass it the module as a plain string." }];
    const target = /^\.{1,2}(\/|$)/.test(specifier) ? posix.join(dirname(file), specifier) : specifier;
    // Files under one rule may import each other.
    if (isAllowed(target, kind, rule) || ruleFor(target, rules) === rule) return [];
    const named = target === specifier ? specifier : `${target} ("${specifier}")`;
    const only =
      kind !== "type" && isAllowed(target, "type", rule)
        ? ", except with `import type`"
        : kind !== "load" && isAllowed(target, "load", rule)
          ? ", except with `import()`"
          : "";
    return [
      {
        ...at,
        text: `${rule.statedIn} does not let ${rule.governs} import ${named}${only}. Move what both need to a folder below, or pass it as an argument.`,
      },
    ];
  });
}

function isAllowed(target: string, kind: Import["kind"], rule: Rule): boolean {
  const entries = [...rule.imports, ...(kind === "type" ? rule.types : []), ...(kind === "load" ? rule.loads : [])];
  return entries.some((entry) => covers(entry, target));
}

/** Whether an entry, or a rule's folder, stands for a path, a package or a module of node's. */
function covers(entry: string, target: string): boolean {
  if (entry === "node:*") return target.startsWith("node:");
  return target === entry || target.startsWith(`${entry}/`);
}

/** The rule of the file itself, or else of the nearest folder around it. */
function ruleFor(file: string, rules: readonly Rule[]): Rule | undefined {
  return rules
    .filter(({ governs }) => covers(governs, file))
    .sort((one, other) => other.governs.length - one.governs.length)[0];
}

function isRuleFile(path: string): boolean {
  return path.endsWith(`/${RULE_FILE}`);
}

function readRules(files: Files): { rules: Rule[]; problems: Problem[] } {
  const rules: Rule[] = [];
  const problems: Problem[] = [];
  for (const file of Object.keys(files).filter(isRuleFile)) {
    const wrong = (text: string) => problems.push({ file, rule: "rule file", text });
    const folder = dirname(file);
    let stated: Record<string, unknown>;
    try {
      stated = JSON.parse(files[file] ?? "");
    } catch {
      wrong("this is not valid JSON. Write it as the other imports.json files are written.");
      continue;
    }
    const { files: single = {}, ...own } = stated;
    const states: [string, unknown][] = Object.entries(single as object).map(([name, rule]) => [
      `${folder}/${name}`,
      rule,
    ]);
    if (Object.keys(own).length > 0) states.push([folder, own]);
    for (const [governs, state] of states) {
      if (!isFileOrFolder(governs, files) || (governs === folder && !hasSources(folder, files))) {
        wrong(`it governs ${governs}, which has no source. Delete the rule.`);
        continue;
      }
      if (!isStated(state)) {
        wrong(
          `the rule for ${governs} needs "holds" (text) and "imports" (a list); "types" and "loads" (lists) are optional.`,
        );
        continue;
      }
      const rule: Rule = { types: [], loads: [], ...state, governs, statedIn: file };
      rules.push(rule);
      const unknown = [...rule.imports, ...rule.types, ...rule.loads].filter((entry) => !exists(entry, files));
      for (const entry of unknown)
        wrong(
          `the rule for ${governs} names "${entry}", which is not a folder, file or package here. Correct the name or delete it.`,
        );
    }
  }
  return { rules, problems };
}

function isStated(state: unknown): state is Pick<Rule, "holds" | "imports"> & Partial<Pick<Rule, "types" | "loads">> {
  if (typeof state !== "object" || state === null) return false;
  const { holds, imports, types = [], loads = [], ...others } = state as Record<string, unknown>;
  const isList = (list: unknown) => Array.isArray(list) && list.every((entry) => typeof entry === "string");
  return typeof holds === "string" && [imports, types, loads].every(isList) && Object.keys(others).length === 0;
}

function exists(entry: string, files: Files): boolean {
  if (entry.startsWith("node:")) return true;
  if (isFileOrFolder(entry, files)) return true;
  const { dependencies = {}, devDependencies = {} } = JSON.parse(files["package.json"] ?? "{}");
  return Object.keys({ ...dependencies, ...devDependencies }).some((name) => covers(name, entry));
}

function isFileOrFolder(path: string, files: Files): boolean {
  return Object.keys(files).some((file) => covers(path, file));
}

function hasSources(folder: string, files: Files): boolean {
  return Object.keys(files).some((file) => covers(folder, file) && !isRuleFile(file));
}

function checkSizes(files: Files, sources: readonly string[]): Problem[] {
  const problems: Problem[] = [];
  for (const file of sources) {
    if (dirname(file) === "src" && !ROOT_FILES.includes(file))
      problems.push({
        file,
        rule: "root files",
        text: `src/ holds ${ROOT_FILES.join(" and ")} only. Move this file into the folder of its subject.`,
      });
    const lines = (files[file] ?? "").trimEnd().split("\n").length;
    if (lines > MAX_LINES_PER_FILE)
      problems.push({
        file,
        rule: "file size",
        text: `${lines} lines; a file may have ${MAX_LINES_PER_FILE}. Split it by subject.`,
      });
  }
  for (const folder of new Set(sources.map(dirname))) {
    const count = sources.filter((file) => dirname(file) === folder).length;
    if (count > MAX_FILES_PER_FOLDER)
      problems.push({
        file: folder,
        rule: "folder size",
        text: `${count} files; a folder may have ${MAX_FILES_PER_FOLDER}. Group some of them in a folder below.`,
      });
  }
  return problems;
}

/** Imports go downward only: the folders directly in src/ can be put in an order in which each imports later ones alone. */
function checkOrder(rules: readonly Rule[]): Problem[] {
  const below = foldersBelow(rules);
  const problems: Problem[] = [];
  const done = new Set<string>();
  const visit = (folder: string, path: readonly string[]): void => {
    if (path.includes(folder)) {
      const circle = [...path.slice(path.indexOf(folder)), folder].join(" → ");
      problems.push({
        file: folder,
        rule: "order",
        text: `the rules let folders import in a circle: ${circle}. Delete one of these permissions; imports go downward only.`,
      });
    } else if (!done.has(folder)) {
      for (const next of below.get(folder) ?? []) visit(next, [...path, folder]);
      done.add(folder);
    }
  };
  for (const folder of below.keys()) visit(folder, []);
  return problems;
}

/** Which of the folders and files directly in src/ each of them may import. */
function foldersBelow(rules: readonly Rule[]): Map<string, Set<string>> {
  const top = (path: string) => path.split("/").slice(0, 2).join("/");
  const below = new Map<string, Set<string>>();
  for (const { governs, imports, types, loads } of rules) {
    const folders = below.get(top(governs)) ?? new Set();
    for (const entry of [...imports, ...types, ...loads])
      if (entry.startsWith("src/") && top(entry) !== top(governs)) folders.add(top(entry));
    below.set(top(governs), folders);
  }
  return below;
}

function checkTable(files: Files, rules: readonly Rule[]): Problem[] {
  const page = files[PAGE];
  if (page === undefined || page === withTable(page, rules)) return [];
  return [
    {
      file: PAGE,
      rule: "table",
      text: "its table of folders differs from the rules. Run `npx tsx scripts/check-layout.ts --write`.",
    },
  ];
}

/** The page with the table of folders put between its two marks. */
function withTable(page: string, rules: readonly Rule[]): string {
  return page.replace(TABLE, (_, start: string, end: string) => `${start}\n${renderTable(rules)}\n${end}`);
}

function renderTable(rules: readonly Rule[]): string {
  const order = downward(rules);
  const place = ({ governs }: Rule) => order.findIndex((top) => covers(top, governs));
  const inOrder = [...rules].sort(
    (one, other) =>
      place(one) - place(other) || (one.governs < other.governs ? -1 : one.governs > other.governs ? 1 : 0),
  );
  const named = (entries: readonly string[]) => entries.map((entry) => `\`${entry.replace(/^src\//, "")}\``).join(", ");
  const rows = inOrder.map(({ governs, holds, imports, types, loads }) => {
    const allowed = [
      named(imports),
      types.length > 0 && `types of ${named(types)}`,
      loads.length > 0 && `with \`import()\`: ${named(loads)}`,
    ];
    return `| \`${governs}\` | ${holds} | ${allowed.filter(Boolean).join("; ")} |`;
  });
  return ["| folder or file | holds | may import |", "| --- | --- | --- |", ...rows, ""].join("\n");
}

/** The folders and files directly in src/, each before those that it may import. */
function downward(rules: readonly Rule[]): string[] {
  const below = foldersBelow(rules);
  const order: string[] = [];
  const visit = (folder: string): void => {
    if (order.includes(folder)) return;
    // A circle of rules, which is reported, ends here.
    const next = below.get(folder) ?? [];
    below.delete(folder);
    for (const lower of next) visit(lower);
    order.push(folder);
  };
  for (const folder of [...below.keys()].sort()) visit(folder);
  return order.reverse();
}

/** The files that the check reads, from the root of the repository. */
export function readProject(root: string): Files {
  const paths = readdirSync(join(root, "src"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => posix.join("src", relative(join(root, "src"), entry.parentPath).replaceAll("\\", "/"), entry.name));
  return Object.fromEntries(
    [...paths.sort(), "package.json", PAGE].map((path) => [path, readFileSync(join(root, path), "utf8")]),
  );
}

function main(): void {
  const root = fileURLToPath(new URL("..", import.meta.url));
  const files = readProject(root);
  if (process.argv.includes("--write")) {
    writeFileSync(join(root, PAGE), withTable(files[PAGE] ?? "", readRules(files).rules));
    return;
  }
  const problems = checkLayout(files);
  for (const { file, line, rule, text } of problems)
    console.error(`${file}${line === undefined ? "" : `:${line}`}  ${rule}: ${text}`);
  if (problems.length > 0) process.exitCode = 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
