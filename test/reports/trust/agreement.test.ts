/**
 * The evaluator of the server and that of the embedded service share no code. On generated trust policies and requests, each is the
 * other's oracle. What only one of them says, and when, is defined here.
 */
import * as fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { readPolicy } from "../../../src/local/iam/policy/document.ts";
import { evaluateTrust } from "../../../src/local/iam/policy/evaluate.ts";
import { readTrustPolicy as acceptTrustPolicy } from "../../../src/local/iam/policy/trust.ts";
import { ServiceError } from "../../../src/local/protocol/errors.ts";
import { type ContextValue, createContext } from "../../../src/reports/trust/context.ts";
import { decide } from "../../../src/reports/trust/decide.ts";
import { isMalformed, readTrustPolicy } from "../../../src/reports/trust/document.ts";
import {
  ASSUME,
  type Case,
  cases,
  comparisonsOf,
  hiddenCases,
  inTwoCases,
  kinds,
  listKeys,
  mutated,
  type Parts,
  PROVIDER,
  type Request,
} from "./generated.ts";

const LONG = process.env["LONG"] !== undefined;
const runs = { numRuns: LONG ? 100_000 : 2_000 };
const some = { numRuns: LONG ? 20_000 : 500 };
vi.setConfig({ testTimeout: LONG ? 900_000 : 30_000 });

type Answer = "allowed" | "denied" | "not allowed" | "unknown" | "malformed";

/** Of the server: what it reads of a role that exists. */
function serverSays(text: string, action: string, request: Readonly<Record<string, ContextValue>>): Answer {
  const policy = readTrustPolicy(text);
  if (isMalformed(policy)) return "malformed";
  return decide(policy, { federated: PROVIDER, action, context: createContext(request) }).answer;
}

const known = (request: Request): Record<string, ContextValue> =>
  Object.fromEntries(
    Object.entries(request).map(([key, value]) => [
      key,
      typeof value === "string" ? { values: [value] } : { values: value, multivalued: true },
    ]),
  );

/** Of the service: what it decides by a document of which the form is right. */
function serviceSays(text: string, action: string, request: Request): Answer {
  const read = readPolicy(text);
  if ("flaw" in read) return "malformed";
  const context = new Map(Object.entries(request).map(([key, value]) => [key.toLowerCase(), value]));
  const decision = evaluateTrust(read.policy, { federated: PROVIDER, action, context });
  return decision === "explicitly denied" ? "denied" : decision;
}

/** Why IAM would not save the document, also for a role of earlier times; undefined if it would. */
function refusalOf(text: string): string | undefined {
  try {
    acceptTrustPolicy(text, true);
    return undefined;
  } catch (error) {
    if (error instanceof ServiceError) return error.message;
    throw error;
  }
}

/** Whether each action has a vendor, without which it is none in any policy. IAM has one text for this and for an action of another service. */
const haveVendors = (document: unknown) =>
  [(document as Parts)["Statement"] as Parts]
    .flat()
    .flatMap((statement) => [statement["Action"] ?? statement["NotAction"]])
    .flat()
    .every((action) => action === "*" || /^[\w*?-]+:[\w*?]+$/.test(String(action)));

/**
 * Whether a statement is about nobody or no action, which AWS's policy checks say has no effect, and IAM refuses to save. The same
 * texts of IAM are for documents of another form.
 */
const isAboutNothing = (document: unknown) =>
  [(document as Parts)["Statement"]].flat().some((statement) => {
    const { Principal, NotPrincipal, Action, NotAction } = (statement ?? {}) as Parts;
    const isEmpty = (value: unknown) => Array.isArray(value) && value.length === 0;
    const principals = Principal ?? NotPrincipal;
    const isNobody =
      typeof principals === "object" &&
      principals !== null &&
      !Array.isArray(principals) &&
      (Object.keys(principals).length === 0 || Object.values(principals).some(isEmpty));
    return isNobody || isEmpty(Action ?? NotAction);
  });

const refusedAsAboutNothing = /Principal cannot be empty|required field Action|Syntax error/;

/** A condition that IAM's documentation does not decide: without values, or negated without set operator for a key of several values. */
const isUndecided = (operator: string, key: string, wanted: unknown) =>
  !operator.includes(":") && ([wanted].flat().length === 0 || (/Not/.test(operator) && isList(key)));

const isList = (key: string) => listKeys.some((one) => one.toLowerCase() === key.toLowerCase());

