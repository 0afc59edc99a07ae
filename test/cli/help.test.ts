import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { commandNames, optionsOf } from "../../src/cli/args/commands.ts";
import { catalogue } from "../../src/tools/catalogue.ts";
import { didYouMean } from "../../src/util/did-you-mean.ts";
import { surroundings } from "../support/client.ts";
import { runProgram } from "../support/command.ts";

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
    for (const name of tools) expect(didYouMean(name, tools)).toBe(` Did you mean ${name}?`);
    for (const far of ["", "x", "zzzzzzzzzzzzzzzz", "kubectl"]) expect(didYouMean(far, tools)).toBe("");
  });
});
