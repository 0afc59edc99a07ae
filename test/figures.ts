import { appendFileSync } from "node:fs";

/** Notes what a long run measured, one line of JSON, in the file that FIGURES names, if it names one. */
export function note(row: number, what: string, figure: string): void {
  const file = process.env["FIGURES"];
  if (file && process.env["LONG"]) appendFileSync(file, `${JSON.stringify({ row, what, figure })}\n`);
}
