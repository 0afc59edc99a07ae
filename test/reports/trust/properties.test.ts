/** What holds of every trust policy and request, by generated ones. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ContextValue, createContext } from "../../../src/reports/trust/context.ts";
import { decide } from "../../../src/reports/trust/decide.ts";
import { isMalformed, readTrustPolicy, type TrustPolicy } from "../../../src/reports/trust/document.ts";
import { matches, withWildcards } from "../../../src/reports/trust/pattern.ts";
import { askTrust, statementFor, type WebIdentity } from "../../../src/reports/trust/web-identity.ts";
import { kinds, operatorsByKind } from "./generated.ts";

const ACTION = "sts:AssumeRoleWithWebIdentity";
const keys = ["a:aud", "a:amr", "b"] as const;
const values = [
  "x",
  "y",
  "xy",
  "*",
  "10",
  "true",
  "arn:aws:iam::1:role/x",
  "10.0.0.1",
  "2026-01-01",
  "",
  `\${b}`,
  `\${c, 'x'}`,
  "x*",
];

const plain = kinds.flatMap((kind) => operatorsByKind[kind]);
const operator = fc.oneof(
  fc
    .tuple(
      fc.constantFrom("", "ForAnyValue:", "ForAllValues:"),
      fc.constantFrom(...plain),
      fc.constantFrom("", "IfExists"),
    )
    .map((parts) => parts.join("")),
  fc.constant("Null"),
);
const wanted = fc.oneof(fc.constantFrom(...values), fc.array(fc.constantFrom(...values), { maxLength: 3 }));
const conditions = fc.dictionary(
  operator,
  fc.dictionary(fc.constantFrom(...keys), wanted, { minKeys: 1, maxKeys: 2 }),
  { maxKeys: 2 },
);
const statement = (effect: fc.Arbitrary<string>) =>
  fc.record({
    Effect: effect,
    Principal: fc.constantFrom<unknown>({ Federated: "p" }, { Federated: "q" }, "*"),
    Action: fc.constantFrom(ACTION, "sts:*", "sts:AssumeRole"),
    Condition: conditions,
  });
const either = statement(fc.constantFrom("Allow", "Deny"));
const version = fc.constantFrom("2008-10-17", "2012-10-17");

const context = fc.dictionary(
  fc.constantFrom(...keys),
  fc.array(fc.constantFrom(...values), { minLength: 1, maxLength: 3 }),
);
/** Without what IAM's documentation leaves open: conditions without values, and several values without a set operator. */
const decided = {
  statements: fc.array(either, { minLength: 1, maxLength: 4 }).filter((list) => !JSON.stringify(list).includes("[]")),
  context: fc.dictionary(
    fc.constantFrom(...keys),
    fc.constantFrom(...values).map((value) => [value]),
  ),
};
/** Which keys are not known, and of which there may be more values. */
const hidden = fc.uniqueArray(fc.constantFrom(...keys));

function read(Version: string, Statement: readonly unknown[]): TrustPolicy {
  const policy = readTrustPolicy(JSON.stringify({ Version, Statement }));
  if (isMalformed(policy)) throw new Error(policy.fault);
  return policy;
}

const ask = (policy: TrustPolicy, given: Readonly<Record<string, readonly string[] | ContextValue>>) =>
  decide(policy, { federated: "p", action: ACTION, context: createContext(given) });

