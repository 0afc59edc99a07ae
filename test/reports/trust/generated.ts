/** Generated trust policies and requests: values of every operator's kind, principals of every form, and documents with a fault. */
import * as fc from "fast-check";

export const PROVIDER = "cognito-identity.amazonaws.com";
export const ASSUME = "sts:AssumeRoleWithWebIdentity";

/** A list is the value of a multivalued key, even if it has one entry. */
export type Request = Readonly<Record<string, string | readonly string[]>>;

/** Condition operators without set qualifier and IfExists, by the kind of their values. */
export const operatorsByKind = {
  text: [
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
  ],
  number: ["", "Not"]
    .map((not) => `Numeric${not}Equals`)
    .concat(["LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"].map((name) => `Numeric${name}`)),
  date: ["", "Not"]
    .map((not) => `Date${not}Equals`)
    .concat(["LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"].map((name) => `Date${name}`)),
  bool: ["Bool"],
  binary: ["BinaryEquals"],
  address: ["IpAddress", "NotIpAddress"],
  arn: ["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"],
} as const;

type Kind = keyof typeof operatorsByKind;
export const kinds = Object.keys(operatorsByKind) as Kind[];

/** Keys that a request can have: one value, several, or a tag. */
const singleKeys = [`${PROVIDER}:aud`, `${PROVIDER}:sub`, "aws:RequestTag/team", "sts:RoleSessionName"] as const;
export const listKeys = [`${PROVIDER}:amr`, "aws:TagKeys"] as const;
const absentKey = "aws:RequestTag/none";

const variables = fc.constantFrom(
  ...[...singleKeys, ...listKeys, absentKey, "AWS:requesttag/TEAM", "", " ", "*", "?", "$"],
);
const withDefault = fc
  .tuple(variables, fc.constantFrom("", " "), fc.constantFrom("blue", "", "*"))
  .map(([name, space, otherwise]) => `${name},${space}'${otherwise}'`);
/** Text with a variable, also malformed ones. */
const variableText = fc
  .tuple(
    fc.constantFrom("", "b", "*"),
    fc.oneof(variables, withDefault),
    fc.constantFrom("}", "}", "}", "}", "}e", "", "}}", `\${`),
  )
  .map(([before, inside, end]) => `${before}\${${inside}${end}`);

const letters = fc.string({
  unit: fc.constantFrom("a", "b", "B", "*", "?", ":", "$", "{", "}", "é", "😀"),
  maxLength: 5,
});
const decimal = fc
  .tuple(
    fc.constantFrom("", "", "-", "+"),
    fc.integer({ min: 0, max: 12 }),
    fc.constantFrom("", ".0", ".5", ".", "e0", "x"),
  )
  .map((parts) => parts.join(""));
const instant = fc.integer({ min: 1_767_225_590, max: 1_767_225_610 });
const time = fc
  .tuple(instant, fc.constantFrom(0, 4, 7, 10, 16, 19, 23), fc.constantFrom("Z", "+00:00", "-01:00", "+0000", ""))
  .map(([seconds, cut, zone]) => {
    const written = new Date(seconds * 1000).toISOString();
    if (cut === 0) return String(seconds);
    return `${written.slice(0, cut)}${cut > 10 ? zone : ""}`;
  });
/** A day that its month has, or has not, also with a time. */
const day = fc
  .tuple(
    fc.constantFrom("1900", "2000", "2024", "2026"),
    fc.constantFrom("02", "04", "12", "00", "13"),
    fc.constantFrom("00", "28", "29", "30", "31", "32"),
    fc.constantFrom("", "T00:00Z", "T23:59:59.5-23:59", "T24:00:00Z", "T12:00:00+24:00", "T12:60Z"),
  )
  .map(([year, month, number, rest]) => `${year}-${month}-${number}${rest}`);
const address = fc.oneof(
  fc
    .tuple(
      fc.constantFrom(0, 10, 192),
      fc.constantFrom(0, 1),
      fc.constantFrom("0", "1", "01"),
      fc.integer({ min: 0, max: 257 }),
    )
    .map((parts) => parts.join(".")),
  fc.ipV4(),
  fc.ipV6(),
  fc.constantFrom(
    "2001:db8::1",
    "2001:DB8:0:0:0:0:0:1",
    "::",
    "::ffff:10.0.0.1",
    "fe80::1%eth0",
    "2001:db8::1::2",
    "10.0.0",
  ),
);
const range = fc
  .tuple(
    address,
    fc.constantFrom("", "", "/0", "/8", "/24", "/31", "/32", "/33", "/64", "/128", "/129", "/x", "/08", "/8/9", "/"),
  )
  .map((parts) => parts.join(""));
