/** Runs every test with its full figures, prints what they measured, and with `--write` puts the table into docs/reliability.md. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir, totalmem } from "node:os";
import { join } from "node:path";

/** What is promised of each row. */
const promises: Readonly<Record<number, string>> = {
  1: "no crash, no line that is not JSON, one answer for every readable id",
  2: "refused with a reason, the connection lives on",
  3: "256 MB resident at most",
  4: "every change has its intent, nothing uncaught, no false success",
  5: "each a typed error, none over 30 s",
  6: "one attempt, outcome unknown",
  7: "not a byte sent",
  8: "no mutating call",
  9: "none but the one that was approved, exactly once",
  10: "none accepted",
  11: "refused, with the new plan",
  12: "every changed or reset field is listed, only named fields change",
  13: "no run of 8 characters of a secret, in any encoding",
  14: "the suite goes red",
  15: "none raw",
  16: "works, renews",
  17: "none resolved, one answer",
};

interface Figure {
  readonly row: number;
  readonly what: string;
  readonly figure: string;
}

const page = new URL("../docs/reliability.md", import.meta.url);
const BEGIN = "<!-- figures -->";
const END = "<!-- end of figures -->";

const folder = mkdtempSync(join(tmpdir(), "cognito-identity-"));
const file = join(folder, "figures.jsonl");
writeFileSync(file, "");
const { status } = spawnSync("npx", ["vitest", "run"], {
  stdio: "inherit",
  env: { ...process.env, LONG: "1", FIGURES: file },
});
const figures = readFileSync(file, "utf8")
  .split("\n")
  .filter((line) => line !== "")
  .map((line) => JSON.parse(line) as Figure)
  .sort((a, b) => a.row - b.row);
rmSync(folder, { recursive: true });

const rows = figures.map(({ row, what, figure }) => `| ${row} | ${what} | ${promises[row]} | ${figure} |`);
const missing = Object.keys(promises).filter((row) => !figures.some((figure) => figure.row === Number(row)));
const table = ["| # | what was done | must be | figure |", "| --- | --- | --- | --- |", ...rows].join("\n");
process.stdout.write(`\n${table}\n`);
if (missing.length > 0) process.stdout.write(`\nNo figure for row ${missing.join(", ")}.\n`);

if (process.argv.includes("--write") && status === 0) {
  const machine = `${cpus().length} × ${cpus()[0]?.model}, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.version}, ${process.platform}`;
  const text = readFileSync(page, "utf8");
  const begin = text.indexOf(BEGIN) + BEGIN.length;
  writeFileSync(page, `${text.slice(0, begin)}\n${table}\n\nMachine: ${machine}.\n${text.slice(text.indexOf(END))}`);
}
process.exitCode = status ?? 1;
