/** Runs the demo and draws some of its steps, as a terminal shows them, into docs/demo.svg. */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";

/** The steps to show, by their titles. */
const STEPS = [/Set the roles of guests and users/, /Vend AWS credentials/, /A person at this machine/, /wrong name/];

const colours: Readonly<Record<string, string>> = {
  "1": "#e6edf3",
  "2": "#8b949e",
  "31": "#ff7b72",
  "32": "#7ee787",
  "33": "#e3b341",
  "36": "#79c0ff",
};
const PLAIN = "#c9d1d9";
const LINE = 18;
const CHARACTER = 7.8;
const MARGIN = 16;

const { stdout, status } = spawnSync("npm", ["run", "--silent", "demo"], {
  encoding: "utf8",
  env: { ...process.env, FORCE_COLOR: "1" },
});
if (status !== 0) throw new Error("the demo failed");
const [first = "", ...steps] = stdout.split("\n\n");
const shown = [first, ...steps.filter((step) => STEPS.some((title) => title.test(step)))];
const lines = shown.flatMap((step) => [...step.trimEnd().split("\n"), ""]).slice(0, -1);

interface Span {
  readonly text: string;
  readonly colour: string;
  readonly bold: boolean;
}

/** An escape sequence for a colour or a weight. */
const CODE = String.raw`\u001b\[(\d+)m`;
const beforeCode = new RegExp(`(?=${CODE.replace("(", "(?:")})`);
const atCode = new RegExp(`^${CODE}(.*)$`, "s");
const codes = new RegExp(CODE, "g");

/** A line's spans, by the escape sequences that colour it. A colour continues on the following lines. */
let colour = PLAIN;
let bold = false;
function spansOf(line: string): Span[] {
  const spans: Span[] = [];
  for (const part of line.split(beforeCode)) {
    const [, code, text = part] = atCode.exec(part) ?? [];
    if (code === "1") bold = true;
    else if (code === "22" || code === "0") bold = false;
    if (code !== undefined) colour = colours[code] ?? (code === "22" ? colour : PLAIN);
    if (text !== "") spans.push({ text, colour, bold });
  }
  return spans;
}

const escaped = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
const columns = Math.max(...lines.map((line) => line.replace(codes, "").length));
const width = Math.ceil(columns * CHARACTER + 2 * MARGIN);
const height = lines.length * LINE + 2 * MARGIN;
const text = lines.map((line, index) => {
  const spans = spansOf(line).map(
    (span) => `<tspan fill="${span.colour}"${span.bold ? ' font-weight="bold"' : ""}>${escaped(span.text)}</tspan>`,
  );
  return `<text x="${MARGIN}" y="${MARGIN + 13 + index * LINE}" xml:space="preserve">${spans.join("")}</text>`;
});
writeFileSync(
  new URL("../docs/demo.svg", import.meta.url),
  [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="Some steps of the demo: a plan that a person approves, credentials that the model does not see, a deletion that is refused">`,
    `<rect width="100%" height="100%" rx="8" fill="#0d1117"/>`,
    `<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="13">`,
    ...text,
    "</g>",
    "</svg>",
    "",
  ].join("\n"),
);
