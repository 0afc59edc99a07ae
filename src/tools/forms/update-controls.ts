/** Our own members of the updates that merge: `clear`, `remove`, `replace` and `insertRules`, and what contradicts itself in them. */
import * as z from "zod";
import { isNamedBy } from "../../plans/update/merge.ts";
import { nameOf, rulesOf } from "../../plans/update/rules.ts";
import { type Fields, isRecord } from "../../util/json.ts";
import { clientId, mappingRule, tagKey } from "../members.ts";
import { listOf, problemText } from "../problems.ts";

/** The members of a merging update that are emptied first. */
export function clear<const Members extends readonly [string, ...string[]]>(members: Members) {
  return z.array(z.enum(members)).describe("Members to empty before the others are set").optional();
}

const name = z.string().min(1).max(128);
const arn = z.string().min(1).max(2048);

/** How an entry is named: by a text, or by an object. The schema that clients see says neither, because some hosts take no alternatives. */
interface Naming {
  readonly text: z.ZodType;
  readonly object?: z.ZodType;
  /** The forms in words, after `must be`. */
  readonly words: string;
}

const namings = {
  SupportedLoginProviders: {
    text: name.refine((provider) => !provider.includes(";"), "names a provider, without its value"),
    words: "the domain of a provider",
  },
  OpenIdConnectProviderARNs: { text: arn, words: "an ARN" },
  CognitoIdentityProviders: {
    text: name,
    object: z.strictObject({ ProviderName: name, ClientId: clientId }),
    words: "a ProviderName, or an object with ProviderName and ClientId",
  },
  SamlProviderARNs: { text: arn, words: "an ARN" },
  IdentityPoolTags: { text: tagKey, words: "the key of a tag" },
  Roles: { text: z.enum(["authenticated", "unauthenticated"]), words: "authenticated or unauthenticated" },
  RoleMappings: {
    text: name,
    object: z
      .strictObject({
        provider: name,
        Claim: z.string().min(1).max(64).optional(),
        MatchType: mappingRule.shape.MatchType.optional(),
        Value: name.optional(),
      })
      .refine(
        (rule) => rule.Claim !== undefined || rule.MatchType !== undefined || rule.Value !== undefined,
        "needs Claim, MatchType or Value, which name the rules; to remove the whole mapping, give the provider's key as text",
      ),
    words: "a provider's key, or an object with provider and Claim, MatchType, Value of its rules",
  },
  PrincipalTags: { text: name, words: "the key of a tag" },
} as const satisfies Readonly<Record<string, Naming>>;

type Removable = keyof typeof namings;

/** What is taken out, by member: a list of names for each. */
export function remove<const Members extends readonly [Removable, ...Removable[]]>(members: Members, words: string) {
  return z
    .partialRecord(z.enum(members), z.array(z.unknown()))
    .superRefine((given, context) => {
      for (const [member, entries] of Object.entries(given))
        for (const [index, entry] of (entries as readonly unknown[]).entries()) {
          const naming: Naming = namings[member as Removable];
          const schema = isRecord(entry) ? naming.object : typeof entry === "string" ? naming.text : undefined;
          const checked = schema?.safeParse(entry, { error: problemText });
          if (!checked) context.addIssue({ code: "custom", path: [member, index], message: `must be ${naming.words}` });
          else if (!checked.success)
            for (const issue of checked.error.issues)
              context.addIssue({
                code: "custom",
                path: [member, index, ...issue.path],
                message: issue.code === "unrecognized_keys" ? `must be ${naming.words}` : issue.message,
              });
        }
    })
    .describe(words)
    .optional();
}

/** Members whose given value is taken as it is, without what is there. */
export function replace(members: readonly string[]) {
  return z
    .array(
      z.string().refine((member) => members.includes(member.replace(/^RoleMappings\..+$/s, "RoleMappings")), {
        error: `must be ${listOf(members, "or")}${members.includes("RoleMappings") ? ", or RoleMappings.KEY for one provider" : ""}`,
      }),
    )
    .describe("Members whose given value replaces all of the present one")
    .optional();
}

const ruleNumber = z.int().min(1);
const positionText = 'must be "first", "last", {before: N} or {after: N}, N being the number of a present rule, from 1';

