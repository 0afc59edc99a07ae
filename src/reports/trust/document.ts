/**
 * Reads a trust policy, which anybody wrote who may write roles: it is bounded, and what IAM's grammar does not allow is named. See
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html.
 */
import { type Fields, isRecord } from "../../util/json.ts";
import { knowsOperator } from "./operators.ts";

/** A trust policy. */
export interface TrustPolicy {
  /** Policy variables exist since 2012-10-17: in a policy without it, `${…}` is text. */
  readonly version: "2008-10-17" | "2012-10-17";
  readonly statements: readonly Statement[];
}

export interface Statement {
  /** Its place, from 1. */
  readonly number: number;
  readonly sid: string | undefined;
  readonly effect: "Allow" | "Deny";
  readonly principal: PrincipalElement;
  /** Without patterns, the statement is about no action, also with `not`. */
  readonly actions: { readonly not: boolean; readonly patterns: readonly string[] };
  readonly conditions: readonly Condition[];
}

/**
 * Whom a statement is about: everybody, or those that it names. Nobody where it names none: "Empty object principal" in
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html. With `not`, all others: IAM takes no such trust policy any more
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html), and one from before holds as it reads.
 */
export interface PrincipalElement {
  readonly not: boolean;
  readonly everybody: boolean;
  readonly named: readonly { readonly type: string; readonly name: string }[];
}

/** One key under one operator. */
export interface Condition {
  /** As it is written, such as `ForAnyValue:StringLike`. */
  readonly operator: string;
  readonly key: string;
  readonly wanted: readonly string[];
}

/** Why a document is not a trust policy. */
export interface Malformed {
  readonly fault: Fault;
  /** The statement, from 1; undefined where it is the document as a whole. */
  readonly statement: number | undefined;
}

/** What can be wrong, as a sentence without anything of the document. */
export const faults = {
  size: "The document is larger than IAM allows for a trust policy.",
  json: "The document is not valid JSON.",
  shape: "The document is not a JSON object with a Statement.",
  member: "A member is not one of a trust policy.",
  version: "Version is not 2008-10-17 or 2012-10-17.",
  effect: "Effect is not Allow or Deny.",
  principal: "The statement has no valid Principal.",
  action: "The statement has no valid Action.",
  resource: "IAM does not allow Resource in a trust policy.",
  condition: "Condition is not an object of operators, keys and values.",
  operator: "A condition operator does not exist.",
  keys: "A condition key is there more than once, in different case.",
} as const;

type Fault = keyof typeof faults;

/** The longest document that IAM's API takes. */
const MAX_CHARACTERS = 131_072;

/**
 * Characters without white space. The quota for a trust policy is 2,048, and can be raised to 4,096; what is more than this was not
 * written by IAM. See https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html.
 */
const MAX_SIGNIFICANT = 10_240;

class MalformedError extends Error {
  override readonly name = "MalformedError";
  readonly fault: Fault;
  constructor(fault: Fault) {
    super(faults[fault]);
    this.fault = fault;
  }
}

/** Reads a trust policy. Never throws. */
export function readTrustPolicy(text: string): TrustPolicy | Malformed {
  let statement: number | undefined;
  try {
    const document = parse(text);
    onlyMembers(document, ["Version", "Id", "Statement"]);
    const { Version: version = "2008-10-17", Id: id } = document;
    if (version !== "2008-10-17" && version !== "2012-10-17") throw new MalformedError("version");
    if (id !== undefined && typeof id !== "string") throw new MalformedError("shape");
    const entries = [document["Statement"]].flat();
    if (document["Statement"] === undefined || entries.length === 0) throw new MalformedError("shape");
    const statements = entries.map((entry, at) => {
      statement = at + 1;
      return readStatement(entry, at + 1);
    });
    return { version, statements };
  } catch (error) {
    if (error instanceof MalformedError) return { fault: error.fault, statement };
    throw error;
  }
}

