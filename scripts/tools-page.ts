import { everyTool } from "../src/call/catalogue.ts";
import type { AnyTool } from "../src/call/types.ts";
import { listTool } from "../src/mcp/tool-listing.ts";
import { canLink, type Effect, isGated } from "../src/tools/tool.ts";

interface JsonSchema {
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | false;
  readonly items?: JsonSchema;
  readonly enum?: readonly string[];
  readonly default?: unknown;
  readonly [keyword: string]: unknown;
}

const gates: Readonly<Record<Effect, string>> = {
  read: "Reads. Runs at once.",
  create: "Creates. Runs without an approval.",
  update: "Changes what is there. A person approves the plan first.",
  delete: "Cannot be undone. A person approves the plan by typing the text that the form asks for.",
  vend: "Gives out secrets. They are redacted.",
};

const LINKS = " A person approves a call that may link logins to an identity or merge identities.";

/** The page docs/tools.md: every tool with what it takes and gives. */
export function renderTools(): string {
  return [
    "# Tools",
    "",
    `The ${everyTool.length} operations of Amazon Cognito identity pools, named as the \`aws cognito-identity\` subcommands. This page is generated`,
    "by `npm run docs` from `src/tools/`.",
    "",
    "## Names and answers",
    "",
    "Members in PascalCase are AWS's; members in camelCase, such as `region` and `clear`, are added by this server.",
    "",
    "| member of an answer | when | meaning |",
    "| --- | --- | --- |",
    "| `approved` | after a call that needed an approval | how it was approved, and the changes as `{path, before, after}` |",
    "| `undo` | beside `approved`, where possible | the calls that restore the old state, in order |",
    "| `recreate` | after `delete-identity-pool` | the arguments that create a copy of the pool |",
    "| `unchanged` | the account already has the requested state, or nothing that the call names exists | nothing was sent |",
    "| `refused`, `next` | the call was not sent | why, and what to do next |",
    "| `plan` | beside `refused` | what the call would change |",
    "| `planToken` | beside `plan`, at level `two-step` | the second call passes it to confirm the plan |",
    "| `failed`, `next` | AWS refused the call, or could not be reached | what happened, and what to do next |",
    "| `code`, `requestId` | beside `failed` | AWS's error code and request id |",
    "| `outcome: unknown` | beside `failed` | the change may have been made: read the present state first |",
    "| `logins` | beside `failed` | what is wrong with the login tokens |",
    "| `handle`, `expires`, `use` | after a vend | how a person uses the secret |",
    "| `notes` | anywhere | what else to know, one sentence each |",
    "| `scanned` | with `nameContains` | how many entries were searched |",
    "| `truncated` | the answer was larger than 256 KB | what was left out |",
    "",
    "With `allPages`, a list is followed to its end, or until the answer has 256 KB, 200 pages were read, or 40 seconds have passed. Then",
    "`notes` says why it stopped, and `NextToken` continues from there. `nameContains` ignores case and searches all pages.",
    "",
    "## Overview",
    "",
    "| tool | effect | what it does |",
    "| --- | --- | --- |",
    ...everyTool.map(({ name, effect, summary }) => `| [${name}](#${name}) | ${effect} | ${summary} |`),
    "",
    ...everyTool.flatMap(renderTool),
  ].join("\n");
}

function renderTool(tool: AnyTool): string[] {
  const { inputSchema, outputSchema } = listTool(tool);
  const input = inputSchema as JsonSchema;
  const answers = [
    ...Object.keys((outputSchema as JsonSchema | undefined)?.properties ?? {}),
    ...("region" in (input.properties ?? {}) ? ["region"] : []),
    ...(isGated(tool) || canLink(tool) ? ["approved"] : []),
    // Of the deletes, one leaves something to start again from.
    ...(tool.effect === "update" ? ["undo"] : []),
    ...(tool.name === "delete-identity-pool" ? ["recreate"] : []),
  ];
  return [
    `## ${tool.name}`,
    "",
    `${tool.summary} *${gates[tool.effect]}${canLink(tool) ? LINKS : ""}*`,
    "",
    "| member | required | takes | |",
    "| --- | --- | --- | --- |",
    ...Object.entries(input.properties ?? {}).map(
      ([member, schema]) =>
        `| \`${member}\` | ${input.required?.includes(member) ? "yes" : ""} | ${cell(kindOf(schema))} | ${cell(schema.description ?? "")} |`,
    ),
    "",
    `Returns ${answers.map((member) => `\`${member}\``).join(", ")}.`,
    "",
  ];
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}

/** What a member takes, in a few words. */
function kindOf(schema: JsonSchema): string {
  const words = [kind(schema), ...limits(schema)];
  if (schema.default !== undefined) words.push(`default ${JSON.stringify(schema.default)}`);
  return words.join(", ");
}

function kind({ type, enum: values, items, properties, additionalProperties }: JsonSchema): string {
  if (values) return values.map((value) => `\`${value}\``).join(" or ");
  if (items) return `list of ${kindOf(items)}`;
  if (properties)
    return `{ ${Object.entries(properties)
      .map(([name, member]) => `${name}: ${kindOf(member)}`)
      .join("; ")} }`;
  if (additionalProperties) return `map to ${kindOf(additionalProperties)}`;
  return type ?? "anything";
}

function limits(schema: JsonSchema): string[] {
  const range = (least: unknown, most: unknown, unit: string) => {
    if (least === undefined && most === undefined) return [];
    if (most === undefined) return [`at least ${least}${unit}`];
    return [least === undefined ? `at most ${most}${unit}` : `${least}–${most}${unit}`];
  };
  return [
    ...range(schema["minLength"], schema["maxLength"], " characters"),
    ...range(schema["minimum"], schema["maximum"], ""),
    ...range(schema["minItems"], schema["maxItems"], " entries"),
    ...range(schema["minProperties"], schema["maxProperties"], " entries"),
    ...(typeof schema["pattern"] === "string" ? [`\`${schema["pattern"]}\``] : []),
  ];
}
