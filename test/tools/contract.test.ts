/** SDK, catalogue, embedded service and facts name the same operations, with the same members and limits. */

import { readdirSync } from "node:fs";
import * as sdk from "@aws-sdk/client-cognito-identity";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type * as z from "zod";
import { toolTokens } from "../../scripts/tokens.ts";
import { everyTool } from "../../src/call/catalogue.ts";
import { operations as localOperations } from "../../src/local/operations/catalogue.ts";
import { listTool } from "../../src/mcp/tool-listing.ts";
import { identityListSchemas } from "../../src/selections/identity-filters.ts";
import { poolFilterSchemas } from "../../src/selections/pool-filters.ts";
import { catalogue } from "../../src/tools/catalogue.ts";
import { operations, type Shape, subcommandOf } from "../facts/facts.ts";

interface JsonSchema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | false;
  readonly items?: JsonSchema;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly maxProperties?: number;
}

const names = Object.keys(operations);
const listed = catalogue.map(listTool);

/** Where a schema is stricter or laxer than the facts on purpose: the reason for each. */
const deliberate: Readonly<Record<string, string>> = {
  "update-identity-pool IdentityPoolName required": "the update merges",
  "update-identity-pool AllowUnauthenticatedIdentities required": "the update merges",
  "set-identity-pool-roles Roles required": "the update merges",
  "list-tags-for-resource ResourceArn required": "or IdentityPoolId",
  "tag-resource ResourceArn required": "or IdentityPoolId",
  "untag-resource ResourceArn required": "or IdentityPoolId",
  "list-identity-pools MaxResults required": "it has a default",
  "list-identities MaxResults required": "it has a default",
  "set-identity-pool-roles RoleMappings.*.RulesConfiguration.Rules max": "the quota is 25 rules, below the model's 400",
  "set-identity-pool-roles Roles max": "its two keys are declared one by one",
  "delete-identities IdentityIdsToDelete required": "or a selection",
  "set-identity-pool-roles IdentityPoolId required": "or IdentityPoolIds",
  "set-principal-tag-attribute-map IdentityPoolId required": "or IdentityPoolIds",
  "update-identity-pool IdentityPoolId required": "or IdentityPoolIds",
};

const controls = new Set([
  "region",
  "clear",
  "remove",
  "replace",
  "insertRules",
  "allPages",
  "any",
  "details",
  "countOnly",
  "everything",
  "IdentityPoolIds",
  "where",
  "stop",
  ...Object.keys(poolFilterSchemas),
  ...Object.keys(identityListSchemas),
]);

/** Members of AWS that stand for another member of it. */
const inPlaceOf: Readonly<Record<string, string>> = { IdentityPoolId: "ResourceArn" };

function toolOf(operation: string) {
  const tool = listed.find(({ name }) => name === subcommandOf(operation));
  if (!tool) throw new Error(`no tool for ${operation}`);
  return tool;
}

describe("the same operations everywhere", () => {
  it("are 23", () => expect(names).toHaveLength(23));

  it("in the SDK", () => {
    const commands = Object.keys(sdk).filter((name) => /^[A-Z]\w+Command$/.test(name));
    expect(commands.sort()).toEqual(names.map((name) => `${name}Command`).sort());
  });

  it("in the catalogue, under the CLI's names, bound to their commands", () => {
    const bound = catalogue.map(({ name, command }) => `${name} ${command}`);
    expect(bound.sort()).toEqual(names.map((name) => `${subcommandOf(name)} ${name}Command`).sort());
  });

  it("in the embedded service", () => expect(Object.keys(localOperations).sort()).toEqual([...names].sort()));
});

describe.each(names)("%s", (operation) => {
  const { input, output } = operations[operation] ?? { input: {}, output: {} };
  const tool = toolOf(operation);
  const schema = tool.inputSchema as JsonSchema;

  it("takes the facts' members, and none but them and our controls", () => {
    const isOurs = (member: string) =>
      controls.has(member) ||
      (member in inPlaceOf && (inPlaceOf[member] ?? "") in input) ||
      // The pool of a selection.
      (operation === "DeleteIdentities" && member === "IdentityPoolId");
    const members = Object.keys(schema.properties ?? {}).filter((member) => !isOurs(member));
    expect(members.sort()).toEqual(Object.keys(input).sort());
    expect(schema.additionalProperties).toBe(false);
  });

  it("takes region only where no id or ARN names one", () => {
    const named = ["IdentityPoolId", "IdentityId", "IdentityIdsToDelete", "ResourceArn"].some((id) => id in input);
    expect("region" in (schema.properties ?? {})).toBe(!named);
  });

  it.each(Object.entries(input))("%s has the facts' limits", (member, shape) => {
    const differences = differencesOf(shape, schema.properties?.[member] ?? {}, member);
    if ((shape.required === true) !== (schema.required ?? []).includes(member)) differences.push(`${member} required`);
    expect(differences.filter((difference) => !(`${tool.name} ${difference}` in deliberate))).toEqual([]);
  });

  it("may show the facts' members, and none but them", () => {
    const shown = Object.keys((tool.outputSchema as JsonSchema | undefined)?.properties ?? {});
    expect(shown.sort()).toEqual(Object.keys(output).sort());
  });
});

