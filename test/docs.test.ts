/** What people read says what the code does. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { renderTools } from "../scripts/tools-page.ts";
import { helpText } from "../src/cli/args/help.ts";
import { catalogue } from "../src/tools/catalogue.ts";
import type { Effect } from "../src/tools/tool.ts";
import { root } from "./support/client.ts";

const readme = readFileSync(`${root}README.md`, "utf8");

it("docs/tools.md is what npm run docs writes", () =>
  expect(readFileSync(`${root}docs/tools.md`, "utf8")).toBe(renderTools()));

it("docs/configuration.md shows the options as --help does", () =>
  expect(readFileSync(`${root}docs/configuration.md`, "utf8")).toContain(helpText.trim()));

it("no link between our pages leads nowhere, and the README leads to every page", () => {
  const pages = ["README.md", "CONTRIBUTING.md", "SECURITY.md"].concat(
    ["docs", "docs/decisions"].flatMap((folder) =>
      readdirSync(`${root}${folder}`)
        .filter((name) => name.endsWith(".md"))
        .map((name) => `${folder}/${name}`),
    ),
  );
  const linksOf = (page: string) =>
    [...readFileSync(`${root}${page}`, "utf8").matchAll(/\]\(([^)#\s]+)[^)]*\)/g)]
      .map(([, link = ""]) => link)
      .filter((link) => !/^https?:/.test(link))
      .map((link) => join(dirname(page), link));
  for (const page of pages)
    expect(
      linksOf(page).filter((link) => !existsSync(`${root}${link}`)),
      page,
    ).toEqual([]);
  const told = linksOf("README.md");
  expect(pages.filter((page) => /^docs\/[^/]+$/.test(page) && !told.includes(page))).toEqual([]);
});

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
