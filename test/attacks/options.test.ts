/**
 * Command lines and environments in which one setting tries to undo another: rules and options that are repeated, a flag
 * beside its variable, and spellings that could be taken for nothing. The strictest of all that is given must hold, or the
 * start must be refused.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Command, readCommand } from "../../src/cli/args/command.ts";
import { type CommandName, commandNames, optionsOf } from "../../src/cli/args/commands.ts";
import { generalOptions } from "../../src/cli/args/options.ts";
import { type Option, variableOf } from "../../src/config/options.ts";
import type { Config } from "../../src/config/settings.ts";
import { type Level, levelOf } from "../../src/guards/policy.ts";
import { catalogue } from "../../src/tools/catalogue.ts";
import { isGated } from "../../src/tools/kinds.ts";
import { surroundings } from "../support/client.ts";
import { runProgram } from "../support/command.ts";

const numRuns = process.env["LONG"] ? 20_000 : 500;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "cognito-identity-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

type Environment = Readonly<Record<string, string>>;

const read = (argv: readonly string[], environment: Environment = {}): Command =>
  readCommand(catalogue, argv, environment);

function configOf(argv: readonly string[], environment: Environment = {}): Config {
  const command = read(argv, environment);
  if (!("config" in command) || command.config instanceof Error)
    throw new Error(`no settings: ${JSON.stringify(command)}`);
  return command.config;
}

/** The levels, the strictest first, written out here so that a change of order in the source is seen. */
const strictness = ["deny", "human", "two-step", "off"] as const;

type Rule = readonly [name: string, level: Level];

const effects = ["read", "create", "update", "delete", "vend"];

const rule: fc.Arbitrary<Rule> = fc
  .constantFrom(...catalogue.map(({ name }) => name), ...effects, "delete", "update")
  .chain((name) => {
    const gated = catalogue.filter((tool) => tool.name === name || tool.effect === name).every(isGated);
    const levels: readonly Level[] = gated ? strictness : ["deny", "off"];
    return fc.tuple(fc.constant(name), fc.constantFrom(...levels));
  });

/** A few rules; as text, in one value. */
const rules = fc.array(rule, { minLength: 1, maxLength: 4 });
const textOf = (some: readonly Rule[], gap = "") => some.map((one) => one.join("=")).join(`,${gap}`);

/** What must hold for a tool under all of these rules. */
function expectedLevel(tool: (typeof catalogue)[number], all: readonly Rule[]): Level {
  const meant = all.filter(([name]) => name === tool.name || name === tool.effect).map(([, level]) => level);
  return strictness.find((level) => meant.includes(level)) ?? (isGated(tool) ? "human" : "off");
}

function expectStrictest(config: Config, all: readonly Rule[]) {
  for (const tool of catalogue)
    expect(`${tool.name} ${levelOf(tool, config.policy)}`).toBe(`${tool.name} ${expectedLevel(tool, all)}`);
}

/** Both ways to write an option with its value. */
const written = (name: string, value: string) => fc.constantFrom([`--${name}`, value], [`--${name}=${value}`]);

/** Groups of words, in any order. */
const shuffled = (groups: readonly (readonly string[])[]) =>
  fc
    .shuffledSubarray([...groups.keys()], { minLength: groups.length })
    .map((order) => order.flatMap((at) => groups[at] ?? []));

/** Options that say nothing about rules, in pairs of words. */
const others = fc.subarray([
  ["--read-only"],
  ["--region", "eu-west-1"],
  ["--local"],
  ["--regions=eu-west-1"],
  ["--answer-within", "30"],
]);

const starts = fc.constantFrom<readonly string[]>([], ["serve"], ["tools"], ["doctor"], ["call", "get-id", "{}"]);

