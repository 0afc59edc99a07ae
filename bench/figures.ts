/** One line of the table. */
export interface Row {
  readonly what: string;
  readonly ours: string;
  readonly beside: string;
  /** The figure that the target is for. */
  readonly figure: number;
  readonly target: { readonly atMost: number } | { readonly atLeast: number };
  readonly unit: string;
}

export function median(samples: readonly number[]): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Milliseconds. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await work();
  return performance.now() - begin;
}

export function table(rows: readonly Row[]): string {
  const lines = rows.map(
    ({ what, ours, beside, figure, unit, target }) =>
      `| ${what} | ${ours} | ${beside} | ${shown(figure)}${unit} | ${wanted(target, unit)} | ${verdict(figure, unit, target)} |`,
  );
  return [
    "| what | this server | compared with | ratio or difference | target | met? |",
    "| --- | --- | --- | --- | --- | --- |",
    ...lines,
    "",
  ].join("\n");
}

function wanted(target: Row["target"], unit: string): string {
  return "atMost" in target ? `≤ ${target.atMost}${unit}` : `≥ ${target.atLeast}${unit}`;
}

function verdict(figure: number, unit: string, target: Row["target"]): string {
  const missing = "atMost" in target ? figure - target.atMost : target.atLeast - figure;
  if (missing <= 0) return "yes";
  return `no (${shown(missing)}${unit.replace(" more", "")} ${"atMost" in target ? "over" : "under"})`;
}

export function shown(figure: number): string {
  if (figure >= 1000) return String(Math.round(figure));
  return figure >= 100 ? figure.toPrecision(4) : figure.toPrecision(3);
}
