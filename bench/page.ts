import { availableParallelism, cpus, loadavg } from "node:os";
import type { Bar } from "./starts.ts";

/** The page docs/performance.md around the table of a run. */
export function renderPage(table: string): string {
  const machine = `${cpus()[0]?.model.trim() ?? "an unknown CPU"}, ${availableParallelism()} cores, Node ${process.versions.node}`;
  return `# Performance

Written by \`npm run bench\` on ${machine}, from the package as it is packed.
The machine was shared (load ${loadavg()[0]?.toFixed(0)} at the end). Compare only the ratios: both values of a row were measured
alternately in one run. All values are medians.

![How long a start takes, and the tokens per tool](performance.svg)

${table}
How it works: [a small start](decisions/0008-start.md), and [a call that costs little more than the SDK's
own](decisions/0009-calls.md).
`;
}

interface Chart {
  readonly title: string;
  readonly bars: readonly Bar[];
}

const WIDTH = 720;
const LABEL = 270;
const BAR = 22;
const HEAD = 34;

/** Bars under their titles, as an SVG. The bars of this server are filled. */
export function renderChart(charts: readonly Chart[]): string {
  let y = 0;
  const parts = charts.flatMap(({ title, bars }) => {
    const longest = Math.max(...bars.map(({ value }) => value));
    y += HEAD;
    const head = `<text x="0" y="${y - 12}" font-weight="bold">${title}</text>`;
    const lines = bars.map(({ name, value }) => {
      const width = Math.max(1, Math.round(((WIDTH - LABEL - 70) * value) / longest));
      const fill = name === "cognito-identity-mcp" ? "#0a7d5a" : "#9aa5b1";
      const line = [
        `<text x="${LABEL - 8}" y="${y + 15}" text-anchor="end">${name}</text>`,
        `<rect x="${LABEL}" y="${y + 3}" width="${width}" height="${BAR - 6}" fill="${fill}"/>`,
        `<text x="${LABEL + width + 6}" y="${y + 15}">${Math.round(value)}</text>`,
      ];
      y += BAR;
      return line.join("");
    });
    return [head, ...lines];
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y + 8}" font-family="sans-serif" font-size="12" fill="#57606a">`,
    `<title>${charts.map(({ title }) => title).join("; ")}</title>`,
    ...parts,
    "</svg>",
    "",
  ].join("\n");
}
