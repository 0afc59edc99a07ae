/** What the long runs measured, for whoever collects it. */
import { appendFileSync } from "node:fs";

/** Adds a line to the file that FIGURES names, if it names one: the figure of a row of the security tests. */
export function report(row: number, what: string, figure: string): void {
  const file = process.env["FIGURES"];
  if (file && process.env["LONG"]) appendFileSync(file, `${JSON.stringify({ row, what, figure })}\n`);
}
