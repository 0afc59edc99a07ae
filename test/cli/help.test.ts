import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readCommand } from "../../src/cli/args/command.ts";
import { commandNames, optionsOf } from "../../src/cli/args/commands.ts";
import { catalogue } from "../../src/tools/catalogue.ts";
import { didYouMean } from "../../src/util/did-you-mean.ts";
import { surroundings } from "../support/client.ts";
import { program, runProgram } from "../support/command.ts";

const run = (...args: string[]) => runProgram(args, surroundings);
const tools = catalogue.map(({ name }) => name);

it.each(commandNames)("%s --help shows its usage, all its options and an example", async (name) => {
  const { code, stdout, stderr } = await run(name, "--help");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toContain(`Usage: cognito-identity-mcp ${name} `);
  expect(stdout.match(/^ {2}--[\w-]+/gm)?.map((flag) => flag.slice(4)) ?? []).toEqual(Object.keys(optionsOf(name)));
  expect(stdout).toMatch(/\nExample:\n {2}cognito-identity-mcp \S.*\n$/);
});

it("-h shows help, whatever else is invalid in the command line", async () => {
  expect((await run("call", "no-such-tool", "no json", "more", "-h")).stdout).toMatch(/^Usage: .* call TOOL/);
});

it("help is --help, of the program or of a command", async () => {
  expect(await run("help")).toEqual(await run("--help"));
  for (const name of ["doctor", "serve"]) expect(await run("help", name)).toEqual(await run(name, "--help"));
  expect(await run("help", "doctr")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("Did you mean doctor?"),
  });
});

describe("an option", () => {
  const own = `${process.execPath} ${program}`;
  const cases = commandNames.flatMap((name) =>
    Object.entries({ ...optionsOf(name) }).map(([option, { type, value, example }]) => ({
      name,
      option,
      type,
      value,
      example,
    })),
  );
  const parsed = (argv: readonly string[]) => {
    try {
      return readCommand([], argv, {});
    } catch (error) {
      return error instanceof Error ? error.message : "";
    }
  };

  it.each(cases.filter(({ type }) => type === "string"))(
    "without its value names an example and the help of the command: $name --$option",
    ({ name, option, value, example }) => {
      for (const following of [[], ["--version"]])
        expect(parsed([name, `--${option}`, ...following])).toMatch(
          new RegExp(`^--${option} needs a value, such as .+\\. .*run: .* ${name} --help$`),
        );
      expect(parsed([name, `--${option}`])).toContain(`such as ${example}.`);
      expect(parsed([name, `--${option}=`])).toBe(`--${option} is empty. Write ${value}, such as ${example}.`);
      expect(example).toBeTruthy();
    },
  );

  it.each(cases.filter(({ type, option }) => type === "boolean" && option !== "exec"))(
    "that takes no value says so: $name --$option",
    ({ name, option }) => expect(parsed([name, `--${option}=x`])).toContain(`--${option} takes no value.`),
  );

  it("that is invalid is explained with the command line that runs the program", async () => {
    expect((await run("doctor", "--region")).stderr).toBe(
      `cognito-identity-mcp: --region needs a value, such as eu-west-1. To see the options, run: ${own} doctor --help\n`,
    );
    expect((await run("approve", "--local")).stderr).toContain(`run: ${own} approve --help`);
    expect((await run("call")).stderr).toContain(`run: ${own} tools`);
    expect((await run("call", "get-idd")).stderr).toContain(
      `Did you mean get-id? To list the tools, run: ${own} tools`,
    );
    expect((await run("--policy", "x=deny")).stderr).toContain(`run: ${own} tools`);
    // A value that is the name of a command is not the command.
    expect((await run("tools", "--profile", "local", "--no-such")).stderr).toContain(`run: ${own} tools --help`);
  });
});

describe("a misspelled name", () => {
  it.each([
    [["--read-olny"], "--read-only"],
    [["doctr"], "doctor"],
    [["setup", "curser"], "cursor"],
    [["tools", "--polcy", "x"], "--policy"],
    [["--policy", "delete-identity-pol=deny"], "delete-identity-pool"],
  ])("in %j gets the suggestion %s", async (args, meant) => {
    const { code, stderr } = await run(...args);
    expect(code).toBe(2);
    expect(stderr).toContain(`Did you mean ${meant}?`);
  });

  it("of a variable gets a suggestion too", async () => {
    const { stderr } = await runProgram([], { ...surroundings, COGNITO_IDENTITY_MCP_READONLY: "1" });
    expect(stderr).toContain("Did you mean COGNITO_IDENTITY_MCP_READ_ONLY?");
  });

  it("with one wrong letter gets the right suggestion, and an unrelated word gets none", () => {
    const slips = fc.tuple(fc.constantFrom(...tools), fc.nat(), fc.constantFrom("drop", "double", "swap", "change"));
    fc.assert(
      fc.property(slips, ([name, place, slip]) => {
        const at = place % (name.length - 1);
        const [one = "", two = ""] = name.slice(at, at + 2);
        const put = { drop: two, double: one + one + two, swap: two + one, change: `_${two}` }[slip];
        expect(didYouMean(name.slice(0, at) + put + name.slice(at + 2), tools)).toMatch(/^ Did you mean [a-z-]+\?$/);
      }),
    );
    expect(didYouMean("delet", [...tools, "delete"])).toBe(" Did you mean delete?");
    for (const name of tools) expect(didYouMean(name, tools)).toBe(` Did you mean ${name}?`);
    for (const far of ["", "x", "zzzzzzzzzzzzzzzz", "kubectl"]) expect(didYouMean(far, tools)).toBe("");
  });
});
