/** Condition operators: a table from IAM's documentation, and laws that hold for all of them. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { conditionsHold, isOperator } from "../../../../src/local/iam/policy/conditions.ts";
import type { Conditions } from "../../../../src/local/iam/policy/document.ts";
import { readPolicy } from "../../../../src/local/iam/policy/document.ts";
import { evaluateTrust } from "../../../../src/local/iam/policy/evaluate.ts";

type Context = Readonly<Record<string, string | readonly string[]>>;

const holds = (operator: string, key: string, values: readonly string[], context: Context, variables = true) =>
  conditionsHold(
    { [operator]: { [key]: values } },
    new Map(Object.entries(context).map(([name, value]) => [name.toLowerCase(), value])),
    variables,
  );

/** What a request has in the table: single values, a multivalued key, and no `absent`. */
const context: Context = {
  "a:text": "Blue",
  "a:star": "*",
  "a:number": "10",
  "a:date": "2026-01-02T03:04:05Z",
  "a:epoch": "1767323045",
  "a:bool": "true",
  "a:binary": "QUJD",
  "a:ip": "203.0.113.7",
  "a:ip6": "2001:db8::7",
  "a:arn": "arn:aws:sns:eu-west-1:123456789012:topic:one",
  "a:list": ["one", "two"],
  "a:single": ["one"],
  "a:none": [],
  "a:empty": "",
  "a:zone": "fe80::1%eth0",
};

