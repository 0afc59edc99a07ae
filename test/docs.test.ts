/** What people read says what the code does. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { renderTools } from "../scripts/tools-page.ts";
import { helpText } from "../src/config/help.ts";
import { catalogue } from "../src/tools/catalogue.ts";
import type { Effect } from "../src/tools/tool.ts";
import { root } from "./client.ts";

const readme = readFileSync(`${root}README.md`, "utf8");

it("docs/tools.md is what npm run docs writes", () =>
  expect(readFileSync(`${root}docs/tools.md`, "utf8")).toBe(renderTools()));

it("the README shows the options as --help does", () => expect(readme).toContain(helpText.trim()));

it("the README's table has every tool in the row of its effect", () => {
  for (const effect of ["read", "create", "update", "delete", "vend"] satisfies Effect[]) {
    const row = new RegExp(`^\\| ${effect} \\| (.*?) \\|`, "m").exec(readme)?.[1] ?? "";
    const tools = catalogue.filter((tool) => tool.effect === effect).map(({ name }) => `\`${name}\``);
    expect(row.split(" ").sort()).toEqual(tools.sort());
  }
});

it("the README's two commands are what package.json has, and .ci/run runs the test command as written", () => {
  const { scripts } = JSON.parse(readFileSync(`${root}package.json`, "utf8"));
  expect(Object.keys(scripts)).toEqual(expect.arrayContaining(["demo", "test"]));
  expect(readme).toContain("\nnpm ci && npm run demo\n");
  expect(readme).toContain("\nnpm ci && npm test\n");
  expect(readFileSync(`${root}.ci/run`, "utf8")).toContain("\nnpm ci && npm test\n");
});