describe("a decision", () => {
  it("does not depend on the order of statements", () =>
    fc.assert(
      fc.property(version, fc.array(either, { minLength: 1, maxLength: 4 }), context, (given, statements, request) => {
        expect(ask(read(given, [...statements].reverse()), request).answer).toBe(
          ask(read(given, statements), request).answer,
        );
      }),
    ));

  it("never becomes more by a Deny, nor less by an Allow", () =>
    fc.assert(
      fc.property(
        version,
        fc.array(either, { minLength: 1, maxLength: 3 }),
        either,
        context,
        (given, statements, more, request) => {
          const before = ask(read(given, statements), request).answer;
          const after = ask(read(given, [...statements, more]), request).answer;
          if (more.Effect === "Deny" && before !== "allowed") expect(after).not.toBe("allowed");
          if (more.Effect === "Allow" && before === "allowed") expect(after).toBe("allowed");
          if (before === "denied") expect(after).toBe("denied");
        },
      ),
    ));

  it("is decided by a statement that it names, and each other answer by its conditions", () =>
    fc.assert(
      fc.property(version, decided.statements, decided.context, (given, statements, request) => {
        const { answer, decisive, statements: results } = ask(read(given, statements), request);
        expect(answer).not.toBe("unknown");
        if (answer === "allowed") expect(decisive).toMatchObject({ effect: "Allow", applies: true });
        if (answer === "denied") expect(decisive).toMatchObject({ effect: "Deny", applies: true });
        if (answer !== "not allowed") return;
        for (const { effect, principal, action, conditions } of results)
          if (effect === "Allow") expect(principal && action && conditions.every(({ holds }) => holds)).toBe(false);
      }),
    ));

  it("that is known stays when what is not known becomes known, whatever it is", () =>
    fc.assert(
      fc.property(
        version,
        fc.array(either, { minLength: 1, maxLength: 3 }),
        context,
        hidden,
        fc.nat(3),
        (given, statements, request, unseen, seen) => {
          const policy = read(given, statements);
          const partly = Object.fromEntries(
            Object.entries(request).map(([key, all]): [string, ContextValue] =>
              unseen.includes(key as (typeof keys)[number]) && all.length > seen
                ? [key, { values: all.slice(0, seen), more: true, ...(all.length > 1 && { multivalued: true }) }]
                : [key, { values: all, ...(all.length > 1 && { multivalued: true }) }],
            ),
          );
          const { answer } = ask(policy, partly);
          // A refusal may turn out to be an explicit one.
          const whole = Object.fromEntries(
            Object.entries(request).map(([key, all]): [string, ContextValue] => [
              key,
              { values: all, ...(all.length > 1 && { multivalued: true }) },
            ]),
          );
          if (answer !== "unknown") expect(ask(policy, whole).answer === "allowed").toBe(answer === "allowed");
        },
      ),
      { numRuns: 10_000 },
    ));
});

describe("an operator", () => {
  const one = (name: string, key: string, value: unknown, request: Readonly<Record<string, readonly string[]>>) =>
    ask(
      read("2012-10-17", [
        { Effect: "Allow", Principal: "*", Action: ACTION, Condition: { [name]: { [key]: value } } },
      ]),
      request,
    ).answer === "allowed";
  const negated = [
    ["StringEquals", "StringNotEquals"],
    ["StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"],
    ["StringLike", "StringNotLike"],
    ["NumericEquals", "NumericNotEquals"],
    ["DateEquals", "DateNotEquals"],
    ["IpAddress", "NotIpAddress"],
    ["ArnEquals", "ArnNotEquals"],
    ["ArnLike", "ArnNotLike"],
  ] as const;
  const literals = values.filter((value) => !value.includes("$"));
  const literal = fc.array(fc.constantFrom(...literals), { minLength: 1, maxLength: 3 });

  it("and its negation are contraries, with and without the key", () =>
    fc.assert(
      fc.property(
        fc.constantFrom(...negated),
        literal,
        fc.option(fc.constantFrom(...literals)),
        ([name, contrary], list, given) => {
          const request: Record<string, string[]> = given === null ? {} : { k: [given] };
          expect(one(name, "k", list, request)).toBe(!one(contrary, "k", list, request));
        },
      ),
    ));

  it("with IfExists differs only without the key", () =>
    fc.assert(
      fc.property(
        fc.constantFrom(...plain),
        literal,
        fc.array(fc.constantFrom(...literals), { maxLength: 3 }),
        (name, list, given) => {
          const request: Record<string, string[]> = given.length === 0 ? {} : { k: given };
          const ifExists = one(`${name}IfExists`, "k", list, request);
          expect(ifExists).toBe(given.length === 0 || one(name, "k", list, request));
        },
      ),
    ));

  it("of a set is 'for all' exactly if its negation is not 'for any'", () =>
    fc.assert(
      fc.property(
        fc.constantFrom(...negated),
        literal,
        fc.array(fc.constantFrom(...literals), { maxLength: 4 }),
        ([name, contrary], list, given) => {
          const request = { k: given };
          expect(one(`ForAllValues:${name}`, "k", list, request)).toBe(
            !one(`ForAnyValue:${contrary}`, "k", list, request),
          );
        },
      ),
    ));

  it("takes one of its values or another", () =>
    fc.assert(
      fc.property(fc.constantFrom(...negated), literal, fc.constantFrom(...literals), ([name], list, given) => {
        const request = { k: [given] };
        expect(one(name, "k", list, request)).toBe(list.some((value) => one(name, "k", value, request)));
      }),
    ));
});

