/**
 * Trust policies in situations, with the answer that IAM's documentation gives. Each row names its rule and the page of the IAM user
 * guide that has it; rows of which the page begins with `inferred` follow from no page, and say what this program assumes.
 */
import { expect, it } from "vitest";
import { createContext } from "../../../src/reports/trust/context.ts";
import { decide } from "../../../src/reports/trust/decide.ts";
import { isMalformed, readTrustPolicy } from "../../../src/reports/trust/document.ts";

const COGNITO = "cognito-identity.amazonaws.com";
const AUD = `${COGNITO}:aud`;
const AMR = `${COGNITO}:amr`;
const SUB = `${COGNITO}:sub`;
const POOL = "eu-west-1:11111111-1111-4111-8111-111111111111";
const OTHER = "eu-west-1:22222222-2222-4222-8222-222222222222";

/** What a request brings beside the service as its principal and AssumeRoleWithWebIdentity as its action. */
type Situation = Readonly<Record<string, readonly string[]>>;

const guest: Situation = { [AUD]: [POOL], [AMR]: ["unauthenticated"], [SUB]: ["eu-west-1:a"] };
const user: Situation = { ...guest, [AMR]: ["authenticated", "accounts.google.com", "accounts.google.com:OIDC:1"] };

const allow = (parts: object = {}) => ({
  Effect: "Allow",
  Principal: { Federated: COGNITO },
  Action: "sts:AssumeRoleWithWebIdentity",
  ...parts,
});
const deny = (parts: object = {}) => allow({ ...parts, Effect: "Deny" });
const when = (Condition: object) => allow({ Condition });
const document = (...Statement: unknown[]) => ({ Version: "2012-10-17", Statement });
const old = (...Statement: unknown[]) => ({ Version: "2008-10-17", Statement });

const documented = {
  [AUD]: POOL,
};
const safeGuest = when({ StringEquals: documented, "ForAnyValue:StringLike": { [AMR]: "unauthenticated" } });
const safeUser = when({ StringEquals: documented, "ForAnyValue:StringLike": { [AMR]: "authenticated" } });

/** A policy variable. */
const variable = (name: string) => `\${${name}}`;

type Answer = "allowed" | "denied" | "not allowed" | "unknown" | "malformed";
type Row = readonly [page: string, rule: string, policy: object | string, situation: Situation, answer: Answer];

const key = (value: string | readonly string[]): Situation => ({ ...guest, k: [value].flat() });
const times = { ...guest, "aws:CurrentTime": ["2026-11-30T12:00:00Z"], "aws:EpochTime": ["1796040000"] };