describe("rules", () => {
  /** A command line with rules in any number of --policy, in a variable and in two files. */
  const lines = fc
    .record({
      start: starts,
      flags: fc.array(rules, { maxLength: 4 }),
      gap: fc.constantFrom("", " "),
      variable: fc.option(rules),
      flagFile: fc.option(fc.uniqueArray(rule, { minLength: 1, maxLength: 3, selector: ([name]) => name })),
      variableFile: fc.option(fc.uniqueArray(rule, { minLength: 1, maxLength: 3, selector: ([name]) => name })),
      others,
    })
    .chain((given) =>
      fc
        .tuple(...given.flags.map((some) => written("policy", textOf(some, given.gap))))
        .chain((policies) =>
          shuffled([
            given.start,
            ...policies,
            ...given.others,
            ...(given.flagFile ? [["--policy-file", join(folder, "flag.json")]] : []),
          ]),
        )
        .map((argv) => ({ ...given, argv })),
    );

  it("never yield a weaker level than the strictest of them, in any order, number and place", async () => {
    fc.assert(
      fc.property(lines, ({ argv, flags, variable, flagFile, variableFile }) => {
        const environment: Record<string, string> = {};
        if (variable) environment[variableOf("policy")] = textOf(variable);
        if (flagFile) writeFileSync(join(folder, "flag.json"), JSON.stringify(Object.fromEntries(flagFile)));
        if (variableFile) {
          environment[variableOf("policy-file")] = join(folder, "variable.json");
          writeFileSync(join(folder, "variable.json"), JSON.stringify(Object.fromEntries(variableFile)));
        }
        const all = [...flags.flat(), ...(variable ?? []), ...(flagFile ?? []), ...(variableFile ?? [])];
        expectStrictest(configOf(argv, environment), all);
      }),
      { numRuns },
    );
  });

  it("are all in the entry that setup writes, before and after --", () => {
    const setups = fc
      .tuple(fc.array(rules, { maxLength: 4 }), fc.array(rules, { maxLength: 3 }))
      .chain(([before, after]) =>
        fc
          .tuple(
            fc.tuple(...before.map((some) => written("policy", textOf(some)))),
            fc.tuple(...after.map((some) => written("policy", textOf(some)))),
          )
          .map(([first, second]) => ({
            argv: ["setup", "cursor", ...first.flat(), ...(second.length > 0 ? ["--", ...second.flat()] : [])],
            all: [...before.flat(), ...after.flat()],
          })),
      );
    fc.assert(
      fc.property(setups, ({ argv, all }) => {
        const command = read(argv);
        if (command.run !== "setup") throw new Error(command.run);
        expectStrictest(configOf(command.args), all);
      }),
      { numRuns },
    );
  });

  it("of a server are not loosened by a later one", async () => {
    const deny = ["--policy", "delete=deny"];
    const off = ["--policy=delete=off"];
    for (const args of [
      [...deny, ...off],
      [...off, ...deny],
      ["--policy", "delete=deny,delete=off"],
      ["--policy", "delete=off,delete=deny"],
    ]) {
      const { code, stdout } = await runProgram(["tools", ...args], surroundings);
      expect(code).toBe(0);
      expect(stdout).toContain("update-identity-pool");
      expect(stdout).not.toMatch(/^delete-identity-pool /m);
    }
  });
});

/** What each command needs beside options. */
const needs: Readonly<Record<CommandName, readonly string[]>> = {
  serve: ["serve"],
  doctor: ["doctor"],
  tools: ["tools"],
  call: ["call", "get-id", "{}"],
  diagnose: ["diagnose", "eu-west-1:0"],
  setup: ["setup", "cursor"],
  approve: ["approve"],
  credentials: ["credentials", "A".repeat(22)],
  token: ["token", "A".repeat(22)],
  enroll: ["enroll"],
  audit: ["audit", "file.jsonl"],
  local: ["local"],
};

/** Values for options that are checked; any text does for the others. */
const values: Readonly<Record<string, readonly string[]>> = {
  region: ["eu-west-1", "us-east-1"],
  regions: ["eu-west-1", "us-east-1,eu-west-1"],
  pools: ["eu-west-1:0", "eu-west-1:1"],
  "endpoint-url": ["https://a.example", "http://127.0.0.1:1"],
  "max-deleted-identities": ["1", "1000000"],
  "answer-within": ["1", "300"],
  port: ["0", "4599"],
  server: ["1", "2"],
  "page-port": ["50123", "50124"],
};

/** Ways to give an option once. */
function waysOf(name: string, { type, short }: Option): fc.Arbitrary<readonly string[]> {
  if (type === "boolean") return fc.constantFrom([`--${name}`], ...(short ? [[`-${short}`]] : []));
  return fc.constantFrom(...(values[name] ?? ["one", "two"])).chain((value) => written(name, value));
}

