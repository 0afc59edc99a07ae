/** What an identity of a pool brings to a role: the server's answer about it, and what the service's STS does. */
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { type Assumption, checkAssumption } from "../../../src/local/iam/assume-role.ts";
import { addRole } from "../../../src/local/iam/operations/roles.ts";
import { partitionOf } from "../../../src/local/iam/partitions.ts";
import { ServiceError } from "../../../src/local/protocol/errors.ts";
import { createDocuments } from "../../../src/local/state/documents.ts";
import { isMalformed, readTrustPolicy } from "../../../src/reports/trust/document.ts";
import {
  ASSUME,
  askTrust,
  serviceNameIn,
  TAG_SESSION,
  type WebIdentity,
} from "../../../src/reports/trust/web-identity.ts";

const ACCOUNT = "000000000000";
const now = new Date("2026-11-30T12:00:00Z");
const regions = ["eu-west-1", "us-gov-west-1", "us-gov-east-1", "cn-north-1"] as const;
const runs = process.env["LONG"] === undefined ? 1_000 : 20_000;

/** Conditions on each key that such a request can have, or cannot have. */
const conditionFor = (prefixes: readonly string[], pool: string, identity: string) =>
  fc
    .tuple(
      fc.constantFrom("", "ForAnyValue:", "ForAllValues:"),
      fc.constantFrom(
        "StringEquals",
        "StringLike",
        "StringNotEquals",
        "DateLessThan",
        "NumericLessThanEquals",
        "Bool",
        "IpAddress",
      ),
      fc.constantFrom("", "IfExists"),
      fc.constantFrom(
        ...["aud", "sub", "amr"].flatMap((claim) =>
          Array.from({ length: 3 }, (_, at) => `${prefixes[at % prefixes.length]}:${claim}`),
        ),
        "cognito-identity.amazon.com:aud",
        "aws:RequestTag/team",
        "aws:RequestTag/none",
        "aws:ResourceTag/team",
        "aws:TagKeys",
        "aws:CurrentTime",
        "aws:EpochTime",
        "aws:SecureTransport",
        "aws:SourceIp",
        "aws:RequestedRegion",
        "aws:ResourceAccount",
        "aws:FederatedProvider",
        "aws:PrincipalOrgID",
        "sts:RoleSessionName",
        "sts:DurationSeconds",
        "sts:ExternalId",
      ),
      fc.uniqueArray(
        fc.constantFrom(
          pool,
          "eu-west-1:other",
          identity,
          "authenticated",
          "unauthenticated",
          "*",
          "login.example.com*",
          "team",
          "blue",
          "true",
          "CognitoIdentityCredentials",
          "2026-12-01",
          "4000000000",
          "3600",
          "127.0.0.0/8",
          "eu-west-1",
          ACCOUNT,
          `\${${prefixes[0]}:aud}`,
          `\${${prefixes[0]}:amr}`,
        ),
        { maxLength: 3 },
      ),
    )
    .map(([set, operator, ifExists, key, values]) => ({ [`${set}${operator}${ifExists}`]: { [key]: values } }));

const cases = fc.constantFrom(...regions).chain((region) => {
  const { name, keys, otherKeys } = serviceNameIn(region);
  const [pool, identity] = [`${region}:pool`, `${region}:identity`];
  const statement = fc.record({
    Effect: fc.constantFrom("Allow", "Allow", "Deny"),
    Principal: fc.constantFrom(
      { Federated: name },
      { Federated: name },
      { Federated: "cognito-identity.amazonaws.com" },
      { AWS: "*" },
    ),
    Action: fc.constantFrom<string | string[]>(ASSUME, [ASSUME, TAG_SESSION], "sts:AssumeRole*", TAG_SESSION),
    // Some without a condition: else few requests are allowed.
    Condition: fc.oneof(
      { weight: 3, arbitrary: conditionFor([keys, ...otherKeys], pool, identity) },
      { weight: 1, arbitrary: fc.constant({}) },
    ),
  });
  return fc.record({
    region: fc.constant(region),
    pool: fc.constant(pool),
    identity: fc.constant(identity),
    kind: fc.constantFrom("guest", "user", "developer" as const),
    identityIsKnown: fc.boolean(),
    provider: fc.constantFrom(undefined, "login.example.com"),
    tags: fc.constantFrom<Record<string, string>>({}, {}, { team: "blue" }),
    tagsAreKnown: fc.boolean(),
    isBasic: fc.boolean(),
    statements: fc.array(statement, { minLength: 1, maxLength: 2 }),
  });
});

it("what is known of the answer is what STS does, whoever asks", () => {
  const seen = { allowed: 0, refused: 0, unknown: 0 };
  fc.assert(
    fc.property(
      cases,
      ({ region, pool, identity, kind, identityIsKnown, provider, tags, tagsAreKnown, isBasic, statements }) => {
        const text = JSON.stringify({ Version: "2012-10-17", Statement: statements });
        const brought = kind === "guest" ? {} : tags;
        const policy = readTrustPolicy(text);
        if (isMalformed(policy)) throw new Error(policy.fault);
        const asked: WebIdentity = {
          region,
          poolId: pool,
          identityId: identityIsKnown ? identity : undefined,
          kind,
          provider,
          tagKeys: tagsAreKnown ? Object.keys(brought) : undefined,
          flow: isBasic ? "classic" : "enhanced",
          now: now.getTime(),
        };
        const { assume, tagSession } = askTrust(policy, asked);
        const answers = [assume.answer, ...(tagSession ? [tagSession.answer] : [])];

        const documents = createDocuments();
        const prefix = `arn:${partitionOf(region)}:iam::${ACCOUNT}:`;
        const role = addRole(
          { RoleName: "role", AssumeRolePolicyDocument: text, Tags: [{ Key: "team", Value: "blue" }] },
          { documents, prefix, now },
          true,
        );
        const assumption: Assumption = {
          roleArn: role.arn,
          pool,
          identity,
          amr:
            kind === "guest" ? ["unauthenticated"] : ["authenticated", "login.example.com", "login.example.com:user"],
          tags: brought,
          sessionName: isBasic ? "session" : "CognitoIdentityCredentials",
          seconds: 3600,
          isBasic,
        };
        const isAllowed = allows(assumption, { accountId: ACCOUNT, documents, now: () => now, strictRoles: true });
        if (answers.some((answer) => answer === "denied" || answer === "not allowed")) {
          seen.refused += 1;
          expect(isAllowed).toBe(false);
        } else if (answers.includes("unknown") || !tagsAreKnown) seen.unknown += 1;
        else {
          seen.allowed += 1;
          expect(isAllowed).toBe(true);
        }
      },
    ),
    { numRuns: runs },
  );
  expect(Math.min(...Object.values(seen))).toBeGreaterThan(runs / 20);
});

function allows(...args: Parameters<typeof checkAssumption>): boolean {
  try {
    checkAssumption(...args);
    return true;
  } catch (error) {
    if (error instanceof ServiceError && error.code === "AccessDenied") return false;
    throw error;
  }
}
