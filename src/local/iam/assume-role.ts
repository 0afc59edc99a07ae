/** What STS checks before an identity gets credentials of a role. */
import { ServiceError } from "../protocol/errors.ts";
import type { Documents } from "../state/documents.ts";
import { federatedPrincipal, keyPrefixes } from "./partitions.ts";
import type { RequestContext } from "./policy/conditions.ts";
import type { Policy, Statement } from "./policy/document.ts";
import { evaluateTrust } from "./policy/evaluate.ts";
import { readTrustPolicy } from "./policy/trust.ts";
import type { Role } from "./records.ts";
import { roleAt } from "./roles.ts";

/** An identity that asks for credentials of a role, with what its token says. */
export interface Assumption {
  readonly roleArn: string;
  readonly pool: string;
  readonly identity: string;
  /** How the identity was authenticated. */
  readonly amr: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
  readonly sessionName: string;
  readonly seconds: number;
  /** Whether the caller itself calls STS: the basic (classic) flow. */
  readonly isBasic: boolean;
}

interface RoleContext {
  readonly accountId: string;
  readonly documents: Documents;
  readonly now: () => Date;
  /** Whether a role that nobody defined is refused. */
  readonly strictRoles: boolean;
}

/**
 * Throws AccessDenied if the trust policy of the role does not let the identity assume it, or if the role does not exist, and
 * ValidationError or PackedPolicyTooLarge for session tags or a time that the role does not take. A role that nobody defined
 * is accepted as it is, unless with `strictRoles`.
 */
export function checkAssumption(assumption: Assumption, context: RoleContext): void {
  const role = roleAt(context.documents, assumption.roleArn);
  if (role === undefined && !context.strictRoles) return;
  if (role === undefined || role === "none") throw denied();
  const policy = readTrustPolicy(role.trustPolicy, true);
  if (!isTrusted(role, policy, assumption, context)) throw denied();
  checkSessionTags(assumption.tags);
  if (assumption.seconds > role.maxSessionDuration)
    throw new ServiceError(
      "ValidationError",
      "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    );
}

function denied(): ServiceError {
  return new ServiceError("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity");
}

function isTrusted(role: Role, policy: Policy, assumption: Assumption, { accountId, now }: RoleContext): boolean {
  const region = regionOf(assumption.pool);
  const requestContext = requestContextOf(role, assumption, now());
  const isForeign = !role.arn.includes(`:iam::${accountId}:`);
  const may = (action: string, isEnough?: (statement: Statement) => boolean) =>
    evaluateTrust(policy, { federated: federatedPrincipal(region), action, context: requestContext }, isEnough) ===
    "allowed";
  const isLimited = (statement: Statement) => !assumption.isBasic || !isForeign || namesPoolAndKind(statement, region);
  return (
    may("sts:AssumeRoleWithWebIdentity", isLimited) &&
    (Object.keys(assumption.tags).length === 0 || may("sts:TagSession"))
  );
}

/**
 * STS requires both conditions for a role of another account in the basic flow
 * (https://docs.aws.amazon.com/cognito/latest/developerguide/identity-pools-security-best-practices.html).
 */
function namesPoolAndKind({ conditions }: Statement, region: string): boolean {
  const keys = Object.values(conditions).flatMap((block) => Object.keys(block).map((key) => key.toLowerCase()));
  return ["aud", "amr"].every((claim) => keyPrefixes(region).some((prefix) => keys.includes(`${prefix}:${claim}`)));
}

/**
 * The keys that are there in such a call
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html,
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html).
 */
function requestContextOf(role: Role, assumption: Assumption, now: Date): RequestContext {
  const region = regionOf(assumption.pool);
  const tags = Object.entries(assumption.tags);
  const claims = { aud: assumption.pool, sub: assumption.identity, amr: assumption.amr };
  const entries: [string, string | readonly string[]][] = [
    ...keyPrefixes(region).flatMap((prefix) =>
      Object.entries(claims).map(([claim, value]): [string, string | readonly string[]] => [
        `${prefix}:${claim}`,
        value,
      ]),
    ),
    ["sts:RoleSessionName", assumption.sessionName],
    ["aws:TagKeys", tags.map(([key]) => key)],
    ...tags.map(([key, value]): [string, string] => [`aws:RequestTag/${key}`, value]),
    ...role.tags.map(({ Key, Value }): [string, string] => [`aws:ResourceTag/${Key}`, Value]),
    ["aws:ResourceAccount", role.arn.split(":")[4] ?? ""],
    ["aws:RequestedRegion", region],
    ["aws:CurrentTime", `${now.toISOString().slice(0, 19)}Z`],
    ["aws:EpochTime", String(Math.floor(now.getTime() / 1000))],
    // AWS's endpoints take no plain HTTP.
    ["aws:SecureTransport", "true"],
    // Every caller is on this machine. In the enhanced flow, the caller of STS is Cognito Identity.
    ...(assumption.isBasic ? [["aws:SourceIp", "127.0.0.1"] satisfies [string, string]] : []),
  ];
  return new Map(entries.map(([key, value]) => [key.toLowerCase(), value]));
}

/** For all session tags together (https://docs.aws.amazon.com/cognito/latest/developerguide/using-afac-with-cognito-identity-pools.html). */
const MAX_TAG_BYTES = 460;
const MAX_TAGS = 50;
const tagText = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_Tag.html */
function checkSessionTags(tags: Assumption["tags"]): void {
  const entries = Object.entries(tags);
  const isValid = ([key, value]: [string, string]) =>
    key.length >= 1 && key.length <= 128 && value.length <= 256 && tagText.test(key) && tagText.test(value);
  const keys = new Set(entries.map(([key]) => key.toLowerCase()));
  if (entries.length > MAX_TAGS || keys.size < entries.length || !entries.every(isValid))
    throw new ServiceError("ValidationError", "1 validation error detected: a session tag is not valid");
  const bytes = entries.reduce((sum, tag) => sum + Buffer.byteLength(tag.join("")), 0);
  if (bytes > MAX_TAG_BYTES)
    throw new ServiceError(
      "PackedPolicyTooLarge",
      `Packed size of session tags consumes ${Math.ceil((100 * bytes) / MAX_TAG_BYTES)}% of allotted space.`,
    );
}

function regionOf(pool: string): string {
  return pool.split(":", 1)[0] ?? "";
}
