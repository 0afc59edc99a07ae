/** What people read says what the code does. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { renderDiagnosis } from "../scripts/diagnosis-page.ts";
import { renderTools } from "../scripts/tools-page.ts";
import { helpText } from "../src/cli/args/help.ts";
import { catalogue } from "../src/tools/catalogue.ts";
import type { Effect } from "../src/tools/tool.ts";
import { root } from "./support/client.ts";

const readme = readFileSync(`${root}README.md`, "utf8");

it("docs/tools.md is what npm run docs writes", () =>
  expect(readFileSync(`${root}docs/tools.md`, "utf8")).toBe(renderTools()));

it("docs/diagnosis.md is what npm run docs writes", () =>
  expect(readFileSync(`${root}docs/diagnosis.md`, "utf8")).toBe(renderDiagnosis()));

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

it("every decision record has the next number, a status, a date, the four heads, and the same entry in the index", () => {
  const folder = `${root}docs/decisions/`;
  const names = readdirSync(folder).filter((name) => name !== "README.md");
  const rows = names.sort().map((name, index) => {
    expect(name).toMatch(/^\d{4}(-[a-z0-9]+)+\.md$/);
    expect(Number(name.slice(0, 4)), name).toBe(index + 1);
    const text = readFileSync(`${folder}${name}`, "utf8").replace(/^```[\s\S]*?^```$/gm, "");
    const [head, number, title, status, date = ""] =
      /^# (\d+)\. (\S.*)\n\nStatus: (accepted|superseded by \d{4})\nDate: (\d{4}-\d{2}-\d{2})\n\n(?=## )/.exec(text) ??
      [];
    expect(head, `${name} does not begin with its title, status and date`).toBeDefined();
    expect(number, name).toBe(String(index + 1));
    // Date turns 31 February into another day.
    expect(new Date(date).toISOString().slice(0, 10), name).toBe(date);
    const sections = text.split(/^(?=#{1,2} )/m).slice(1);
    expect(
      sections.map((section) => section.split("\n", 1)[0]),
      name,
    ).toEqual(["## Context", "## Decision", "## Consequences", "## Alternatives"]);
    for (const section of sections) expect(section, name).toMatch(/^.+\n\n\S/);
    return `| ${number} | [${title}](${name}) | ${status} | ${date} |`;
  });
  const index = readFileSync(`${folder}README.md`, "utf8").split("\n");
  expect(index.filter((line) => line.startsWith("|"))).toEqual([
    "| number | decision | status | date |",
    "| --- | --- | --- | --- |",
    ...rows,
  ]);
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

it("docs/other-suites.md has the numbers of the tests", () => {
  const suites = readFileSync(`${root}test/local/other-suites.test.ts`, "utf8")
    .split(/^describe\("/m)
    .slice(1);
  const page = readFileSync(`${root}docs/other-suites.md`, "utf8");
  const rows = [...page.matchAll(/^\| (\S.*?) \| (\d+) \| (\d+|–) \|$/gm)];
  expect(rows).toHaveLength(suites.length);
  for (const [at, suite] of suites.entries()) {
    const [, name = "", tests, refused] = rows[at] ?? [];
    const titles = [...suite.matchAll(/^ {2}it\("(.*?)",/gm)].map(([, title = ""]) => title);
    // Both begin with the name of the suite.
    expect(suite.startsWith(name.split(/,| for /, 1)[0] ?? "none"), name).toBe(true);
    expect([Number(tests), Number(refused) || 0], name).toEqual([
      titles.length,
      titles.filter((title) => title.endsWith("as by AWS")).length,
    ]);
  }
});
