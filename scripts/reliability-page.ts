/** What a full run of the tests measured, as the summary in docs/reliability.md and as the appendix docs/reliability-figures.md. */

/** What one test measured. */
export interface Figure {
  /** The guarantee that it tests. */
  readonly row: number;
  readonly what: string;
  readonly figure: string;
}

type Summarize = (figures: readonly Figure[]) => string;

interface Guarantee {
  readonly what: string;
  readonly must: string;
  /** One figure for all tests of the guarantee; the figures themselves when left out. */
  readonly summarize?: Summarize;
}

/** The most memory that any of the tests reached. */
function mostMemory(figures: readonly Figure[]): string {
  const megabytes = figures.map(({ figure }) => Number(/(\d+) MB/.exec(figure)?.[1] ?? Number.NaN));
  return `at most ${Math.max(...megabytes)} MB in ${figures.length} situations`;
}

function all(result: string): Summarize {
  return (figures) => `${result} in ${figures.length} tests`;
}

export const guarantees: Readonly<Record<number, Guarantee>> = {
  1: { what: "Malformed messages", must: "no crash, only JSON on stdout, one answer for each readable id" },
  2: {
    what: "Messages of 11 MiB and 1 GiB",
    must: "refused with a reason; the connection stays open",
    summarize: all("refused with a reason"),
  },
  3: { what: "Memory under load", must: "at most 256 MB resident", summarize: mostMemory },
  4: { what: "Kills and broken pipes during changes", must: "each change is in the audit; no false success" },
  5: { what: "Faults on the way to AWS", must: "a typed error within 30 s; behind other changes, 50 s" },
  6: { what: "A create whose answer is lost", must: "one attempt; the outcome is reported as unknown" },
  7: { what: "Endpoints that are neither AWS's nor on this machine", must: "nothing is sent" },
  8: { what: "Calls without an approval", must: "nothing is changed", summarize: all("no mutating call") },
  9: { what: "One approval used by 1,000 calls at once", must: "one call", summarize: all("exactly one call") },
  10: { what: "Altered plan tokens", must: "none is accepted" },
  11: { what: "Changes of the account after the approval", must: "refused, with the new plan" },
  12: { what: "Generated pools and updates", must: "every change is listed; only named members change" },
  13: {
    what: "Secrets in every encoding and place",
    must: "no 8 consecutive characters leave the server",
    summarize: (figures) =>
      figures.map(({ what, figure }) => `${what.replace("test secrets ", "")}: ${figure}`).join("; "),
  },
  14: {
    what: "Each protection of the redaction, removed in turn",
    must: "a test detects that a secret leaks",
    summarize: all("detected"),
  },
  15: { what: "Invisible and control characters", must: "none is shown raw" },
  16: {
    what: "AWS SDK and AWS CLI with vended credentials",
    must: "work, and renew",
    summarize: all("worked and renewed"),
  },
  17: { what: "Login references outside their rules", must: "none is resolved; always the same answer" },
  18: { what: "An agent with a shell at level passkey, with a list that the administrator owns", must: "no approval" },
};

/** One row for each guarantee. Throws for one without a figure. */
export function renderSummary(figures: readonly Figure[]): string {
  const rows = Object.entries(guarantees).map(([row, { what, must, summarize }]) => {
    const own = figures.filter((figure) => figure.row === Number(row));
    if (own.length === 0) throw new Error(`No figure for row ${row}: ${what}.`);
    const figure = summarize ? summarize(own) : own.map(({ figure }) => figure).join("; ");
    return `| ${what} | ${must} | ${groupDigits(figure)} |`;
  });
  return ["| subject | guarantee | measured |", "| --- | --- | --- |", ...rows].join("\n");
}

/** Every figure. `machine` says what they were measured on. */
export function renderAppendix(figures: readonly Figure[], machine: string): string {
  return [
    "# Reliability figures",
    "",
    "Every figure of the last full run. This page is written by `npm run test:long -- --write`; [reliability.md](reliability.md) has the summary.",
    "",
    "| subject | test | measured |",
    "| --- | --- | --- |",
    ...figures.map(
      ({ row, what, figure }) => `| ${guarantees[row]?.what ?? row} | ${groupDigits(what)} | ${groupDigits(figure)} |`,
    ),
    "",
    `Machine: ${machine}.`,
    "",
  ].join("\n");
}

/** Numbers of four digits and more, with commas. */
function groupDigits(text: string): string {
  return text.replace(/(?<![\w.,])\d{4,}(?![\w.])/g, (digits) => Number(digits).toLocaleString("en-US"));
}