it.each<[string, string, string[], boolean]>([
  ["StringEquals", "a:text", ["Blue"], true],
  ["StringEquals", "A:TEXT", ["Blue"], true],
  ["StringEquals", "a:text", ["blue"], false],
  ["StringEquals", "a:text", ["Red", "Blue"], true],
  ["StringEquals", "a:text", ["Bl*"], false],
  ["StringEquals", "absent", ["Blue"], false],
  ["StringNotEquals", "a:text", ["Blue"], false],
  ["StringNotEquals", "a:text", ["Red", "Blue"], false],
  ["StringNotEquals", "a:text", ["Red", "Green"], true],
  ["StringNotEquals", "absent", ["Blue"], true],
  ["StringEqualsIgnoreCase", "a:text", ["bLUE"], true],
  ["StringNotEqualsIgnoreCase", "a:text", ["bLUE"], false],
  ["StringNotEqualsIgnoreCase", "absent", ["x"], true],
  ["StringLike", "a:text", ["B*"], true],
  ["StringLike", "a:text", ["*u*"], true],
  ["StringLike", "a:text", ["B?u?"], true],
  ["StringLike", "a:text", ["B?e"], false],
  ["StringLike", "a:text", ["b*"], false],
  ["StringLike", "a:text", ["Blue*"], true],
  ["StringNotLike", "a:text", ["B*"], false],
  ["StringNotLike", "a:text", ["R*"], true],
  ["StringNotLike", "absent", ["*"], true],
  ["NumericEquals", "a:number", ["10.0"], true],
  ["NumericNotEquals", "a:number", ["10"], false],
  ["NumericLessThan", "a:number", ["10"], false],
  ["NumericLessThan", "a:number", ["11"], true],
  ["NumericLessThanEquals", "a:number", ["10"], true],
  ["NumericGreaterThan", "a:number", ["9.5"], true],
  ["NumericGreaterThan", "a:number", ["10"], false],
  ["NumericGreaterThanEquals", "a:number", ["10"], true],
  ["NumericEquals", "a:number", ["ten"], false],
  ["NumericEquals", "a:text", ["10"], false],
  ["NumericLessThan", "absent", ["10"], false],
  ["DateEquals", "a:date", ["2026-01-02T04:04:05+01:00"], true],
  ["DateEquals", "a:epoch", ["2026-01-02T03:04:05Z"], true],
  ["DateNotEquals", "a:date", ["2026-01-02T03:04:05Z"], false],
  ["DateLessThan", "a:date", ["2026-01-02T03:04:05Z"], false],
  ["DateLessThan", "a:date", ["2027"], true],
  ["DateLessThanEquals", "a:date", ["1767323045"], true],
  ["DateGreaterThan", "a:date", ["2026-01-02"], true],
  ["DateGreaterThanEquals", "a:date", ["2026-01-02T03:04:05Z"], true],
  ["DateGreaterThan", "a:date", ["yesterday"], false],
  ["DateGreaterThan", "a:date", ["2025-02-29"], false],
  ["DateGreaterThan", "a:date", ["2024-02-29"], true],
  ["DateGreaterThan", "a:date", ["2025-02-31T00:00:00.5+01:00"], false],
  ["DateGreaterThan", "a:date", ["2025-01-01T24:00Z"], false],
  ["DateGreaterThan", "a:date", ["2025-01-01T23:59-23:59"], true],
  ["DateGreaterThan", "a:date", ["2025-01-01T00:00:00+0100"], false],
  ["Bool", "a:bool", ["true"], true],
  ["Bool", "a:bool", ["false"], false],
  ["Bool", "absent", ["false"], false],
  ["BoolIfExists", "absent", ["false"], true],
  ["BinaryEquals", "a:binary", ["QUJD"], true],
  ["BinaryEquals", "a:binary", ["QUJE"], false],
  ["IpAddress", "a:ip", ["203.0.113.0/24"], true],
  ["IpAddress", "a:ip", ["203.0.113.7"], true],
  ["IpAddress", "a:ip", ["203.0.113.8"], false],
  ["IpAddress", "a:ip", ["203.0.114.0/24", "0.0.0.0/0"], true],
  ["IpAddress", "a:ip", ["203.0.113.0/33"], false],
  ["IpAddress", "a:ip", ["2001:db8::/32"], false],
  ["IpAddress", "a:ip6", ["2001:DB8::/32"], true],
  ["IpAddress", "absent", ["0.0.0.0/0"], false],
  ["NotIpAddress", "a:ip", ["203.0.113.0/24"], false],
  ["NotIpAddress", "a:ip", ["198.51.100.0/24"], true],
  ["NotIpAddress", "absent", ["0.0.0.0/0"], true],
  ["ArnEquals", "a:arn", ["arn:aws:sns:eu-west-1:123456789012:topic:one"], true],
  ["ArnEquals", "a:arn", ["arn:aws:sns:*:123456789012:topic:*"], true],
  ["ArnLike", "a:arn", ["arn:aws:sns:*:topic:one"], false],
  ["ArnLike", "a:arn", ["arn:aws:*:*:*:*"], true],
  ["ArnLike", "a:arn", ["*"], false],
  ["ArnLike", "a:text", ["arn:aws:*:*:*:*"], false],
  ["ArnNotEquals", "a:arn", ["arn:aws:sns:*:*:*"], false],
  ["ArnNotLike", "a:arn", ["arn:aws:sqs:*:*:*"], true],
  ["ArnNotLike", "absent", ["arn:aws:sqs:*:*:*"], true],
  ["Null", "absent", ["true"], true],
  ["Null", "absent", ["false"], false],
  ["Null", "a:text", ["true"], false],
  ["Null", "a:text", ["false"], true],
  ["Null", "a:none", ["true"], true],
  ["Null", "a:list", ["false"], true],
  ["Null", "a:empty", ["true"], true],
  ["Null", "a:empty", ["false"], false],
  ["ForAllValues:Null", "a:text", ["true"], true],
  ["ForAllValues:Null", "absent", ["false"], true],
  ["ForAnyValue:Null", "a:text", ["false"], false],
  ["ForAnyValue:Null", "absent", ["true"], false],
  ["ForAllValues:StringEquals", "a:empty", ["one"], true],
  ["ForAnyValue:StringNotEquals", "a:empty", ["one"], false],
  ["StringEquals", "a:empty", [""], true],
  ["NumericEquals", "a:number", ["1e1"], false],
  ["BinaryEquals", "a:text", ["Blue"], true],
  ["BinaryEquals", "a:binary", ["QUJD="], false],
  ["IpAddress", "a:ip", ["203.0.113.0/24/24"], false],
  ["IpAddress", "a:zone", ["fe80::1%eth0"], false],
  ["StringEqualsIfExists", "absent", ["x"], true],
  ["StringEqualsIfExists", "a:text", ["x"], false],
  ["StringNotEqualsIfExists", "absent", ["x"], true],
  ["ForAllValues:StringEquals", "a:list", ["one", "two", "three"], true],
  ["ForAllValues:StringEquals", "a:list", ["one"], false],
  ["ForAllValues:StringEquals", "absent", ["one"], true],
  ["ForAllValues:StringEquals", "a:none", ["one"], true],
  ["ForAllValues:StringNotEquals", "a:list", ["three"], true],
  ["ForAllValues:StringNotEquals", "a:list", ["one"], false],
  ["ForAllValues:StringLike", "a:list", ["o*", "t*"], true],
  ["ForAnyValue:StringEquals", "a:list", ["two", "three"], true],
  ["ForAnyValue:StringEquals", "a:list", ["three"], false],
  ["ForAnyValue:StringEquals", "absent", ["one"], false],
  ["ForAnyValue:StringEquals", "a:none", ["one"], false],
  ["ForAnyValue:StringNotEquals", "a:list", ["one"], true],
  ["ForAnyValue:StringNotEquals", "absent", ["one"], false],
  // A choice: ForAnyValue is false without the key, IfExists is true.
  ["ForAnyValue:StringEqualsIfExists", "absent", ["one"], true],
  ["ForAnyValue:StringEquals", "a:text", ["Blue"], true],
  // Choices: IAM requires a set operator for a key of several values.
  ["StringEquals", "a:list", ["one"], false],
  ["StringNotEquals", "a:list", ["one"], true],
  ["StringEquals", "a:single", ["one"], true],
  ["NoOperator", "a:text", ["Blue"], false],
])("%s %s %j: %s", (operator, key, values, expected) => {
  expect(holds(operator, key, values, context)).toBe(expected);
});

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: policy variables.
it.each<[string, string, string, boolean]>([
  ["StringEquals", "a:text", "${a:text}", true],
  ["StringEquals", "a:text", "${A:TEXT}", true],
  ["StringEquals", "a:text", "B${absent}", false],
  ["StringEquals", "a:text", "B${absent, 'lue'}", true],
  ["StringEquals", "a:text", "${a:text, 'Red'}", true],
  ["Bool", "a:bool", "${a:bool}", true],
  ["Bool", "a:text", "${a:text}", false],
  ["StringEquals", "a:empty", "${, ''}", false],
  ["StringEquals", "a:text", "${no key, 'Blue'}", false],
  ["StringEquals", "a:star", "${*}", true],
  ["StringLike", "a:text", "${*}", false],
  ["StringLike", "a:text", "${a:star}", false],
  ["StringLike", "a:star", "${a:star}", true],
  ["StringLike", "a:text", "${a:text}*", true],
  ["StringEquals", "a:text", "${a:list}", false],
  ["StringNotEquals", "a:text", "${absent}", true],
  ["StringEquals", "a:text", "${a:text", false],
  ["NumericEquals", "a:number", "${a:number}", false],
  ["ArnLike", "a:arn", "arn:aws:sns:*:*:topic:${absent, 'one'}", true],
])("the variable in %s %s %s: %s", (operator, key, value, expected) => {
  expect(holds(operator, key, [value], context)).toBe(expected);
  // In a policy of version 2008-10-17, it is ordinary text.
  expect(holds(operator, key, [value], context, false)).toBe(operator.includes("Not"));
  expect(holds(operator, "a:literal", [value], { "a:literal": value }, false)).toBe(/^(String[^N]|Arn)/.test(operator));
});
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: policy variables.

