/** Runs every test with its full numbers and prints what they measured. With `--write` it writes docs/reliability.md and its appendix. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { type Figure, guarantees, renderAppendix, renderSummary } from "./reliability-page.ts";

const page = new URL("../docs/reliability.md", import.meta.url);
const appendix = new URL("../docs/reliability-figures.md", import.meta.url);
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

for (const { row, what, figure } of figures) process.stdout.write(`${row}\t${what}\t${figure}\n`);
const missing = Object.keys(guarantees).filter((row) => !figures.some((figure) => figure.row === Number(row)));
if (missing.length > 0) process.stdout.write(`\nNo figure for row ${missing.join(", ")}.\n`);

if (process.argv.includes("--write") && status === 0) {
  const machine = `${cpus().length} × ${cpus()[0]?.model}, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.version}, ${process.platform}`;
  const text = readFileSync(page, "utf8");
  const begin = text.indexOf(BEGIN) + BEGIN.length;
  writeFileSync(page, `${text.slice(0, begin)}\n${renderSummary(figures)}\n${text.slice(text.indexOf(END))}`);
  writeFileSync(appendix, renderAppendix(figures, machine));
}
process.exitCode = status ?? 1;