/** Whether the server may say that it does not know, though all of the request is known. */
const hasUndecided = (document: unknown) =>
  [(document as Parts)["Statement"]]
    .flat()
    .some((statement) =>
      Object.entries(((statement as Parts)["Condition"] ?? {}) as Parts).some(([operator, keys]) =>
        Object.entries(keys as Parts).some(([key, wanted]) => isUndecided(operator, key, wanted)),
      ),
    );

/** Both say the same, but that the service decides also what IAM's documentation does not. */
const expectAgreement = (answer: Answer, document: unknown, service: Answer) => {
  if (answer === "unknown") expect(hasUndecided(document)).toBe(true);
  // A refusal can turn out to be an explicit one, by a Deny that is undecided.
  else if (answer === "not allowed" && hasUndecided(document)) expect(service).not.toBe("allowed");
  else expect(answer).toBe(service);
};

/** What IAM's grammar has, and IAM refuses to save in a trust policy. The server reads it, as a role of earlier times can have it. */
const refusedWhenSaved =
  /Allow with NotPrincipal|contain NotPrincipal|invalid principal: "STAR"|Invalid principal in policy: "(AWS|SERVICE|CanonicalUser)"|Federated principals must be|may only specify STS AssumeRole|are not unique|ACLSizePerRole/;

describe("both evaluators", () => {
  it("decide alike, on every policy of IAM's grammar", () => {
    const seen = new Map<Answer, number>();
    fc.assert(
      fc.property(cases(), ({ document, request, action }: Case) => {
        const text = JSON.stringify(document);
        const answer = serverSays(text, action, known(request));
        seen.set(answer, (seen.get(answer) ?? 0) + 1);
        expectAgreement(answer, document, serviceSays(text, action, request));
      }),
      runs,
    );
    // Generated policies that all have one answer would show nothing.
    for (const answer of ["allowed", "denied", "not allowed"] as const)
      expect(seen.get(answer) ?? 0, answer).toBeGreaterThan(runs.numRuns / 20);
    expect(seen.get("unknown") ?? 0).toBeLessThan(runs.numRuns / 5);
    expect(seen.has("malformed")).toBe(false);
  });

  it.each(kinds)("compare values alike: %s", (kind) => {
    fc.assert(
      fc.property(comparisonsOf(kind), ({ operator, actual, wanted }) => {
        const Condition = { [operator]: { [`${PROVIDER}:aud`]: wanted } };
        const statement = { Effect: "Allow", Principal: { Federated: PROVIDER }, Action: ASSUME, Condition };
        const text = JSON.stringify({ Version: "2012-10-17", Statement: statement });
        const request = { [`${PROVIDER}:aud`]: actual };
        expect(serverSays(text, ASSUME, known(request))).toBe(serviceSays(text, ASSUME, request));
      }),
      runs,
    );
  });

  it("call the same documents malformed, but for what IAM only refuses to save", () => {
    const seen = { malformed: 0, read: 0 };
    fc.assert(
      fc.property(mutated, ({ given: { request, action }, changed }) => {
        const text = JSON.stringify(changed) ?? "";
        const refusal = refusalOf(text);
        const answer = serverSays(text, action, known(request));
        const isRead =
          refusal === undefined ||
          (refusedWhenSaved.test(refusal) && haveVendors(changed)) ||
          (refusedAsAboutNothing.test(refusal) && isAboutNothing(changed));
        if (!isRead) {
          seen.malformed += 1;
          expect([answer, refusal]).toEqual(["malformed", refusal]);
        } else {
          seen.read += 1;
          expectAgreement(answer, changed, serviceSays(text, action, request));
        }
      }),
      runs,
    );
    expect(Math.min(seen.malformed, seen.read)).toBeGreaterThan(runs.numRuns / 10);
  });

  it("call a document malformed that has a key in two spellings in one Condition", () => {
    fc.assert(
      fc.property(inTwoCases, (document) => {
        const text = JSON.stringify(document);
        expect([serverSays(text, ASSUME, {}), refusalOf(text)]).toEqual(["malformed", "Syntax error in policy."]);
      }),
      some,
    );
  });

  it("read the same texts as JSON", () => {
    fc.assert(
      fc.property(
        cases(true),
        fc.nat(),
        fc.constantFrom("", ",", "}", "\ufeff", "\u0000", '"', " "),
        (given, at, insert) => {
          const whole = JSON.stringify(given.document);
          const place = at % (whole.length + 1);
          const text = `${whole.slice(0, place)}${insert}${whole.slice(place)}`;
          const refusal = refusalOf(text);
          if (/valid Json/.test(refusal ?? ""))
            expect(serverSays(text, given.action, known(given.request))).toBe("malformed");
        },
      ),
      some,
    );
  });
});