const negations = [
  ["StringEquals", "StringNotEquals"],
  ["StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"],
  ["StringLike", "StringNotLike"],
  ["NumericEquals", "NumericNotEquals"],
  ["DateEquals", "DateNotEquals"],
  ["IpAddress", "NotIpAddress"],
  ["ArnEquals", "ArnNotEquals"],
  ["ArnLike", "ArnNotLike"],
] as const;

const value = fc.oneof(
  fc.constantFrom("one", "One", "o*", "?ne", "1", "1.0", "2026", "203.0.113.7", "203.0.113.0/24", "true", "", `\${k}`),
  fc.constantFrom("arn:aws:sns:eu-west-1:1:t", "arn:aws:*:*:*:*", "arn:aws:sns:*:1:?"),
  fc.string({ maxLength: 4, unit: fc.constantFrom("a", "b", "*", "?", "$", "{", "}", ":") }),
);
const values = fc.array(value, { maxLength: 3 });
const someValues = fc.array(value, { minLength: 1, maxLength: 3 });

describe("for every operator and its negation", () => {
  it.each(negations)("%s and %s are opposite, and with set operators dual", (base, negation) => {
    fc.assert(
      fc.property(fc.option(value, { nil: undefined }), someValues, someValues, (single, list, expected) => {
        const one: Context = single === undefined ? {} : { k: single };
        expect(holds(negation, "k", expected, one)).toBe(!holds(base, "k", expected, one));
        const many = { k: list };
        expect(holds(`ForAllValues:${negation}`, "k", expected, many)).toBe(
          !holds(`ForAnyValue:${base}`, "k", expected, many),
        );
        expect(holds(`ForAnyValue:${negation}`, "k", expected, many)).toBe(
          !holds(`ForAllValues:${base}`, "k", expected, many),
        );
      }),
    );
  });
});