/** Where rules go that join those of a role mapping. */
export const insertRules = z
  .unknown()
  .transform((given, context): "first" | "last" | { before: number } | { after: number } => {
    const position = z
      .union([z.enum(["first", "last"]), z.strictObject({ before: ruleNumber }), z.strictObject({ after: ruleNumber })])
      .safeParse(given);
    if (position.success) return position.data;
    context.addIssue({ code: "custom", message: positionText });
    return z.NEVER;
  })
  .describe('Place of added rules: "last" (default), "first", {before: N} or {after: N}, N from 1')
  .optional();

interface Contradiction {
  readonly member: string;
  readonly message: string;
}

/** What a call says against itself: a member, or an entry of one, that is to be removed and to be set. */
export function contradictionsIn(input: Fields): Contradiction[] {
  const cleared = namesIn(input["clear"]);
  const replaced = namesIn(input["replace"]);
  const removed = isRecord(input["remove"]) ? input["remove"] : {};
  return [
    ...Object.keys(removed).flatMap((member) => {
      if (cleared.includes(member))
        return [{ member: `remove.${member}`, message: `${member} is in clear too, which removes all of it` }];
      if (replaced.includes(member))
        return [
          {
            member: `remove.${member}`,
            message: `${member} is in replace too: give the entries that remain, or remove some`,
          },
        ];
      return both(member, input[member], removed[member]);
    }),
    ...replaced.flatMap((member) => withoutValue(member, input)),
    ...placeWithoutRules(input),
    ...rulesTwice(input["RoleMappings"], [...cleared, ...replaced]),
  ];
}

/** An entry that is removed and given. A rule is not: that moves it. Nor is an app client of a user pool that is removed whole. */
function both(member: string, given: unknown, removals: unknown): Contradiction[] {
  const names = Array.isArray(removals) ? removals : [];
  const isBoth = names.some((name) => {
    if (Array.isArray(given))
      return given.some((entry) => (isRecord(entry) ? isRecord(name) && isNamedBy(entry, name) : entry === name));
    return isRecord(given) && typeof name === "string" && Object.hasOwn(given, name);
  });
  const way = member === "RoleMappings" ? ". To replace one mapping, name RoleMappings.KEY in replace" : "";
  return isBoth ? [{ member: `remove.${member}`, message: `names an entry that ${member} gives${way}` }] : [];
}

function withoutValue(name: string, input: Fields): Contradiction[] {
  const [member = "", ...rest] = name.split(".");
  const key = rest.join(".");
  const value = input[member];
  const isGiven = key === "" ? value !== undefined : isRecord(value) && Object.hasOwn(value, key);
  return isGiven
    ? []
    : [{ member: "replace", message: `${member} has no new value in this call. Give it, or name the member in clear` }];
}

/** Keys of the given mappings that have rules. */
function withRules(mappings: unknown): [key: string, rules: readonly Fields[]][] {
  return Object.entries(isRecord(mappings) ? mappings : {})
    .map(([key, mapping]): [string, readonly Fields[]] => [key, rulesOf(mapping)])
    .filter(([, rules]) => rules.length > 0);
}

function placeWithoutRules({ insertRules: place, RoleMappings }: Fields): Contradiction[] {
  if (place === undefined) return [];
  const count = withRules(RoleMappings).length;
  if (count === 0)
    return [{ member: "insertRules", message: "says where added rules go, and RoleMappings gives none" }];
  return isRecord(place) && count > 1
    ? [
        {
          member: "insertRules",
          message: "names a rule of one provider, and RoleMappings gives rules of several. Call once for each",
        },
      ]
    : [];
}

/** Rules that differ in their role alone. Where they join others, each is to be the one. */
function rulesTwice(mappings: unknown, whole: readonly string[]): Contradiction[] {
  if (whole.includes("RoleMappings")) return [];
  return withRules(mappings)
    .filter(([key, rules]) => !whole.includes(`RoleMappings.${key}`) && new Set(rules.map(nameOf)).size < rules.length)
    .map(([key]) => ({
      member: `RoleMappings.${key}`,
      message: "gives two rules with the same Claim, MatchType and Value, of which only the first can match",
    }));
}

function namesIn(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === "string") : [];
}