describe("an option that is given twice", () => {
  const cases = commandNames.flatMap((command) =>
    Object.entries<Option>({ ...optionsOf(command), ...generalOptions })
      // What follows --exec is the command line of another program.
      .filter(([name, option]) => !option.multiple && name !== "exec")
      .map(([name, option]) => ({ command, name, option })),
  );

  it("is refused by name, for every command and option", () => {
    expect(new Set(cases.map(({ name }) => name)).size).toBeGreaterThan(25);
    for (const { command, name, option } of cases) {
      const isBetween = Object.hasOwn(optionsOf(command), "policy");
      const more = isBetween
        ? others.map((all) => all.filter(([word = ""]) => !word.startsWith(`--${name}`)))
        : fc.constant([]);
      const lines = fc
        .tuple(fc.array(waysOf(name, option), { minLength: 2, maxLength: 3 }), more)
        .chain(([ways, rest]) => shuffled([...ways, ...rest]))
        // The name of setup and of credentials comes first.
        .map((words) => [...needs[command], ...words]);
      fc.assert(
        fc.property(lines, (argv) => {
          expect(() => read(argv), JSON.stringify(argv)).toThrow(`--${name} is given more than once. Give it once.`);
        }),
        { numRuns: Math.ceil(numRuns / 50) },
      );
    }
  });

  it("is refused before and after the -- of setup", () => {
    for (const name of ["region", "profile", "pools", "audit"]) {
      const value = values[name]?.[0] ?? "one";
      expect(() => read(["setup", "cursor", `--${name}`, value, "--", `--${name}=${value}`])).toThrow(
        `--${name} is given more than once`,
      );
    }
    expect(() => read(["setup", "cursor", "--read-only", "--", "--read-only"])).toThrow(
      "--read-only is given more than once",
    );
  });

  it("ends the program with its exit code for a wrong command line", async () => {
    for (const args of [["--pools", "eu-west-1:0", "--pools=eu-west-1:1"], ["doctor", "--local", "--local"], ["-hh"]]) {
      const { code, stdout, stderr } = await runProgram(args, surroundings);
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
      expect(stderr).toContain("is given more than once");
    }
  });

  it("may follow --exec, where it is the other program's", () => {
    const command = read(["credentials", "A".repeat(22), "--exec", "aws", "--region", "a", "--region", "b", "--exec"]);
    expect(command).toMatchObject({ delivery: { args: ["--region", "a", "--region", "b", "--exec"] } });
  });
});

describe("a flag and its variable", () => {
  const regionNames = ["eu-west-1", "us-east-1", "ap-south-1"];
  const poolNames = ["eu-west-1:0", "eu-west-1:1", "us-east-1:2"];
  const some = (names: string[]) => fc.option(fc.subarray(names, { minLength: 1 }));
  const both = (names: string[]) => fc.tuple(some(names), some(names));
  const count = fc.option(fc.integer({ min: 1, max: 60 }));
  const restricted = fc.record({
    pools: both(poolNames),
    regions: both(regionNames),
    most: fc.tuple(count, count),
    readOnly: fc.tuple(fc.boolean(), fc.constantFrom("", "0", "no", "false", "1", "yes", "true")),
    only: fc.tuple(fc.boolean(), fc.constantFrom("", "0", "no", "false", "1", "yes", "true")),
  });
  const isOn = (variable: string) => ["1", "yes", "true"].includes(variable);

  it("restrict together: neither allows what the other does not", () => {
    let refused = 0;
    fc.assert(
      fc.property(restricted, ({ pools, regions, most, readOnly, only }) => {
        const argv: string[] = [];
        const environment: Record<string, string> = {
          [variableOf("read-only")]: readOnly[1],
          [variableOf("login-references-only")]: only[1],
        };
        const give = (name: string, [flag, variable]: readonly [unknown, unknown]) => {
          if (flag !== null) argv.push(`--${name}`, String(flag));
          if (variable !== null) environment[variableOf(name)] = String(variable);
        };
        give("pools", pools);
        give("regions", regions);
        give("max-deleted-identities", most);
        if (readOnly[0]) argv.push("--read-only");
        if (only[0]) argv.push("--login-references-only");
        const common = ([flag, variable]: readonly [string[] | null, string[] | null]) =>
          flag && variable ? flag.filter((name) => variable.includes(name)) : (flag ?? variable);
        if (common(pools)?.length === 0 || common(regions)?.length === 0) {
          refused += 1;
          expect(() => configOf(argv, environment)).toThrow(
            /^--\w+ and COGNITO_IDENTITY_MCP_\w+ have no entry in common/,
          );
          return;
        }
        const { policy, logins } = configOf(argv, environment);
        expect(policy.pools && [...policy.pools].sort()).toEqual(common(pools)?.sort());
        expect(policy.regions && [...policy.regions].sort()).toEqual(common(regions)?.sort());
        const counts = most.filter((one) => one !== null);
        const least = counts.length === 0 ? undefined : Math.min(...counts);
        expect(policy.maxDeletedIdentities).toEqual({
          byIds: Math.min(least ?? 60, 60),
          bySelection: least ?? 1_000,
        });
        expect(policy.readOnly).toBe(readOnly[0] || isOn(readOnly[1]));
        expect(logins.only).toBe(only[0] || isOn(only[1]));
      }),
      { numRuns },
    );
    expect(refused).toBeGreaterThan(0);
  });

  it("may not send the audit to different files", () => {
    const environment = { [variableOf("audit")]: "/a/audit.jsonl" };
    expect(configOf(["--audit", "/a/b/../audit.jsonl"], environment).audit).toBe("/a/b/../audit.jsonl");
    expect(() => configOf(["--audit", "/b/audit.jsonl"], environment)).toThrow(
      `--audit and ${variableOf("audit")} name different files`,
    );
  });

  it("are each checked, and an error names the one that is wrong", () => {
    for (const name of ["pools", "regions", "max-deleted-identities"]) {
      const good = values[name]?.[0] ?? "";
      expect(() => configOf([`--${name}`, good], { [variableOf(name)]: "x y" })).toThrow(
        `${variableOf(name)} is "x y"`,
      );
      expect(() => configOf([`--${name}`, "x y"], { [variableOf(name)]: good })).toThrow(`--${name} is "x y"`);
    }
  });
});