const arn = fc
  .tuple(
    fc.constantFrom("arn", "a*", "*"),
    fc.constantFrom("aws", "*", "aw?"),
    fc.constantFrom("sns", "*", ""),
    fc.constantFrom("eu-west-1", "*", `\${aws:RequestTag/none, 'eu-west-1'}`),
    fc.constantFrom("1", "?", ""),
    fc.constantFrom("a", "a:b", "*", "a:*", `\${aws:RequestTag/none, 'a'}`),
    fc.constantFrom(6, 6, 6, 6, 5),
  )
  .map(([one, two, three, four, five, six, count]) => [one, two, three, four, five, six].slice(0, count).join(":"));

const valuesOf: Readonly<Record<Kind, fc.Arbitrary<string>>> = {
  text: fc.oneof(fc.constantFrom("blue", "Blue", "bl*", "?lue", "red", "", "*"), letters, variableText),
  number: fc.oneof(
    decimal,
    decimal,
    fc.constantFrom("ten", "", " 1", ".5", "1e1", "0x1", "Infinity", `\${aws:TagKeys}`),
  ),
  date: fc.oneof(time, time, time, fc.constantFrom("1", "999", "2026", "2026-13-01", "yesterday", ""), day),
  bool: fc.constantFrom("true", "true", "false", "True", "FALSE", "yes", "", `\${aws:RequestTag/team}`),
  binary: fc.oneof(
    fc.base64String({ maxLength: 4 }),
    fc.constantFrom("QUJD", "QUI=", "QUJ=", "QUJ", "QU_D", "QU JD", "====", ""),
  ),
  address: range,
  arn: fc.oneof(arn, fc.constantFrom("arn:aws:sns:eu-west-1:1:a", "arn:aws:sns::1:a:b", `\${aws:RequestTag/team}`)),
};
/** One value of a request and one of a policy, with an operator of their kind. */
export const comparisonsOf = (kind: Kind) =>
  fc.record({
    operator: fc.constantFrom(...operatorsByKind[kind]),
    actual: valuesOf[kind],
    wanted: valuesOf[kind],
  });
const anyValue = fc.oneof(...kinds.map((kind) => valuesOf[kind]));
const valueOfKind = (kind: Kind) =>
  fc.oneof({ weight: 8, arbitrary: valuesOf[kind] }, { weight: 1, arbitrary: anyValue });

const anyCase = (key: string) => fc.constantFrom(key, key, key.toLowerCase(), key.toUpperCase());
const key = fc.constantFrom(...singleKeys, ...listKeys, absentKey).chain(anyCase);
const set = fc.constantFrom("", "", "ForAnyValue:", "ForAllValues:");
const ifExists = fc.constantFrom("", "", "IfExists");

/** Values as they stand in a policy: one, or a list, also an empty one; numbers and booleans without quotation marks too. */
const written = (value: fc.Arbitrary<string>) =>
  fc.oneof(
    { weight: 4, arbitrary: value },
    { weight: 4, arbitrary: fc.array(value, { maxLength: 3 }) },
    { weight: 1, arbitrary: fc.oneof(fc.boolean(), fc.integer({ min: -3, max: 3 })) },
  );

/** Whether each key is in one spelling. With two, a document is malformed. */
const isInOneCase = (conditions: Readonly<Record<string, object>>) => {
  const keys = new Set(Object.values(conditions).flatMap((block) => Object.keys(block)));
  return new Set([...keys].map((name) => name.toLowerCase())).size === keys.size;
};

const conditionsOf = (kind: Kind) => anyConditionsOf(kind).filter(isInOneCase);
const anyConditionsOf = (kind: Kind) =>
  fc.dictionary(
    fc.oneof(
      {
        weight: 8,
        arbitrary: fc.tuple(set, fc.constantFrom(...operatorsByKind[kind]), ifExists).map((parts) => parts.join("")),
      },
      { weight: 1, arbitrary: fc.constantFrom("Null", "Null", "ForAllValues:Null", "ForAnyValue:Null") },
    ),
    fc.dictionary(
      key,
      fc.oneof(
        { weight: 6, arbitrary: written(valueOfKind(kind)) },
        { weight: 1, arbitrary: fc.constantFrom("true", "false", "True", "maybe") },
      ),
      {
        maxKeys: 2,
      },
    ),
    { maxKeys: 2 },
  );

