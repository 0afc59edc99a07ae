/**
 * The JSON of a policy (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html), taken apart. It
 * checks the form alone; `trust.ts` and `permissions.ts` check what IAM allows where.
 */
import { isRecord } from "../../../util/json.ts";

/** Principals by type: `AWS`, `Service`, `Federated`; or the text `*` in the place of an object. */
export type Principals = Readonly<Record<string, readonly string[]>> | "*";

/** The policy values of each key, by operator: `{"StringEquals": {"KEY": ["VALUE"]}}`. */
export type Conditions = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

/** One of each pair is there at most: a list that matches, or one that matches everything else. */
export interface Statement {
  readonly sid: string | undefined;
  readonly effect: string;
  readonly principals: Principals | undefined;
  readonly notPrincipals: Principals | undefined;
  readonly actions: readonly string[] | undefined;
  readonly notActions: readonly string[] | undefined;
  readonly resources: readonly string[] | undefined;
  readonly notResources: readonly string[] | undefined;
  readonly conditions: Conditions;
}

export interface Policy {
  /** `2008-10-17` where the document has none. */
  readonly version: string;
  readonly statements: readonly Statement[];
}

/** What is wrong with the form of a document. */
export type Flaw =
  | { readonly kind: "json" | "syntax" | "no statement" | "no effect" }
  | { readonly kind: "version" | "field" | "effect"; readonly value: string };

const topFields = ["Version", "Id", "Statement"];
const statementFields = [
  "Sid",
  "Effect",
  "Principal",
  "NotPrincipal",
  "Action",
  "NotAction",
  "Resource",
  "NotResource",
  "Condition",
];
const versions = ["2008-10-17", "2012-10-17"];

/** Raised inside this file alone. */
class FlawError extends Error {
  readonly flaw: Flaw;

  constructor(flaw: Flaw) {
    super(flaw.kind);
    this.flaw = flaw;
  }
}

/** Takes a document apart, or says what is wrong with its form. */
export function readPolicy(text: string): { readonly policy: Policy } | { readonly flaw: Flaw } {
  try {
    return { policy: policyOf(parse(text)) };
  } catch (error) {
    if (error instanceof FlawError) return { flaw: error.flaw };
    throw error;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new FlawError({ kind: "json" });
  }
}

function policyOf(document: unknown): Policy {
  if (!isRecord(document)) throw new FlawError({ kind: "json" });
  const { Version = versions[0], Statement: statement, Id = "" } = document;
  checkFields(document, topFields);
  if (typeof Version !== "string" || typeof Id !== "string") throw new FlawError({ kind: "syntax" });
  if (!versions.includes(Version)) throw new FlawError({ kind: "version", value: Version });
  const statements = Array.isArray(statement) ? statement : statement === undefined ? [] : [statement];
  if (statements.length === 0) throw new FlawError({ kind: "no statement" });
  return { version: Version, statements: statements.map(statementOf) };
}

function statementOf(statement: unknown): Statement {
  if (!isRecord(statement)) throw new FlawError({ kind: "syntax" });
  checkFields(statement, statementFields);
  const { Sid, Effect, Principal, NotPrincipal, Action, NotAction, Resource, NotResource, Condition } = statement;
  if (Effect === undefined) throw new FlawError({ kind: "no effect" });
  if (typeof Effect !== "string") throw new FlawError({ kind: "syntax" });
  if (Effect !== "Allow" && Effect !== "Deny") throw new FlawError({ kind: "effect", value: Effect });
  if (Sid !== undefined && typeof Sid !== "string") throw new FlawError({ kind: "syntax" });
  const pairs = [
    [Principal, NotPrincipal],
    [Action, NotAction],
    [Resource, NotResource],
  ];
  if (pairs.some((pair) => pair.every((element) => element !== undefined))) throw new FlawError({ kind: "syntax" });
  return {
    sid: Sid,
    effect: Effect,
    principals: principalsOf(Principal),
    notPrincipals: principalsOf(NotPrincipal),
    actions: textsOf(Action),
    notActions: textsOf(NotAction),
    resources: textsOf(Resource),
    notResources: textsOf(NotResource),
    conditions: conditionsOf(Condition),
  };
}

function checkFields(element: object, known: readonly string[]): void {
  const value = Object.keys(element).find((name) => !known.includes(name));
  if (value !== undefined) throw new FlawError({ kind: "field", value });
}

function textsOf(value: unknown): readonly string[] | undefined {
  if (value === undefined) return undefined;
  const texts = Array.isArray(value) ? value : [value];
  if (!texts.every((text) => typeof text === "string")) throw new FlawError({ kind: "syntax" });
  return texts;
}

function principalsOf(value: unknown): Principals | undefined {
  if (value === undefined || value === "*") return value;
  if (!isRecord(value)) throw new FlawError({ kind: "syntax" });
  return mapValues(value, (texts) => textsOf(texts) ?? []);
}

function conditionsOf(value: unknown): Conditions {
  if (value === undefined) return {};
  if (!isRecord(value)) throw new FlawError({ kind: "syntax" });
  const conditions = mapValues(value, (keys) => {
    if (!isRecord(keys)) throw new FlawError({ kind: "syntax" });
    return mapValues(keys, conditionValues);
  });
  checkCase(Object.values(conditions).flatMap((keys) => Object.keys(keys)));
  return conditions;
}

/**
 * A key may be under several operators, but in one capitalization
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html, "Duplicate keys with different case").
 */
function checkCase(keys: readonly string[]): void {
  const spellings = new Map<string, string>();
  for (const key of keys) {
    const first = spellings.get(key.toLowerCase()) ?? key;
    if (first !== key) throw new FlawError({ kind: "syntax" });
    spellings.set(key.toLowerCase(), key);
  }
}

/** Booleans and numbers may be written without quotes. */
function conditionValues(value: unknown): readonly string[] {
  return [value].flat().map((entry) => {
    if (typeof entry !== "string" && typeof entry !== "boolean" && typeof entry !== "number")
      throw new FlawError({ kind: "syntax" });
    return String(entry);
  });
}

function mapValues<Value>(fields: object, change: (value: unknown) => Value): Readonly<Record<string, Value>> {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, change(value)]));
}