describe("a spelling that could be taken for nothing", () => {
  const names = Object.entries<Option>({ ...optionsOf("serve") });

  it.each([
    ["--read-only=false"],
    ["--read-only="],
    ["--no-read-only"],
    ["--read-only", "false"],
    ["--read"],
    ["--READ-ONLY"],
    ["-read-only"],
    ["--", "--read-only"],
    ["serve", "--", "--policy", "delete=deny"],
    ["tools", "--", "--policy=delete=deny"],
    ["call", "get-id", "{}", "--", "--read-only"],
    ["--policy"],
    ["--policy", "--read-only"],
    ["--policy", "delete=deny,"],
    ["--policy", ",delete=deny"],
    ["--policy", "delete=DENY"],
    ["--policy", "Delete=deny"],
    ["--policy", "delete:deny"],
    ["--policy", "delete=deny;update=deny"],
    ["--policy", "delete=deny update=deny"],
    ["--policy", "delete==deny"],
    ["--policy", "=deny"],
    ["--policy", "*=deny"],
    ["--policy", "__proto__=deny"],
    ["--policy", "\u200bdelete=deny"],
  ])("is refused: %s %s %s", (...argv) => {
    expect(() => read(argv.filter((word) => word !== undefined))).toThrow(/./);
  });

  it("is refused as an empty value, for every command and option that has one", () => {
    for (const command of commandNames)
      for (const [name, { type }] of Object.entries<Option>(optionsOf(command)))
        if (type === "string")
          for (const words of [[`--${name}=`], [`--${name}`, ""]])
            expect(() => read([...needs[command], ...words]), `${command} ${name}`).toThrow(
              `--${name} is empty. Write `,
            );
  });

  it("is refused as a shortened name, for every option", () => {
    for (const [name, { type }] of names)
      for (let length = 1; length < name.length; length += 1) {
        const short = name.slice(0, length);
        if (names.some(([known]) => known === short)) continue;
        const words = type === "boolean" ? [`--${short}`] : [`--${short}=${values[name]?.[0] ?? "one"}`];
        expect(() => read(words), short).toThrow(/Unknown option|is not an option of|takes no value/);
      }
  });

  it("is refused as the name of a variable in other letters", () => {
    const variables = fc.constantFrom(...names.map(([name]) => variableOf(name))).chain((name) =>
      fc
        .array(fc.boolean(), { minLength: name.length, maxLength: name.length })
        .map(
          (lower) =>
            [[...name].map((letter, at) => (lower[at] ? letter.toLowerCase() : letter)).join(""), name] as const,
        )
        .filter(([other]) => other !== name),
    );
    fc.assert(
      fc.property(variables, ([other, name]) => {
        expect(() => configOf([], { [other]: "1" })).toThrow(
          name === variableOf("reveal-credentials")
            ? `${other} has no effect: this option is a flag only.`
            : `Unknown environment variable ${other}. Did you mean ${name}?`,
        );
      }),
      { numRuns },
    );
  });
});

describe("the embedded service", () => {
  it.each([
    ["--profile", "prod"],
    ["--endpoint-url", "https://cognito-identity.eu-west-1.amazonaws.com"],
  ])("does not stand in for an account that %s names", (option, value) => {
    const sources: readonly [readonly string[], Environment][] = [
      [["serve", "--local", option, value], {}],
      [["serve", option, value], { COGNITO_IDENTITY_MCP_LOCAL: "1" }],
      [["serve", "--local"], { [variableOf(option.slice(2))]: value }],
    ];
    for (const [argv, environment] of sources)
      expect(() => configOf(argv, environment)).toThrow(/cannot be used together/);
  });
});