const names = fc.constantFrom(
  PROVIDER,
  PROVIDER,
  PROVIDER,
  "cognito-identity-us-gov.amazonaws.com",
  "cognito-identity.cn-north-1.amazonaws.com.cn",
  "accounts.google.com",
  "COGNITO-IDENTITY.amazonaws.com",
);
const oneOrMore = <Value>(value: fc.Arbitrary<Value>) =>
  fc.oneof<fc.Arbitrary<Value | Value[]>[]>(value, fc.array(value, { minLength: 1, maxLength: 3 }));

/** Principals that IAM takes in a trust policy. */
const savedPrincipal = fc.oneof(
  { weight: 6, arbitrary: fc.record({ Federated: oneOrMore(names) }) },
  {
    weight: 2,
    arbitrary: fc
      .record(
        {
          Federated: oneOrMore(names),
          AWS: oneOrMore(fc.constantFrom("*", "123456789012", "arn:aws:iam::123456789012:root")),
          Service: oneOrMore(fc.constantFrom("ec2.amazonaws.com", PROVIDER)),
        },
        { requiredKeys: [] },
      )
      .filter((principal) => Object.keys(principal).length > 0),
  },
);
/** And those that it does not take, or does not take any more. */
const anyPrincipal = fc.oneof<fc.Arbitrary<unknown>[]>(
  savedPrincipal,
  fc.constantFrom(
    "*",
    { Federated: "*" },
    { Federated: "cognito-identity.*" },
    { CanonicalUser: "1" },
    { AWS: "somebody" },
    {},
    { Federated: [] },
    { Federated: [], AWS: "*" },
  ),
);

const savedActions = oneOrMore(
  fc.constantFrom(
    ASSUME,
    ASSUME,
    "STS:assumerolewithwebidentity",
    "sts:AssumeRole",
    "sts:AssumeRole*",
    "sts:AssumeRoleWith???Identity",
    "sts:TagSession",
  ),
);
const anyActions = fc.oneof(
  { weight: 1, arbitrary: fc.constant([]) },
  {
    weight: 12,
    arbitrary: oneOrMore(
      fc.constantFrom(
        ASSUME,
        "*",
        "sts:*",
        "s*:Assume*",
        "sts:?ssumeRoleWithWebIdentity",
        "sts:AssumeRoleWithWebIdentity?",
        "s3:GetObject",
        "sts:TagSession",
      ),
    ),
  },
);

export interface Parts {
  readonly [member: string]: unknown;
}

const statementOf = (conditions: fc.Arbitrary<unknown>, saved: boolean): fc.Arbitrary<Parts> =>
  fc
    .record({
      effect: fc.constantFrom("Allow", "Allow", "Deny"),
      principal: saved ? savedPrincipal : anyPrincipal,
      notPrincipal: saved ? fc.constant(false) : fc.integer({ min: 0, max: 5 }).map((chance) => chance === 0),
      actions: saved ? savedActions : anyActions,
      notAction: fc.integer({ min: 0, max: 4 }).map((chance) => chance === 0),
      conditions: fc.option(conditions, { nil: undefined, freq: 8 }),
      sid: fc.constantFrom(undefined, undefined, ""),
    })
    .map(({ effect, principal, notPrincipal, actions, notAction, conditions: Condition, sid }) => ({
      ...(sid !== undefined && { Sid: sid }),
      Effect: effect,
      [notPrincipal ? "NotPrincipal" : "Principal"]: principal,
      [notAction ? "NotAction" : "Action"]: actions,
      ...(Condition !== undefined && { Condition }),
    }));

const documentOf = (statement: fc.Arbitrary<Parts>): fc.Arbitrary<Parts> =>
  fc
    .tuple(
      fc.constantFrom(undefined, "2008-10-17", "2012-10-17", "2012-10-17", "2012-10-17"),
      fc.oneof<fc.Arbitrary<unknown>[]>(statement, fc.array(statement, { minLength: 1, maxLength: 3 })),
    )
    .map(([Version, Statement]) => ({ ...(Version !== undefined && { Version }), Statement }));

/** What a request brings, with values of a kind. */
const requestOf = (kind: Kind): fc.Arbitrary<Request> =>
  fc
    .tuple(
      fc.dictionary(fc.constantFrom(...singleKeys), valueOfKind(kind)),
      fc.dictionary(fc.constantFrom(...listKeys), fc.array(valueOfKind(kind), { maxLength: 3 })),
    )
    .map(([singles, lists]): Request => ({ ...singles, ...lists }));

export interface Case {
  readonly document: Parts;
  readonly request: Request;
  readonly action: string;
}