describe("a pattern", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", ":", "*", "?", "😀"), maxLength: 12 });

  it("matches what a regular expression of it matches", () =>
    fc.assert(
      fc.property(text, text, (pattern, given) => {
        const source = Array.from(pattern, (c) =>
          c === "*" ? ".*" : c === "?" ? "." : `\\u{${c.codePointAt(0)?.toString(16)}}`,
        ).join("");
        expect(matches(withWildcards(pattern), given)).toBe(new RegExp(`^${source}$`, "su").test(given));
      }),
      { numRuns: 3000 },
    ));
});

describe("a document", () => {
  it("of any text is read or named malformed", () =>
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.jsonValue().map((value) => JSON.stringify({ Statement: value })),
        ),
        (text) => {
          const policy = readTrustPolicy(text);
          expect(isMalformed(policy) || policy.statements.length > 0).toBe(true);
        },
      ),
    ));

  it("of 131,072 characters and more is not parsed", () => {
    expect(readTrustPolicy(`${" ".repeat(131_072)}{}`)).toEqual({ fault: "size", statement: undefined });
    expect(readTrustPolicy("[".repeat(100_000))).toEqual({ fault: "size", statement: undefined });
  });

  it("names the statement that is wrong", () => {
    const good = { Effect: "Allow", Principal: "*", Action: ACTION };
    expect(readTrustPolicy(JSON.stringify({ Statement: [good, { ...good, Effect: "No" }] }))).toEqual({
      fault: "effect",
      statement: 2,
    });
  });
});

describe("the statement that a kind of identity needs", () => {
  const identity = fc.record<WebIdentity>({
    region: fc.constantFrom("eu-west-1", "us-gov-west-1", "us-gov-east-1", "cn-north-1"),
    poolId: fc.constantFrom("eu-west-1:a", "eu-west-1:b"),
    identityId: fc.constantFrom(undefined, "eu-west-1:c"),
    kind: fc.constantFrom("guest", "user", "developer"),
    provider: fc.constantFrom(undefined, "accounts.google.com"),
    tagKeys: fc.constantFrom(undefined, [], ["team"]),
    flow: fc.constantFrom("enhanced", "classic"),
    now: fc.constant(1_796_040_000_000),
  });

  it("lets exactly this kind of this pool in, with its tags", () =>
    fc.assert(
      fc.property(identity, identity, (mine, other) => {
        const policy = read("2012-10-17", [statementFor(mine)]);
        const { assume, tagSession } = askTrust(policy, mine);
        expect(assume.answer).toBe("allowed");
        expect(tagSession?.answer).toBe(mine.tagKeys?.length ? "allowed" : undefined);
        const alike =
          other.region === mine.region &&
          other.poolId === mine.poolId &&
          (other.kind === "guest") === (mine.kind === "guest");
        if (!alike && other.region === mine.region) expect(askTrust(policy, other).assume.answer).not.toBe("allowed");
      }),
    ));
});