/** The paths at which a JSON Schema says something else than the facts. */
function differencesOf(shape: Shape, schema: JsonSchema, path: string): string[] {
  const found: string[] = [];
  const same = (what: string, fact: unknown, given: unknown) => {
    if (JSON.stringify(fact) !== JSON.stringify(given)) found.push(`${path} ${what}`);
  };
  switch (shape.type) {
    case "string":
      same("type", "string", schema.type);
      same("enum", shape.enum, schema.enum);
      same("min", shape.min || undefined, limitsOf(schema).minLength);
      same("max", shape.max, limitsOf(schema).maxLength);
      same("pattern", shape.pattern && normal(`^${shape.pattern}$`), normal(limitsOf(schema).pattern));
      break;
    case "integer":
    case "long":
      same("type", "integer", schema.type);
      same("min", shape.min, schema.minimum);
      same("max", shape.max, schema.maximum);
      break;
    case "boolean":
      same("type", "boolean", schema.type);
      break;
    case "list":
      same("type", "array", schema.type);
      same("min", shape.min, schema.minItems);
      same("max", shape.max, schema.maxItems);
      found.push(...differencesOf(shape.member as Shape, schema.items ?? {}, path));
      break;
    case "map": {
      same("type", "object", schema.type);
      same("max", shape.max, schema.maxProperties);
      const values = schema.additionalProperties
        ? [schema.additionalProperties]
        : Object.values(schema.properties ?? {});
      if (values.length === 0) found.push(`${path} values`);
      found.push(...values.flatMap((value) => differencesOf(shape.value as Shape, value, `${path}.*`)));
      break;
    }
    case "structure": {
      const members = shape.members ?? {};
      same("members", Object.keys(members).sort(), Object.keys(schema.properties ?? {}).sort());
      same("closed", false, schema.additionalProperties);
      for (const [name, member] of Object.entries(members)) {
        same(`${name} required`, member.required === true, (schema.required ?? []).includes(name));
        found.push(...differencesOf(member, schema.properties?.[name] ?? {}, `${path}.${name}`));
      }
      break;
    }
    default:
      found.push(`${path} has the unknown type ${shape.type}`);
  }
  return found;
}

/** The limits of a string, of which its pattern may say some: `^x{1,9}$`, and `^x+$`, which is not empty. */
function limitsOf({ minLength, maxLength, pattern }: JsonSchema): JsonSchema {
  const [, run, least, most] = /^(.*)\{(\d+),(\d+)\}\$$/.exec(pattern ?? "") ?? [];
  // A count in the middle is no limit of the whole, and one of nothing is the pattern's own.
  if (run !== undefined && /^\^(\[[^\]]+\]|\\w|\\d)$/.test(run) && Number(least) === 1)
    return { minLength: 1, maxLength: Number(most), pattern: `${run}+$` };
  const least1 = pattern !== undefined && !new RegExp(pattern, "u").test("") ? 1 : undefined;
  const min = minLength ?? least1;
  return {
    ...(min !== undefined && { minLength: min }),
    ...(maxLength !== undefined && { maxLength }),
    ...(pattern !== undefined && { pattern }),
  };
}

/** A pattern with each class written as the characters it takes, whatever the words: two that take the same are one. */
function normal(pattern: string | undefined): string | undefined {
  return pattern?.replaceAll(/\[[^\]]+\]|\\[dswS]/g, rangesOf);
}

const LAST_CODE_POINT = 0x10ffff;
const ranges = new Map<string, string>();

/** The characters that a class takes, found by trying every one. */
function rangesOf(characters: string): string {
  const known = ranges.get(characters);
  if (known !== undefined) return known;
  const one = new RegExp(`^${characters}$`, "u");
  const edges: string[] = [];
  let inside = false;
  for (let point = 0; point <= LAST_CODE_POINT; point += 1) {
    if (one.test(String.fromCodePoint(point)) === inside) continue;
    inside = !inside;
    edges.push(point.toString(16));
  }
  const written = `[${edges.join(" ")}]`;
  ranges.set(characters, written);
  return written;
}

/** Where a call has each pattern of the facts: the tool, its member, that member with a text in it, and what it must match beside. */
type Holder = readonly [tool: string, member: string, holding: (text: string) => unknown, within?: RegExp];