/** Policies with the requests of the same kind of values. `saved`: only those that IAM takes from today's callers, or took. */
export const cases = (saved = false): fc.Arbitrary<Case> =>
  fc.constantFrom(...kinds).chain((kind) =>
    fc.record({
      document: documentOf(statementOf(conditionsOf(kind), saved)),
      request: requestOf(kind),
      action: fc.constantFrom(ASSUME, ASSUME, ASSUME, "sts:TagSession"),
    }),
  );

/** Policies that their conditions decide: each statement is for the provider and the action. */
const conditional: fc.Arbitrary<Case> = fc.constantFrom(...kinds).chain((kind) =>
  fc.record({
    document: documentOf(
      fc.record({
        Effect: fc.constantFrom("Allow", "Allow", "Deny"),
        Principal: fc.constant({ Federated: PROVIDER }),
        Action: fc.constant(ASSUME),
        Condition: conditionsOf(kind),
      }),
    ),
    request: requestOf(kind),
    action: fc.constant(ASSUME),
  }),
);

/** Cases of which some keys are hidden: `shown` values of a list are known, and what the hidden ones may be is in `others`. */
export const hiddenCases = fc
  .oneof({ weight: 4, arbitrary: conditional }, { weight: 1, arbitrary: cases() })
  .chain((given) =>
    fc.record({
      given: fc.constant(given),
      hidden: fc.uniqueArray(fc.constantFrom(...singleKeys, ...listKeys), { minLength: 1, maxLength: 5 }),
      shown: fc.nat(2),
      others: fc.array(fc.constantFrom(...kinds).chain(requestOf), { minLength: 3, maxLength: 3 }),
    }),
  );

/** Trust policies with a key in two spellings in one Condition, under one operator or two. */
export const inTwoCases: fc.Arbitrary<Parts> = fc.constantFrom(...kinds).chain((kind) =>
  documentOf(
    statementOf(
      anyConditionsOf(kind).filter((conditions) => !isInOneCase(conditions)),
      true,
    ).filter((statement) => statement["Condition"] !== undefined),
  ),
);

const junk: fc.Arbitrary<unknown> = fc.oneof<fc.Arbitrary<unknown>[]>(
  fc.constantFrom(
    null,
    true,
    0,
    "",
    "x",
    "Allow",
    "*",
    [],
    {},
    [[]],
    [null],
    [{}],
    { x: {} },
    { x: [] },
    ["x", 1],
    "2012-10-18",
  ),
  fc.jsonValue({ maxDepth: 1 }),
);
const members = fc.constantFrom(
  "Resource",
  "NotResource",
  "Comment",
  "__proto__",
  "constructor",
  "NotPrincipal",
  "NotAction",
  "Principal",
  "Action",
  "sid",
  "Null",
  "NullIfExists",
  "ForAnyValue:Null",
  "ForAllValues:NullIfExists",
  "StringMatches",
  "ForSomeValue:StringEquals",
  "IfExists",
);

/** The document with a change at one place: a value replaced, removed, wrapped in a list, or a member added or renamed. */
export const mutated: fc.Arbitrary<{ readonly given: Case; readonly changed: unknown }> = cases(true).chain((given) => {
  const places = placesIn(given.document);
  return fc
    .record({
      place: fc.constantFrom(...places),
      change: fc.constantFrom("replace", "remove", "wrap", "add", "rename"),
      value: junk,
      member: members,
    })
    .map(({ place, change, value, member }) => ({
      given,
      changed: changeAt(given.document, place, change, value, member),
    }));
});

type Place = readonly string[];

function placesIn(value: unknown, at: Place = []): Place[] {
  if (typeof value !== "object" || value === null) return [at];
  return [at, ...Object.entries(value).flatMap(([name, inner]) => placesIn(inner, [...at, name]))];
}

function changeAt(value: unknown, [name, ...rest]: Place, change: string, given: unknown, member: string): unknown {
  if (name === undefined) {
    if (change === "wrap") return [value];
    if (change === "add" && isObject(value)) return withMember(value, member, given);
    return given;
  }
  const inner = (value as Parts)[name];
  if (rest.length === 0 && (change === "remove" || change === "rename") && isObject(value)) {
    const { [name]: _, ...others } = value;
    return change === "remove" ? others : withMember(others, member, inner);
  }
  const next = changeAt(inner, rest, change, given, member);
  return Array.isArray(value)
    ? value.map((one, index) => (String(index) === name ? next : one))
    : withMember(value as Parts, name, next);
}

function isObject(value: unknown): value is Parts {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Also a member of the name `__proto__`. */
function withMember(value: Parts, name: string, inner: unknown): Parts {
  return Object.fromEntries([...Object.entries(value).filter(([other]) => other !== name), [name, inner]]);
}