export function isMalformed(policy: TrustPolicy | Malformed): policy is Malformed {
  return "fault" in policy;
}

function parse(text: string): Fields {
  if (text.length > MAX_CHARACTERS || text.replace(/\s/g, "").length > MAX_SIGNIFICANT)
    throw new MalformedError("size");
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw new MalformedError("json");
  }
  if (!isRecord(document)) throw new MalformedError("shape");
  return document;
}

function onlyMembers(value: Fields, allowed: readonly string[]): void {
  if (Object.keys(value).some((name) => !allowed.includes(name))) throw new MalformedError("member");
}

function readStatement(value: unknown, number: number): Statement {
  if (!isRecord(value)) throw new MalformedError("shape");
  if ("Resource" in value || "NotResource" in value) throw new MalformedError("resource");
  onlyMembers(value, ["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Condition"]);
  const { Sid: sid, Effect: effect } = value;
  if (sid !== undefined && typeof sid !== "string") throw new MalformedError("shape");
  if (effect !== "Allow" && effect !== "Deny") throw new MalformedError("effect");
  return {
    number,
    sid,
    effect,
    principal: readPrincipals(value),
    actions: readActions(value),
    conditions: readConditions(value["Condition"]),
  };
}

const principalTypes = ["AWS", "Federated", "Service", "CanonicalUser"];

function readPrincipals(statement: Fields): PrincipalElement {
  if ("Principal" in statement === "NotPrincipal" in statement) throw new MalformedError("principal");
  const not = "NotPrincipal" in statement;
  const value = not ? statement["NotPrincipal"] : statement["Principal"];
  if (value === "*") return { not, everybody: true, named: [] };
  if (!isRecord(value)) throw new MalformedError("principal");
  const named = Object.entries(value).flatMap(([type, names]) => {
    if (!principalTypes.includes(type)) throw new MalformedError("principal");
    return texts(names, "principal").map((name) => ({ type, name }));
  });
  return { not, everybody: named.some(({ type, name }) => type === "AWS" && name === "*"), named };
}

function readActions(value: Fields): Statement["actions"] {
  if ("Action" in value === "NotAction" in value) throw new MalformedError("action");
  const not = "NotAction" in value;
  const patterns = texts(not ? value["NotAction"] : value["Action"], "action");
  if (patterns.some((pattern) => pattern !== "*" && !/^[\w*?-]+:[\w*?]+$/.test(pattern)))
    throw new MalformedError("action");
  return { not, patterns };
}

/**
 * A key in different case within one Condition is an error: "Duplicate keys with different case" in
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html.
 */
function readConditions(value: unknown): Condition[] {
  if (value === undefined) return [];
  if (!isRecord(value)) throw new MalformedError("condition");
  const written = new Set(Object.values(value).flatMap((keys) => (isRecord(keys) ? Object.keys(keys) : [])));
  if (new Set([...written].map((key) => key.toLowerCase())).size < written.size) throw new MalformedError("keys");
  return Object.entries(value).flatMap(([operator, keys]) => {
    if (!knowsOperator(operator)) throw new MalformedError("operator");
    if (!isRecord(keys)) throw new MalformedError("condition");
    return Object.entries(keys).map(([key, wanted]) => ({ operator, key, wanted: conditionValues(wanted) }));
  });
}

/** A list of texts, of which one alone may stand without the list. The list may be empty: then the statement has no effect. */
function texts(value: unknown, fault: Fault): string[] {
  const list = [value].flat();
  if (!list.every((entry) => typeof entry === "string")) throw new MalformedError(fault);
  return list;
}

/** Values of a condition. Numbers and booleans may stand without quotation marks. */
function conditionValues(value: unknown): string[] {
  const list = [value].flat();
  if (!list.every((entry) => ["string", "number", "boolean"].includes(typeof entry)))
    throw new MalformedError("condition");
  return list.map(String);
}