const operators = [
  ...negations.flat(),
  ...["NumericLessThan", "NumericLessThanEquals", "NumericGreaterThan", "NumericGreaterThanEquals"],
  ...["DateLessThan", "DateLessThanEquals", "DateGreaterThan", "DateGreaterThanEquals", "Bool", "BinaryEquals"],
];

it("with IfExists, every operator holds for a missing key and is unchanged for one that is there", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...operators),
      fc.constantFrom("", "ForAllValues:", "ForAnyValue:"),
      value,
      values,
      (operator, set, single, expected) => {
        const name = `${set}${operator}`;
        expect(isOperator(`${name}IfExists`)).toBe(true);
        expect(holds(`${name}IfExists`, "k", expected, {})).toBe(true);
        expect(holds(`${name}IfExists`, "k", expected, { k: single })).toBe(holds(name, "k", expected, { k: single }));
        // For a single value, a set operator changes nothing. An empty text is no member of a set.
        if (single === "" && set !== "") {
          expect(holds(name, "k", expected, { k: single })).toBe(set === "ForAllValues:");
          return;
        }
        expect(holds(name, "k", expected, { k: single })).toBe(holds(operator, "k", expected, { k: single }));
        expect(holds(name, "k", expected, { k: [single] })).toBe(holds(operator, "k", expected, { k: [single] }));
      },
    ),
  );
});

const orders: Readonly<Record<string, (one: number, other: number) => boolean>> = {
  Equals: (one, other) => one === other,
  NotEquals: (one, other) => one !== other,
  LessThan: (one, other) => one < other,
  LessThanEquals: (one, other) => one <= other,
  GreaterThan: (one, other) => one > other,
  GreaterThanEquals: (one, other) => one >= other,
};

it.each(Object.entries(orders))("%s compares numbers and dates", (name, order) => {
  fc.assert(
    fc.property(fc.integer({ min: -3, max: 3 }), fc.integer({ min: -3, max: 3 }), (one, other) => {
      expect(holds(`Numeric${name}`, "k", [String(other / 2)], { k: String(one / 2) })).toBe(order(one, other));
      const date = (seconds: number) => new Date(1_767_323_045_000 + seconds * 1000).toISOString();
      expect(holds(`Date${name}`, "k", [date(other)], { k: date(one) })).toBe(order(one, other));
    }),
  );
});

it("wildcards match as a regular expression does", () => {
  const texts = fc.string({ maxLength: 8, unit: fc.constantFrom("a", "b", ".", "*", "?", "😀", "\n") });
  fc.assert(
    fc.property(texts, texts, (pattern, given) => {
      const expression = [...pattern]
        .map((unit) => (unit === "*" ? ".*" : unit === "?" ? "." : unit.replace(/[.\\]/g, "\\$&")))
        .join("");
      expect(holds("StringLike", "k", [pattern], { k: given })).toBe(
        new RegExp(`^(?:${expression})$`, "su").test(given),
      );
    }),
    { numRuns: 2000 },
  );
});

it("a hostile pattern takes no exponential time", () => {
  expect(holds("StringLike", "k", [`${"*a".repeat(500)}b`], { k: "a".repeat(2000) })).toBe(false);
});

it("conditions are joined by and, values by or", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom(...operators), values), { maxLength: 3 }),
      value,
      (blocks, single) => {
        const conditions: Conditions = Object.fromEntries(blocks.map(([name, expected]) => [name, { k: expected }]));
        const expected = Object.entries(conditions).every(([name, { k = [] }]) => holds(name, "k", k, { k: single }));
        expect(conditionsHold(conditions, new Map([["k", single]]), true)).toBe(expected);
      },
    ),
  );
});

