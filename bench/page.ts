import { availableParallelism, cpus, loadavg } from "node:os";
import type { Bar } from "./starts.ts";

/** The machine of a run. */
function machine(): string {
  const load = loadavg()[0]?.toFixed(0);
  return `${cpus()[0]?.model.trim() ?? "an unknown CPU"}, ${availableParallelism()} cores, shared (load ${load} at the end)`;
}

const STARTS = /<!-- starts -->[\s\S]*<!-- \/starts -->/;

/** The part of the page about the starts of hosts. */
export function renderHostStarts(rows: string, hosts: string): string {
  return `<!-- starts -->

Written by \`npm run bench -- starts\` on ${machine()}.
A bare loop is a Node program that answers each line with its id. The starts are those of [recorded
hosts](../test/mcp/hosts/README.md): a host waits for the answer to \`initialize\`, then asks for lists. Times are the shortest of
several runs, because other programs on the machine make the others longer; the rest are medians. For each version of Node and each
target, the host with the largest ratio:

![How long the start of each host takes](performance-starts.svg)

${rows}
All hosts, as ratios to a bare loop: \`tools/list\` answered · everything answered · processor time until then · resident memory then · how much longer
the first call of a tool takes than the next one (its processor time, in milliseconds).

${hosts}
<!-- /starts -->`;
}

/** The page with another part about the starts of hosts. */
export function withHostStarts(page: string, part: string): string {
  return page.replace(STARTS, () => part);
}

/** The page docs/performance.md around the table of a run. */
export function renderPage(table: string, hostStarts: string): string {
  return `# Performance

Compare only the ratios: both values of a row were measured alternately in one run, from the package as it is packed.

## How long does a host wait at the start?

${hostStarts}

## How fast and how small is it otherwise?

Written by \`npm run bench\` on ${machine()}, Node ${process.versions.node}. All values are medians.

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
    const lines = bars.map(({ name, value, isOurs }) => {
      const width = Math.max(1, Math.round(((WIDTH - LABEL - 70) * value) / longest));
      const fill = isOurs ? "#0a7d5a" : "#9aa5b1";
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