describe("unknown", () => {
  /** The statements that could decide, and that look at one of the keys: by a condition, or by a variable in its values. */
  const looksAt = (document: Parts, keys: readonly string[]) =>
    [document["Statement"]].flat().some((statement) => {
      const text = JSON.stringify((statement as Parts)["Condition"] ?? {}).toLowerCase();
      return keys.some((key) => text.includes(key.toLowerCase()));
    });

  /** The request with what `hide` keeps of the values of some keys: the others exist, or not, and nobody knows. */
  const hide = (request: Request, keys: readonly string[], shown: number): Record<string, ContextValue> => ({
    ...known(request),
    ...Object.fromEntries(
      keys.map((key): [string, ContextValue] => {
        const value = request[key];
        if (!isList(key)) return [key, { values: [], more: true }];
        return [key, { values: Array.isArray(value) ? value.slice(0, shown) : [], more: true, multivalued: true }];
      }),
    ),
  });

  /** Requests that are alike in what is shown. Beside a shown value there are further ones, which are not empty. */
  const completions = (
    request: Request,
    keys: readonly string[],
    shown: number,
    others: readonly Request[],
  ): Request[] =>
    others.map((other) => {
      const result: Record<string, string | readonly string[]> = { ...request };
      for (const key of keys) {
        delete result[key];
        const [own, further] = [request[key], other[key]];
        const known = Array.isArray(own) && isList(key) ? own.slice(0, shown) : [];
        const more = known.length === 0 ? (further ?? []) : [further ?? []].flat().filter((value) => value !== "");
        if (typeof more === "string" && !isList(key)) result[key] = more;
        else if (isList(key)) result[key] = [...known, ...(known.length > 0 && more.length === 0 ? ["further"] : more)];
      }
      return result;
    });

  it("is said only of policies that look at what is not known; every other answer stays, whatever becomes known", () => {
    const seen = { unknown: 0, known: 0 };
    fc.assert(
      fc.property(hiddenCases, ({ given: { document, request, action }, hidden, shown, others }) => {
        const text = JSON.stringify(document);
        const answer = serverSays(text, action, hide(request, hidden, shown));
        if (answer === "unknown") {
          seen.unknown += 1;
          expect(looksAt(document, hidden) || hasUndecided(document)).toBe(true);
          return;
        }
        seen.known += 1;
        for (const completed of completions(request, hidden, shown, [request, ...others])) {
          const oracle = serviceSays(text, action, completed);
          // A refusal can turn out to be an explicit one.
          if (answer === "not allowed") expect(oracle).not.toBe("allowed");
          else expect(oracle).toBe(answer);
        }
      }),
      runs,
    );
    expect(Math.min(seen.unknown, seen.known)).toBeGreaterThan(runs.numRuns / 20);
  });

  /** Values that a hidden key can have: none, one, and of a list several. */
  const ofText = [undefined, "", "blue", "red", "other"];
  const ofList = [undefined, [""], ["blue"], ["red"], ["other"], ["blue", "other"], ["blue", "red"], ["red", ""]];

  it.each([`${PROVIDER}:aud`, `${PROVIDER}:amr`])(
    "is said of one condition on %s exactly if it depends on the value, or IAM's documentation does not decide it",
    (key) => {
      const values = fc.uniqueArray(fc.constantFrom("blue", "red"));
      const equality = fc
        .tuple(
          fc.constantFrom("", "ForAnyValue:", "ForAllValues:"),
          fc.constantFrom("StringEquals", "StringNotEquals", "StringLike", "StringNotLike"),
          fc.constantFrom("", "IfExists"),
        )
        .map((parts) => parts.join(""));
      const condition = fc.oneof(
        fc.tuple(equality, values),
        fc.tuple(
          fc.constantFrom("Null", "ForAnyValue:Null", "ForAllValues:Null"),
          fc.uniqueArray(fc.constantFrom("true", "false")),
        ),
      );
      fc.assert(
        fc.property(condition, ([operator, wanted]) => {
          const statement = { Effect: "Allow", Principal: { Federated: PROVIDER }, Action: ASSUME };
          const text = JSON.stringify({ Statement: { ...statement, Condition: { [operator]: { [key]: wanted } } } });
          const answers = new Set<Answer>(
            (isList(key) ? ofList : ofText).map((value) =>
              serviceSays(text, ASSUME, value === undefined ? {} : { [key]: value }),
            ),
          );
          const [only] = answers;
          const isKnown = answers.size === 1 && !isUndecided(operator, key, wanted);
          expect(serverSays(text, ASSUME, hide({}, [key], 0))).toBe(isKnown ? only : "unknown");
        }),
        some,
      );
    },
  );
});