describe("a policy", () => {
  const decide = (Statement: object | object[], more: object = {}, given: Context = { k: "one" }) => {
    const read = readPolicy(JSON.stringify({ Version: "2012-10-17", Statement, ...more }));
    if ("flaw" in read) return read.flaw.kind;
    return evaluateTrust(read.policy, {
      federated: "idp.example.com",
      action: "sts:AssumeRoleWithWebIdentity",
      context: new Map(Object.entries(given)),
    });
  };
  const allow = {
    Effect: "Allow",
    Principal: { Federated: "idp.example.com" },
    Action: "sts:AssumeRoleWithWebIdentity",
  };
  const deny = { ...allow, Effect: "Deny" };
  const everything = { Principal: undefined, NotPrincipal: { Federated: "other.example.com" } };

  it.each<[string, object | object[], string]>([
    ["that allows", allow, "allowed"],
    ["that denies", deny, "explicitly denied"],
    ["that allows and denies", [allow, deny], "explicitly denied"],
    ["that denies first", [deny, allow], "explicitly denied"],
    ["that denies another action", [allow, { ...deny, Action: "sts:TagSession" }], "allowed"],
    [
      "that denies everything but this action",
      [allow, { ...deny, Action: undefined, NotAction: allow.Action }],
      "allowed",
    ],
    [
      "that denies everything but another action",
      [allow, { ...deny, Action: undefined, NotAction: "sts:TagSession" }],
      "explicitly denied",
    ],
    ["that denies everybody but another principal", [allow, { ...deny, ...everything }], "explicitly denied"],
    [
      "that denies everybody but this principal",
      [allow, { ...deny, Principal: undefined, NotPrincipal: { Federated: ["idp.example.com"] } }],
      "allowed",
    ],
    ["that denies everybody but everybody", [allow, { ...deny, Principal: undefined, NotPrincipal: "*" }], "allowed"],
    ["for everybody", { ...allow, Principal: "*" }, "allowed"],
    ["for everybody at AWS", { ...allow, Principal: { AWS: "*" } }, "allowed"],
    ["for another kind of principal", { ...allow, Principal: { Service: "idp.example.com" } }, "not allowed"],
    ["for nobody", { ...allow, Principal: {} }, "not allowed"],
    ["for nobody, in one of its statements", [{ ...deny, Principal: { Federated: [] } }, allow], "allowed"],
    ["for everybody but nobody", [{ ...deny, Principal: undefined, NotPrincipal: {} }, allow], "allowed"],
    ["for no action", [{ ...deny, Action: [] }, allow], "allowed"],
    ["for every action but none", [{ ...deny, Action: undefined, NotAction: [] }, allow], "allowed"],
    ["for every federated principal by a wildcard", { ...allow, Principal: { Federated: "*" } }, "not allowed"],
    ["whose condition holds", { ...allow, Condition: { StringEquals: { k: "one" } } }, "allowed"],
    ["whose condition does not hold", { ...allow, Condition: { StringEquals: { k: "two" } } }, "not allowed"],
    ["that denies if", [allow, { ...deny, Condition: { StringEquals: { k: "one" } } }], "explicitly denied"],
    ["that denies unless", [allow, { ...deny, Condition: { StringNotEquals: { k: "one" } } }], "allowed"],
    [
      "with a number and a boolean",
      { ...allow, Condition: { Null: { none: true }, NumericEquals: { k: 1 } } },
      "not allowed",
    ],
    ["without statements", [], "no statement"],
    ["with a key in two spellings", { ...allow, Condition: { StringEquals: { k: "one", K: "one" } } }, "syntax"],
    [
      "with a key in one spelling",
      { ...allow, Condition: { StringEquals: { k: "one" }, Null: { k: "false" } } },
      "allowed",
    ],
    ["with Principal and NotPrincipal", { ...allow, NotPrincipal: "*" }, "syntax"],
  ])("%s", (_, statements, expected) => expect(decide(statements)).toBe(expected));

  it("of the old version has no variables", () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a policy variable.
    const condition = { ...allow, Condition: { StringEquals: { k: "${k}" } } };
    expect(decide(condition)).toBe("allowed");
    expect(decide(condition, { Version: "2008-10-17" })).toBe("not allowed");
    expect(decide(condition, { Version: undefined })).toBe("not allowed");
  });
});