const rows: readonly Row[] = [
  // How a decision is made.
  ["evaluation-logic", "an Allow that applies allows", document(allow()), guest, "allowed"],
  [
    "evaluation-logic",
    "without an Allow nothing is allowed",
    document(deny({ Action: "sts:Other" })),
    guest,
    "not allowed",
  ],
  ["evaluation-logic", "an explicit Deny wins", document(allow(), deny()), guest, "denied"],
  ["evaluation-logic", "and wins whatever its place", document(deny(), allow()), guest, "denied"],
  ["evaluation-logic", "a Deny alone is a denial", document(deny()), guest, "denied"],
  [
    "evaluation-logic",
    "a Deny whose condition fails denies nothing",
    document(allow(), deny({ Condition: { StringEquals: { [AUD]: OTHER } } })),
    guest,
    "allowed",
  ],
  [
    "evaluation-logic",
    "one Allow of several is enough",
    document(when({ StringEquals: { [AUD]: OTHER } }), allow()),
    guest,
    "allowed",
  ],
  ["grammar", "one statement needs no list", { Version: "2012-10-17", Statement: allow() }, guest, "allowed"],
  [
    "grammar",
    "Id and Sid change nothing",
    { Version: "2012-10-17", Id: "x", Statement: [allow({ Sid: "y" })] },
    guest,
    "allowed",
  ],
  ["grammar", "without Version, the policy is one of 2008-10-17", { Statement: allow() }, guest, "allowed"],

  // The documented policies of identity pools.
  ["cognito: role-trust-and-permissions", "the guests' role takes guests", document(safeGuest), guest, "allowed"],
  ["cognito: role-trust-and-permissions", "the guests' role takes no users", document(safeGuest), user, "not allowed"],
  ["cognito: role-trust-and-permissions", "the users' role takes users", document(safeUser), user, "allowed"],
  ["cognito: role-trust-and-permissions", "the users' role takes no guests", document(safeUser), guest, "not allowed"],
  [
    "cognito: role-trust-and-permissions",
    "another pool's identities do not come in",
    document(safeGuest),
    { ...guest, [AUD]: [OTHER] },
    "not allowed",
  ],
  [
    "cognito: role-trust-and-permissions",
    "amr can be the name of a provider",
    document(when({ "ForAnyValue:StringLike": { [AMR]: "accounts.google.com" } })),
    user,
    "allowed",
  ],
  [
    "cognito: role-trust-and-permissions",
    "of another provider it fails",
    document(when({ "ForAnyValue:StringLike": { [AMR]: "graph.facebook.com" } })),
    user,
    "not allowed",
  ],
  [
    "cognito: attributes for access control",
    "the session tags need an action of their own",
    document(safeUser),
    { ...user, action: ["sts:TagSession"] },
    "not allowed",
  ],
  [
    "cognito: attributes for access control",
    "and have it with both actions",
    document({ ...safeUser, Action: ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"] }),
    { ...user, action: ["sts:TagSession"] },
    "allowed",
  ],
  [
    "cognito: attributes for access control",
    "the action may have a statement of its own",
    document(safeUser, { ...safeUser, Action: "sts:TagSession" }),
    { ...user, action: ["sts:TagSession"] },
    "allowed",
  ],
  [
    "govcloud: Amazon Cognito",
    "GovCloud (US-West) has a principal of its own",
    document(allow({ Principal: { Federated: "cognito-identity-us-gov.amazonaws.com" } })),
    { ...guest, federated: ["cognito-identity-us-gov.amazonaws.com"] },
    "allowed",
  ],
  [
    "govcloud: Amazon Cognito",
    "the principal of another partition is another principal",
    document(allow()),
    { ...guest, federated: ["cognito-identity-us-gov.amazonaws.com"] },
    "not allowed",
  ],

  // Principal.
  [
    "elements_principal",
    "a federated principal names its provider",
    document(allow({ Principal: { Federated: "accounts.google.com" } })),
    guest,
    "not allowed",
  ],
  [
    "elements_principal",
    "several principals are alternatives",
    document(allow({ Principal: { Federated: ["accounts.google.com", COGNITO] } })),
    guest,
    "allowed",
  ],
  [
    "elements_principal",
    "principals of several types are alternatives",
    document(allow({ Principal: { Service: "ec2.amazonaws.com", Federated: COGNITO } })),
    guest,
    "allowed",
  ],
  [
    "elements_principal",
    "a service principal is none of a provider",
    document(allow({ Principal: { Service: COGNITO } })),
    guest,
    "not allowed",
  ],
  [
    "elements_principal",
    "an account is none of a provider",
    document(allow({ Principal: { AWS: "arn:aws:iam::123456789012:root" } })),
    guest,
    "not allowed",
  ],
  // IAM refuses to save "*" in a trust policy, as users report. For other policies, the page says that both are everybody.
  ["inferred from elements_principal", "* is everybody", document(allow({ Principal: "*" })), guest, "allowed"],
  [
    "inferred from elements_principal",
    'and {"AWS": "*"} the same',
    document(allow({ Principal: { AWS: "*" } })),
    guest,
    "allowed",
  ],
  [
    "elements_principal",
    "* does not stand for a part of a name",
    document(allow({ Principal: { Federated: "cognito-identity.*" } })),
    guest,
    "not allowed",
  ],
  [
    "elements_principal",
    "* is everybody only alone and for AWS",
    document(allow({ Principal: { Federated: "*" } })),
    guest,
    "not allowed",
  ],
  [
    "elements_principal",
    "a trust policy needs a principal",
    document(allow({ Principal: undefined })),
    guest,
    "malformed",
  ],
  [
    "access-analyzer: empty object principal",
    "a statement without principals has no effect",
    document(allow({ Principal: {} })),
    guest,
    "not allowed",
  ],
  [
    "access-analyzer: empty object principal",
    "and the others have theirs",
    document(allow({ Principal: {} }), allow()),
    guest,
    "allowed",
  ],
  [
    "access-analyzer: empty array principal",
    "likewise with an empty list of principals",
    document(deny({ Principal: { Federated: [] } }), allow()),
    guest,
    "allowed",
  ],
  [
    "inferred from access-analyzer: empty array principal",
    "NotPrincipal without principals has no effect either",
    document(deny({ Principal: undefined, NotPrincipal: {} }), allow()),
    guest,
    "allowed",
  ],
  ["grammar", "the types of principals are fixed", document(allow({ Principal: { Group: "x" } })), guest, "malformed"],
  ["grammar", "a principal is a string", document(allow({ Principal: { Federated: 1 } })), guest, "malformed"],
  [
    // "You cannot use the NotPrincipal element in […] an IAM role trust policy": elements_notprincipal. It holds as in other policies.
    "inferred from elements_notprincipal",
    "NotPrincipal is all others",
    document(allow(), deny({ Principal: undefined, NotPrincipal: { Federated: COGNITO } })),
    guest,
    "allowed",
  ],
  [
    "inferred from elements_notprincipal",
    "which a Deny can be for",
    document(allow(), deny({ Principal: undefined, NotPrincipal: { Federated: "accounts.google.com" } })),
    guest,
    "denied",
  ],
  [
    "grammar",
    "Principal and NotPrincipal exclude each other",
    document(allow({ NotPrincipal: { Federated: COGNITO } })),
    guest,
    "malformed",
  ],

  // Action.
  [
    "elements_action",
    "an action has no case",
    document(allow({ Action: "STS:assumerolewithWEBidentity" })),
    guest,
    "allowed",
  ],
  [
    "elements_action",
    "* stands for any characters of a name",
    document(allow({ Action: "sts:AssumeRole*" })),
    guest,
    "allowed",
  ],
  ["elements_action", "* stands for all actions of a service", document(allow({ Action: "sts:*" })), guest, "allowed"],
  ["elements_action", "* alone is every action", document(allow({ Action: "*" })), guest, "allowed"],
  [
    "elements_action",
    "? stands for one character",
    document(allow({ Action: "sts:AssumeRoleWithWebIdentit?" })),
    guest,
    "allowed",
  ],
  [
    "elements_action",
    "? is exactly one",
    document(allow({ Action: "sts:AssumeRoleWithWebIdentity?" })),
    guest,
    "not allowed",
  ],
  [
    "elements_action",
    "AssumeRole is another action",
    document(allow({ Action: "sts:AssumeRole" })),
    guest,
    "not allowed",
  ],
  [
    "elements_action",
    "AssumeRoleWithSAML is another action",
    document(allow({ Action: "sts:AssumeRoleWithSAML" })),
    guest,
    "not allowed",
  ],
  [
    "elements_action",
    "one of several is enough",
    document(allow({ Action: ["sts:AssumeRole", "sts:AssumeRoleWithWebIdentity"] })),
    guest,
    "allowed",
  ],
  [
    "elements_notaction",
    "NotAction is all others",
    document(allow({ Action: undefined, NotAction: "sts:AssumeRole" })),
    guest,
    "allowed",
  ],
  [
    "elements_notaction",
    "and not what it names",
    document(allow({ Action: undefined, NotAction: "sts:AssumeRoleWith*" })),
    guest,
    "not allowed",
  ],
  ["grammar", "Action and NotAction exclude each other", document(allow({ NotAction: "sts:X" })), guest, "malformed"],
  ["grammar", "a statement needs an action", document(allow({ Action: undefined })), guest, "malformed"],
  ["grammar", "an action has a service", document(allow({ Action: "AssumeRoleWithWebIdentity" })), guest, "malformed"],
  [
    "access-analyzer: empty array action",
    "a statement without actions has no effect",
    document(allow({ Action: [] })),
    guest,
    "not allowed",
  ],
  [
    "access-analyzer: empty array action",
    "and the others have theirs",
    document(allow({ Action: [] }), allow()),
    guest,
    "allowed",
  ],
  [
    "access-analyzer: empty array action",
    "NotAction without actions has no effect either",
    document(deny({ Action: undefined, NotAction: [] }), allow()),
    guest,
    "allowed",
  ],

  // Several conditions, keys and values.
  [
    "multi-value-conditions",
    "all operators must hold",
    document(when({ StringEquals: { [AUD]: POOL }, StringLike: { [SUB]: "us-*" } })),
    guest,
    "not allowed",
  ],
  [
    "multi-value-conditions",
    "all keys of an operator must hold",
    document(when({ StringEquals: { [AUD]: POOL, [SUB]: "eu-west-1:b" } })),
    guest,
    "not allowed",
  ],
  [
    "multi-value-conditions",
    "one value of a key is enough",
    document(when({ StringEquals: { [AUD]: [OTHER, POOL] } })),
    guest,
    "allowed",
  ],
  [
    "multi-value-conditions",
    "of a negated operator no value may match",
    document(when({ StringNotEquals: { [AUD]: [OTHER, POOL] } })),
    guest,
    "not allowed",
  ],
  [
    "elements_condition",
    "names of keys have no case",
    document(when({ StringEquals: { [AUD.toUpperCase()]: POOL } })),
    guest,
    "allowed",
  ],
  [
    "elements_condition",
    "values have one",
    document(when({ StringEquals: { [AUD]: POOL.toUpperCase() } })),
    guest,
    "not allowed",
  ],

  // Keys that the request does not have.
  [
    "condition_operators",
    "without the key a condition fails",
    document(when({ StringEquals: { "cognito-identity.amazon.com:aud": POOL } })),
    guest,
    "not allowed",
  ],
  [
    "condition_operators",
    "without the key a negated condition holds",
    document(when({ StringNotEquals: { missing: "x" } })),
    guest,
    "allowed",
  ],
  [
    "condition_operators",
    "likewise StringNotLike",
    document(when({ StringNotLike: { missing: "*" } })),
    guest,
    "allowed",
  ],
  [
    "condition_operators",
    "likewise ArnNotLike",
    document(when({ ArnNotLike: { missing: "arn:*:*:*:*:*" } })),
    guest,
    "allowed",
  ],
  [
    "condition_operators",
    "likewise NotIpAddress",
    document(when({ NotIpAddress: { missing: "0.0.0.0/0" } })),
    guest,
    "allowed",
  ],
  [
    "condition_operators",
    "IfExists holds without the key",
    document(when({ StringEqualsIfExists: { missing: "x" } })),
    guest,
    "allowed",
  ],
  [
    "condition_operators",
    "IfExists with the key is as without it",
    document(when({ StringEqualsIfExists: { [AUD]: OTHER } })),
    guest,
    "not allowed",
  ],
  [
    "condition_operators",
    "a Deny with a negated IfExists applies without the key",
    document(allow(), deny({ Condition: { StringNotEqualsIfExists: { missing: "x" } } })),
    guest,
    "denied",
  ],
  [
    "condition_operators",
    "NumericLessThan without the key fails",
    document(when({ NumericLessThan: { missing: "1" } })),
    guest,
    "not allowed",
  ],
  [
    "condition_operators",
    "DateLessThanIfExists without the key holds",
    document(when({ DateLessThanIfExists: { missing: "2020-01-01" } })),
    guest,
    "allowed",
  ],
  [
    "condition_operators",
    "Null true holds without the key",
    document(when({ Null: { missing: "true" } })),
    guest,
    "allowed",
  ],
  [
    "condition_operators",
    "Null true fails with the key",
    document(when({ Null: { [AUD]: "true" } })),
    guest,
    "not allowed",
  ],
  [
    "condition_operators",
    "Null false holds with the key",
    document(when({ Null: { [AUD]: "false" } })),
    guest,
    "allowed",
  ],
  [
    "condition_operators",
    "Null false fails without the key",
    document(when({ Null: { missing: "false" } })),
    guest,
    "not allowed",
  ],
  [
    "condition_operators",
    "Null takes a boolean without quotation marks",
    document(when({ Null: { [AUD]: false } })),
    guest,
    "allowed",
  ],
  [
    "access-analyzer: null with if exists",
    "Null takes no IfExists",
    document(when({ NullIfExists: { [AUD]: "false" } })),
    guest,
    "malformed",
  ],
  [
    "access-analyzer: null with qualifier",
    "ForAllValues:Null always holds",
    document(when({ "ForAllValues:Null": { [AUD]: "true", missing: "false" } })),
    guest,
    "allowed",
  ],
  [
    "access-analyzer: null with qualifier",
    "ForAnyValue:Null never does",
    document(when({ "ForAnyValue:Null": { [AUD]: "false" } })),
    guest,
    "not allowed",
  ],
  [
    "access-analyzer: null with qualifier",
    "also without the key",
    document(when({ "ForAnyValue:Null": { missing: "true" } })),
    guest,
    "not allowed",
  ],
  [
    "access-analyzer: null with if exists",
    "with a set operator neither",
    document(when({ "ForAllValues:NullIfExists": { [AUD]: "false" } })),
    guest,
    "malformed",
  ],
  [
    "access-analyzer: empty array condition",
    "a condition without values: it is true, and its statement gives no permissions",
    document(when({ StringEquals: { [AUD]: [] } })),
    guest,
    "unknown",
  ],
  [
    "access-analyzer: empty array condition",
    "likewise negated",
    document(when({ StringNotEquals: { [AUD]: [] } })),
    guest,
    "unknown",
  ],
  [
    "access-analyzer: empty array condition",
    "likewise Null",
    document(allow(), deny({ Condition: { Null: { missing: [] } } })),
    guest,
    "unknown",
  ],
  [
    "access-analyzer: empty array condition",
    "which decides nothing where another condition fails",
    document(when({ StringEquals: { [AUD]: [], [SUB]: "other" } })),
    guest,
    "not allowed",
  ],
  [
    "multi-valued-context-keys",
    "a value that is empty is null",
    document(when({ Null: { k: "true" } })),
    key(""),
    "allowed",
  ],

  // Strings.
  [
    "condition_operators",
    "StringEquals knows no wildcards",
    document(when({ StringEquals: { [AUD]: "eu-west-1:*" } })),
    guest,
    "not allowed",
  ],
  [
    "condition_operators",
    "StringLike knows *",
    document(when({ StringLike: { [AUD]: "eu-west-1:*" } })),
    guest,
    "allowed",
  ],
  [
    "condition_operators",
    "* stands for no characters too",
    document(when({ StringLike: { [AUD]: `*${POOL}*` } })),
    guest,
    "allowed",
  ],
  [
    "condition_operators",
    "StringLike knows ?",
    document(when({ StringLike: { [AUD]: POOL.replace("1", "?") } })),
    guest,
    "allowed",
  ],
  [
    "condition_operators",
    "without a wildcard StringLike is all of the text",
    document(when({ StringLike: { [AUD]: "eu-west-1" } })),
    guest,
    "not allowed",
  ],
  [
    "condition_operators",
    "StringLike has a case",
    document(when({ StringLike: { [AUD]: "EU-*" } })),
    guest,
    "not allowed",
  ],
  [
    "condition_operators",
    "StringNotLike is its contrary",
    document(when({ StringNotLike: { [AUD]: "eu-*" } })),
    guest,
    "not allowed",
  ],
  [
    "condition_operators",
    "StringNotLike holds for another text",
    document(when({ StringNotLike: { [AUD]: "us-*" } })),
    guest,
    "allowed",
  ],
  [
    "condition_operators",
    "StringEqualsIgnoreCase has no case",
    document(when({ StringEqualsIgnoreCase: { [AUD]: POOL.toUpperCase() } })),
    guest,
    "allowed",
  ],
  [
    "condition_operators",
    "StringNotEqualsIgnoreCase is its contrary",
    document(when({ StringNotEqualsIgnoreCase: { [AUD]: POOL.toUpperCase() } })),
    guest,
    "not allowed",
  ],
  [
    "condition_operators",
    "StringNotEquals holds for another text",
    document(when({ StringNotEquals: { [AUD]: OTHER } })),
    guest,
    "allowed",
  ],

  // Sets.
  [
    "multi-value-conditions",
    "ForAnyValue: one of the request's values is enough",
    document(when({ "ForAnyValue:StringEquals": { [AMR]: "authenticated" } })),
    user,
    "allowed",
  ],
  [
    "multi-value-conditions",
    "ForAllValues: every one must match",
    document(when({ "ForAllValues:StringEquals": { [AMR]: "authenticated" } })),
    user,
    "not allowed",
  ],
  [
    "multi-value-conditions",
    "ForAllValues: each one any of the policy's",
    document(when({ "ForAllValues:StringLike": { [AMR]: ["authenticated", "accounts.google.com*"] } })),
    user,
    "allowed",
  ],
  [
    "multi-value-conditions",
    "ForAllValues holds without the key",
    document(when({ "ForAllValues:StringEquals": { missing: "x" } })),
    guest,
    "allowed",
  ],
  [
    "multi-value-conditions",
    "ForAnyValue fails without the key",
    document(when({ "ForAnyValue:StringEquals": { missing: "x" } })),
    guest,
    "not allowed",
  ],
  [
    "multi-value-conditions",
    "ForAnyValue fails without the key, negated too",
    document(when({ "ForAnyValue:StringNotEquals": { missing: "x" } })),
    guest,
    "not allowed",
  ],
  [
    "multi-value-conditions",
    "ForAllValues holds of an empty text",
    document(when({ "ForAllValues:StringEquals": { k: "x" } })),
    key(""),
    "allowed",
  ],
  [
    "multi-value-conditions",
    "ForAnyValue fails of an empty text",
    document(when({ "ForAnyValue:StringEquals": { k: "" } })),
    key(""),
    "not allowed",
  ],
  [
    // ForAnyValue is false without the key, IfExists is true.
    "inferred",
    "IfExists decides after a set operator",
    document(when({ "ForAnyValue:StringEqualsIfExists": { missing: "x" } })),
    guest,
    "allowed",
  ],
  [
    "multi-value-conditions",
    "ForAnyValue negated: one value that is none of the policy's",
    document(when({ "ForAnyValue:StringNotEquals": { [AMR]: "authenticated" } })),
    user,
    "allowed",
  ],
  [
    "multi-value-conditions",
    "ForAnyValue negated: not if all are",
    document(when({ "ForAnyValue:StringNotEquals": { [AMR]: "unauthenticated" } })),
    guest,
    "not allowed",
  ],
  [
    "multi-value-conditions",
    "ForAllValues negated: none may be the policy's",
    document(when({ "ForAllValues:StringNotEquals": { [AMR]: "authenticated" } })),
    user,
    "not allowed",
  ],
  [
    "multi-value-conditions",
    "ForAllValues negated holds if none is",
    document(when({ "ForAllValues:StringNotEquals": { [AMR]: "unauthenticated" } })),
    user,
    "allowed",
  ],
  [
    "multi-value-conditions",
    "a set operator takes a key of one value",
    document(when({ "ForAnyValue:StringEquals": { [AUD]: POOL } })),
    guest,
    "allowed",
  ],
  [
    // "You must also use the ForAllValues or ForAnyValue set operators": access-analyzer, missing qualifier.
    "inferred",
    "several values need a set operator",
    document(when({ StringEquals: { [AMR]: "authenticated" } })),
    user,
    "not allowed",
  ],
  [
    "inferred",
    "one value needs none",
    document(when({ StringEquals: { [AMR]: "unauthenticated" } })),
    guest,
    "allowed",
  ],
  [
    "access-analyzer: missing qualifier",
    "what a negated operator does without one is not documented",
    document(when({ StringNotEquals: { [AMR]: "x" } })),
    user,
    "unknown",
  ],
  [
    "access-analyzer: missing qualifier",
    "of one value neither",
    document(when({ StringNotLike: { [AMR]: "unauthenticated" } })),
    guest,
    "unknown",
  ],
  [
    "grammar",
    "there is no other set operator",
    document(when({ "ForSomeValues:StringEquals": { [AMR]: "x" } })),
    guest,
    "malformed",
  ],

  // Numbers.
  [
    "condition_operators",
    "NumericEquals compares numbers",
    document(when({ NumericEquals: { k: "10" } })),
    key("10.0"),
    "allowed",
  ],
  [
    "condition_operators",
    "NumericNotEquals is its contrary",
    document(when({ NumericNotEquals: { k: "10" } })),
    key("10"),
    "not allowed",
  ],
  [
    "condition_operators",
    "NumericLessThan: the request's is less",
    document(when({ NumericLessThan: { k: "10" } })),
    key("9"),
    "allowed",
  ],
  [
    "condition_operators",
    "NumericLessThan is not equal",
    document(when({ NumericLessThan: { k: "10" } })),
    key("10"),
    "not allowed",
  ],
  [
    "condition_operators",
    "NumericLessThanEquals is equal too",
    document(when({ NumericLessThanEquals: { k: "10" } })),
    key("10"),
    "allowed",
  ],
  [
    "condition_operators",
    "NumericGreaterThan: the request's is greater",
    document(when({ NumericGreaterThan: { k: "9" } })),
    key("10"),
    "allowed",
  ],
  [
    "condition_operators",
    "NumericGreaterThan is not equal",
    document(when({ NumericGreaterThan: { k: "10" } })),
    key("10"),
    "not allowed",
  ],
  [
    "condition_operators",
    "NumericGreaterThanEquals is equal too",
    document(when({ NumericGreaterThanEquals: { k: 10 } })),
    key("10"),
    "allowed",
  ],
  [
    "condition_operators",
    "numbers are compared as such, not as text",
    document(when({ NumericLessThan: { k: "9" } })),
    key("10"),
    "not allowed",
  ],
  [
    "inferred",
    "what is no number equals none",
    document(when({ NumericEquals: { k: "ten" } })),
    key("ten"),
    "not allowed",
  ],

  [
    "condition_operators",
    "NumericEquals of a greater number fails",
    document(when({ NumericEquals: { k: "10" } })),
    key("11"),
    "not allowed",
  ],

  // Dates.
  [
    "condition_operators",
    "seconds since the epoch compare with a date",
    document(when({ DateLessThan: { "aws:CurrentTime": "1900000000" } })),
    times,
    "allowed",
  ],
  [
    "condition_operators",
    "DateLessThan: the request is earlier",
    document(when({ DateLessThan: { "aws:CurrentTime": "2027-01-01T00:00:00Z" } })),
    times,
    "allowed",
  ],
  [
    "condition_operators",
    "DateLessThan: not if it is later",
    document(when({ DateLessThan: { "aws:CurrentTime": "2026-01-01T00:00:00Z" } })),
    times,
    "not allowed",
  ],
  [
    "condition_operators",
    "DateGreaterThan: the request is later",
    document(when({ DateGreaterThan: { "aws:CurrentTime": "2026-01-01T00:00:00Z" } })),
    times,
    "allowed",
  ],
  [
    "condition_operators",
    "DateGreaterThan is not equal",
    document(when({ DateGreaterThan: { "aws:CurrentTime": "2026-11-30T12:00:00Z" } })),
    times,
    "not allowed",
  ],
  [
    "condition_operators",
    "DateGreaterThanEquals is equal too",
    document(when({ DateGreaterThanEquals: { "aws:CurrentTime": "2026-11-30T12:00:00Z" } })),
    times,
    "allowed",
  ],
  [
    "condition_operators",
    "DateLessThanEquals is equal too",
    document(when({ DateLessThanEquals: { "aws:CurrentTime": "2026-11-30T13:00:00+01:00" } })),
    times,
    "allowed",
  ],
  [
    "condition_operators",
    "DateEquals takes a zone",
    document(when({ DateEquals: { "aws:CurrentTime": "2026-11-30T13:00:00+01:00" } })),
    times,
    "allowed",
  ],
  [
    "condition_operators",
    "DateNotEquals is its contrary",
    document(when({ DateNotEquals: { "aws:CurrentTime": "2026-11-30T12:00:00Z" } })),
    times,
    "not allowed",
  ],
  [
    "condition_operators",
    "a date may be seconds since the epoch",
    document(when({ DateGreaterThan: { "aws:EpochTime": "1700000000" } })),
    times,
    "allowed",
  ],
  [
    "condition_operators",
    "a day is a date",
    document(when({ DateGreaterThan: { "aws:CurrentTime": "2026-11-30" } })),
    times,
    "allowed",
  ],
  [
    "condition_operators",
    "dates know no wildcards",
    document(when({ DateEquals: { "aws:CurrentTime": "2026-*" } })),
    times,
    "not allowed",
  ],

  // Bool, Binary, IP addresses.
  ["condition_operators", "Bool knows no wildcards", document(when({ Bool: { k: "t*" } })), key("true"), "not allowed"],
  [
    "condition_operators",
    "BinaryEquals has a case",
    document(when({ BinaryEquals: { k: "QmluYXJ5" } })),
    key("qmluYXJ5"),
    "not allowed",
  ],
  ["condition_operators", "Bool", document(when({ Bool: { k: "true" } })), key("true"), "allowed"],
  ["condition_operators", "Bool false", document(when({ Bool: { k: "false" } })), key("true"), "not allowed"],
  [
    "grammar",
    "quotation marks are optional for booleans",
    document(when({ Bool: { k: true } })),
    key("true"),
    "allowed",
  ],
  [
    "condition_operators",
    "BinaryEquals compares bytes",
    document(when({ BinaryEquals: { k: "QmluYXJ5" } })),
    key("QmluYXJ5"),
    "allowed",
  ],
  [
    "condition_operators",
    "BinaryEquals of other bytes fails",
    document(when({ BinaryEquals: { k: "QmluYXJ5" } })),
    key("QmluYXJ6"),
    "not allowed",
  ],
  [
    "condition_operators",
    "IpAddress takes a range",
    document(when({ IpAddress: { k: "203.0.113.0/24" } })),
    key("203.0.113.77"),
    "allowed",
  ],
  [
    "condition_operators",
    "outside of it it fails",
    document(when({ IpAddress: { k: "203.0.113.0/24" } })),
    key("203.0.114.77"),
    "not allowed",
  ],
  [
    "condition_operators",
    "without a prefix it is one address",
    document(when({ IpAddress: { k: "203.0.113.7" } })),
    key("203.0.113.8"),
    "not allowed",
  ],
  [
    "condition_operators",
    "NotIpAddress is its contrary",
    document(when({ NotIpAddress: { k: "203.0.113.0/24" } })),
    key("203.0.113.77"),
    "not allowed",
  ],
  [
    "condition_operators",
    "IpAddress takes version 6",
    document(when({ IpAddress: { k: "2001:DB8:1234:5678::/64" } })),
    key("2001:db8:1234:5678::9"),
    "allowed",
  ],
  [
    "condition_operators",
    "the versions do not mix",
    document(when({ IpAddress: { k: "::/0" } })),
    key("203.0.113.7"),
    "not allowed",
  ],

  // ARNs.
  [
    "condition_operators",
    "a wildcard of ArnNotLike stays between colons",
    document(when({ ArnNotLike: { k: "arn:aws:someservice:*:111122223333:finance/*" } })),
    key("arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt"),
    "allowed",
  ],
  [
    "condition_operators",
    "ArnEquals",
    document(when({ ArnEquals: { k: "arn:aws:sns:eu-west-1:1:t" } })),
    key("arn:aws:sns:eu-west-1:1:t"),
    "allowed",
  ],
  [
    "condition_operators",
    "ArnEquals is as ArnLike",
    document(when({ ArnEquals: { k: "arn:aws:sns:*:1:t*" } })),
    key("arn:aws:sns:eu-west-1:1:topic"),
    "allowed",
  ],
  [
    "condition_operators",
    "a wildcard of ArnLike stays between colons",
    document(when({ ArnLike: { k: "arn:aws:someservice:*:111122223333:finance/*" } })),
    key("arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt"),
    "not allowed",
  ],
  [
    "condition_operators",
    "that of StringLike does not",
    document(when({ StringLike: { k: "arn:aws:someservice:*:111122223333:finance/*" } })),
    key("arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt"),
    "allowed",
  ],
  [
    "condition_operators",
    "the last part of an ARN may hold colons",
    document(when({ ArnLike: { k: "arn:aws:s:r:1:*" } })),
    key("arn:aws:s:r:1:a:b"),
    "allowed",
  ],
  [
    "condition_operators",
    "ArnNotEquals is the contrary",
    document(when({ ArnNotEquals: { k: "arn:aws:sns:*:1:t" } })),
    key("arn:aws:sns:eu-west-1:1:t"),
    "not allowed",
  ],
  [
    "condition_operators",
    "ArnNotLike of another ARN holds",
    document(when({ ArnNotLike: { k: "arn:aws:sns:*:2:t" } })),
    key("arn:aws:sns:eu-west-1:1:t"),
    "allowed",
  ],

  // Variables.
  [
    "policies_variables",
    "a variable is the request's value",
    document(when({ StringEquals: { k: `\${${AUD}}` } })),
    key(POOL),
    "allowed",
  ],
  [
    "policies_variables",
    "names of variables have no case",
    document(when({ StringEquals: { k: `\${${AUD.toUpperCase()}}` } })),
    key(POOL),
    "allowed",
  ],
  [
    "policies_variables",
    "a variable may be a part of a value",
    document(when({ StringLike: { k: `x/\${${AUD}}/*` } })),
    key(`x/${POOL}/y`),
    "allowed",
  ],
  [
    "policies_variables",
    "before 2012-10-17 it is text",
    old(when({ StringEquals: { k: `\${${AUD}}` } })),
    key(POOL),
    "not allowed",
  ],
  [
    "policies_variables",
    "which can be equal",
    old(when({ StringEquals: { k: `\${${AUD}}` } })),
    key(`\${${AUD}}`),
    "allowed",
  ],
  [
    "policies_variables",
    "one without a value is equal to nothing",
    document(when({ StringEquals: { k: variable("missing") } })),
    key("x"),
    "not allowed",
  ],
  [
    "policies_variables",
    "so that an inverted operator matches",
    document(when({ StringNotEquals: { k: variable("missing") } })),
    key("x"),
    "allowed",
  ],
  [
    "policies_variables",
    "as one with IfExists does",
    document(when({ StringNotEqualsIfExists: { k: variable("missing") } })),
    key("x"),
    "allowed",
  ],
  [
    "policies_variables",
    "and another value of the list can match",
    document(when({ StringEquals: { k: [variable("missing"), "x"] } })),
    key("x"),
    "allowed",
  ],
  [
    "policies_variables",
    "a multivalued key is none, even with one value",
    document(when({ StringEquals: { k: `\${${AMR}}` } })),
    { ...guest, k: ["unauthenticated"] },
    "not allowed",
  ],
  [
    "policies_variables",
    "a default stands for a value that is missing",
    document(when({ StringEquals: { k: variable("missing, 'x'") } })),
    key("x"),
    "allowed",
  ],
  [
    "policies_variables",
    "but not for a name that is missing",
    document(when({ StringEquals: { k: variable(", 'x'") } })),
    key("x"),
    "not allowed",
  ],
  [
    "policies_variables",
    "and only then",
    document(when({ StringEquals: { k: `\${${AUD}, 'x'}` } })),
    key("x"),
    "not allowed",
  ],
  [
    "policies_variables",
    "a key of several values is no variable",
    document(when({ StringLike: { k: `\${${AMR}}` } })),
    { ...user, k: ["authenticated"] },
    "not allowed",
  ],
  [
    "policies_variables",
    `${variable("*")} is an asterisk`,
    document(when({ StringLike: { k: variable("*") } })),
    key("x"),
    "not allowed",
  ],
  [
    "policies_variables",
    `${variable("?")} is a question mark`,
    document(when({ StringLike: { k: `a${variable("?")}` } })),
    key("a?"),
    "allowed",
  ],
  [
    "policies_variables",
    `${variable("$")} is a dollar sign`,
    document(when({ StringEquals: { k: `${variable("$")}{x}` } })),
    key(variable("x")),
    "allowed",
  ],
  [
    "policies_variables",
    "string operators without a case take variables",
    document(when({ StringEqualsIgnoreCase: { k: variable("other") } })),
    { ...key("X"), other: ["x"] },
    "allowed",
  ],
  [
    "policies_variables",
    "ARN operators take variables",
    document(when({ ArnLike: { k: `arn:aws:sns:*:*:${variable("other")}` } })),
    { ...key("arn:aws:sns:eu-west-1:1:x"), other: ["x"] },
    "allowed",
  ],
  [
    // The page policies_variables says that they do not, elements_condition_operators that they do.
    "inferred from elements_condition_operators: Boolean",
    "booleans take variables",
    document(when({ Bool: { k: variable("secure") } })),
    { ...key("true"), secure: ["True"] },
    "allowed",
  ],
  [
    "policies_variables",
    "numbers take no variables",
    document(when({ NumericEquals: { k: variable("n") } })),
    { ...key("1"), n: ["1"] },
    "not allowed",
  ],
  [
    "inferred",
    "what is filled in has no wildcards",
    document(when({ StringLike: { k: variable("pattern") } })),
    { ...key("abc"), pattern: ["a*"] },
    "not allowed",
  ],

  // Forms of values.
  [
    "elements_condition_operators: Null",
    "a key with an empty text is null",
    document(when({ Null: { k: "true" } })),
    key(""),
    "allowed",
  ],
  [
    "inferred from elements_condition_operators: Numeric",
    "a number is an integer or a decimal, also without the digits of one side",
    document(when({ NumericEquals: { k: [".50", "7."] } })),
    key("0.5"),
    "allowed",
  ],
  [
    "elements_condition_operators: Numeric",
    "and has no exponent",
    document(when({ NumericEquals: { k: "1e1" } })),
    key("10"),
    "not allowed",
  ],
  [
    "inferred",
    "a number with a space is none",
    document(when({ NumericEquals: { k: " 1" } })),
    key("1"),
    "not allowed",
  ],
  [
    "NOTE-datetime",
    "a zone has a colon",
    document(when({ DateEquals: { k: "2026-11-30T13:00:00+0100" } })),
    key("2026-11-30T12:00:00Z"),
    "not allowed",
  ],
  [
    "NOTE-datetime",
    "a day is one that its month has",
    document(when({ DateGreaterThan: { k: ["2026-02-29", "2026-02-31T00:00:00Z", "2026-04-31", "2026-00-01"] } })),
    key("2030-01-01"),
    "not allowed",
  ],
  [
    "NOTE-datetime",
    "as February in a leap year",
    document(when({ DateEquals: { k: "2028-02-29" } })),
    key("2028-02-29T00:00:00Z"),
    "allowed",
  ],
  [
    "NOTE-datetime",
    "and an hour is less than 24",
    document(when({ DateEquals: { k: "2026-01-01T24:00:00Z" } })),
    key("2026-01-02T00:00:00Z"),
    "not allowed",
  ],
  [
    "elements_condition_operators: Date",
    "a time can be seconds since the epoch",
    document(when({ DateLessThan: { k: "100" } })),
    key("99"),
    "allowed",
  ],
  [
    "elements_condition_operators: Binary",
    "what is not base64 is equal to nothing",
    document(when({ BinaryEquals: { k: "QUJD=" } })),
    key("QUJD="),
    "not allowed",
  ],
  [
    "inferred",
    "nor what is not the base64 of its own bytes",
    document(when({ BinaryEquals: { k: "QUJ=" } })),
    key("QUJ="),
    "not allowed",
  ],
  ["inferred", "of one byte too", document(when({ BinaryEquals: { k: "QR==" } })), key("QR=="), "not allowed"],
  [
    "elements_condition_operators: Binary",
    "bytes at the end are equal too",
    document(when({ BinaryEquals: { k: ["QQ==", "QUI="] } })),
    key("QUI="),
    "allowed",
  ],
  [
    "elements_condition_operators: IP address",
    "a range has one length",
    document(when({ IpAddress: { k: "10.0.0.0/8/8" } })),
    key("10.0.0.1"),
    "not allowed",
  ],
  [
    "elements_condition_operators: IP address",
    "an address has no zone",
    document(when({ IpAddress: { k: "fe80::1%eth0" } })),
    key("fe80::1%eth0"),
    "not allowed",
  ],
  [
    "inferred",
    "a number of an address has no leading zero",
    document(when({ IpAddress: { k: "10.0.0.01" } })),
    key("10.0.0.1"),
    "not allowed",
  ],

  // What is not a trust policy.
  ["grammar", "not JSON", "{", guest, "malformed"],
  ["grammar", "not an object", "[]", guest, "malformed"],
  ["grammar", "nothing", "", guest, "malformed"],
  ["grammar", "no statement", { Version: "2012-10-17" }, guest, "malformed"],
  ["grammar", "no statement in the list", document(), guest, "malformed"],
  ["grammar", "a version that does not exist", { Version: "2012-10-18", Statement: allow() }, guest, "malformed"],
  ["grammar", "a version that is null", { Version: null, Statement: allow() }, guest, "malformed"],
  ["grammar", "an Id that is no text", { Id: 1, Statement: allow() }, guest, "malformed"],
  [
    "access-analyzer: duplicate keys with different case",
    "a key in two spellings under one operator",
    document(when({ StringEquals: { [AUD]: POOL, [AUD.toUpperCase()]: POOL } })),
    guest,
    "malformed",
  ],
  [
    "access-analyzer: duplicate keys with different case",
    "in two spellings under two operators",
    document(when({ StringEquals: { [AUD]: POOL }, StringLike: { [AUD.toUpperCase()]: "*" } })),
    guest,
    "malformed",
  ],
  [
    "access-analyzer: duplicate keys with different case",
    "but in one spelling under two",
    document(when({ StringEquals: { [AUD]: POOL }, StringLike: { [AUD]: "*" } })),
    guest,
    "allowed",
  ],
  ["grammar", "an unknown member", { Statement: allow(), Comment: "x" }, guest, "malformed"],
  ["grammar", "an unknown member of a statement", document(allow({ Comment: "x" })), guest, "malformed"],
  ["grammar", "an effect in another case", document(allow({ Effect: "allow" })), guest, "malformed"],
  ["roles: trust policies have no resource", "Resource", document(allow({ Resource: "*" })), guest, "malformed"],
  [
    "grammar",
    "an operator that does not exist",
    document(when({ StringMatches: { [AUD]: POOL } })),
    guest,
    "malformed",
  ],
  ["grammar", "a condition that is a list", document(when([])), guest, "malformed"],
  ["grammar", "a value that is an object", document(when({ StringEquals: { [AUD]: {} } })), guest, "malformed"],
  [
    "iam-quotas",
    "more than any trust policy may be",
    document(...Array.from({ length: 200 }, () => allow())),
    guest,
    "malformed",
  ],
];

/** The keys of which a request can have several values. */
const multivalued = [AMR, "aws:TagKeys"];

const contextOf = (situation: Situation) =>
  createContext(
    Object.fromEntries(
      Object.entries(situation).map(([name, values]) => [
        name,
        multivalued.includes(name) ? { values, multivalued: true } : { values },
      ]),
    ),
  );

it.each(rows)("%s: %s", (_, __, policy, situation, answer) => {
  const read = readTrustPolicy(typeof policy === "string" ? policy : JSON.stringify(policy));
  const { federated: [federated = COGNITO] = [], action: [action = "sts:AssumeRoleWithWebIdentity"] = [] } = situation;
  const given = isMalformed(read)
    ? "malformed"
    : decide(read, { federated, action, context: contextOf(situation) }).answer;
  expect(given).toBe(answer);
});

it("are at least a hundred, each once", () => {
  expect(rows.length).toBeGreaterThanOrEqual(100);
  expect(new Set(rows.map(([page, rule]) => `${page} ${rule}`)).size).toBe(rows.length);
});