const patterned: Readonly<Record<string, Holder>> = {
  "[\\w\\s+=,.@-]+": ["create-identity-pool", "IdentityPoolName", (text) => text],
  "[\\w.;_/-]+": ["create-identity-pool", "SupportedLoginProviders", (text) => ({ "accounts.google.com": text })],
  "[\\w._-]+": ["create-identity-pool", "DeveloperProviderName", (text) => text],
  "[\\w._:/-]+": [
    "create-identity-pool",
    "CognitoIdentityProviders",
    (ProviderName) => [{ ProviderName, ClientId: "abc" }],
    // The name of a user pool, which the facts do not require.
    /^cognito-idp\.eu-west-1\.amazonaws\.com\/[\w-]+_[0-9a-zA-Z]+$/,
  ],
  "[\\w_]+": [
    "create-identity-pool",
    "CognitoIdentityProviders",
    (ClientId) => [{ ProviderName: "cognito-idp.eu-west-1.amazonaws.com/eu-west-1_a", ClientId }],
  ],
  "[\\w-]+:[0-9a-f-]+": ["describe-identity-pool", "IdentityPoolId", (text) => text],
  "\\d+": ["get-id", "AccountId", (text) => text],
  "[\\S]+": ["list-identities", "NextToken", (text) => text],
  "(un)?authenticated": [
    "set-identity-pool-roles",
    "Roles",
    (kind) => ({ [kind]: "arn:aws:iam::123456789012:role/NAME" }),
  ],
  "[\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}]+": [
    "set-identity-pool-roles",
    "RoleMappings",
    (Claim) => {
      const rule = { Claim, MatchType: "Equals", Value: "v", RoleARN: "arn:aws:iam::123456789012:role/NAME" };
      return { "accounts.google.com": { Type: "Rules", RulesConfiguration: { Rules: [rule] } } };
    },
  ],
};

/** The strings with a pattern in a shape. */
function patternsIn({ member, key, value, members = {}, ...shape }: Shape): Shape[] {
  const inside = [member, key, value, ...Object.values(members)].flatMap((part) => (part ? patternsIn(part) : []));
  return shape.pattern === undefined ? inside : [shape, ...inside];
}

const shapes = Object.values(operations).flatMap(({ input }) => Object.values(input).flatMap(patternsIn));

it("each pattern of the facts is tried", () =>
  expect(Object.keys(patterned).sort()).toEqual([...new Set(shapes.map(({ pattern }) => pattern))].sort()));

it.each(Object.entries(patterned))(
  "%s: a call takes the texts that the facts allow, and no others",
  (pattern, [name, member, holding, within = /^/]) => {
    const schema = catalogue.find((tool) => tool.name === name)?.input.shape[member] as z.ZodType;
    const { min = 0, max = Number.POSITIVE_INFINITY } = shapes.find((shape) => shape.pattern === pattern) ?? {};
    const whole = new RegExp(`^(?:${pattern})$`, "u");
    const unit = fc.oneof(
      { weight: 20, arbitrary: fc.constantFrom(..."aAfFgGzZ09_-.:;,/+=@") },
      { weight: 1, arbitrary: fc.constantFrom(..." \n\t\0\u200b\u2028\ud800é٣\u0301𝒳") },
      { weight: 1, arbitrary: fc.string({ unit: "binary", minLength: 1, maxLength: 1 }) },
    );
    const id = fc
      .tuple(fc.string({ unit }), fc.string({ unit: fc.constantFrom(..."0123456789abcdef-gF") }))
      .map((ends) => ends.join(":"));
    const userPool = fc.string({ unit }).map((end) => `cognito-idp.eu-west-1.amazonaws.com/eu-west-1_${end}`);
    const text = fc.oneof(fc.string({ unit }), id, userPool, fc.constantFrom("authenticated", "unauthenticated"));
    const long = fc
      .tuple(text, fc.constantFrom(max - 1, max, max + 1))
      .map(([start, length]) => start.padEnd(length, "0"));
    fc.assert(
      fc.property(fc.oneof(text, long), (given) => {
        const { length } = [...given];
        const taken = length >= min && length <= max && whole.test(given) && within.test(given);
        expect(schema.safeParse(holding(given)).success).toBe(taken);
      }),
      { numRuns: 2000 },
    );
  },
);

it("the tool list takes at most 5,000 tokens", () =>
  expect(listed.reduce((tokens, tool) => tokens + toolTokens(tool), 0)).toBeLessThanOrEqual(5_000));

describe("what hosts accept", () => {
  const longestPrefix = "mcp__cognito-identity__";
  /** With the reports. */
  const offered = everyTool.map(listTool);

  it.each(offered.map((tool) => [tool.name, tool] as const))("%s", (name, tool) => {
    expect(`${longestPrefix}${name}`).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
    expect(tool.inputSchema.type).toBe("object");
    for (const word of ["anyOf", "oneOf", "allOf", "not", "if", "$ref", "$defs", "propertyNames", "const"])
      expect(JSON.stringify(tool.inputSchema)).not.toContain(`"${word}":`);
    expect(JSON.stringify(tool.inputSchema)).not.toContain("9007199254740991");
    expect(tool.description?.length).toBeGreaterThan(20);
  });

  it.each(offered.map((tool) => [tool.name, tool] as const))(
    "%s is what test/tools/schemas has for review",
    async (name, tool) => {
      await expect(`${JSON.stringify(tool, null, 2)}\n`).toMatchFileSnapshot(`schemas/${name}.json`);
    },
  );

  it("no schema is left of a tool that is gone", () =>
    expect(readdirSync(new URL("schemas", import.meta.url)).sort()).toEqual(
      offered.map(({ name }) => `${name}.json`).sort(),
    ));
});
