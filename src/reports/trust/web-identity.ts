/** The request that an identity pool makes of a role: AssumeRoleWithWebIdentity, with the claims of the pool's token. */
import { type ContextValue, createContext, unknownValue } from "./context.ts";
import { type Decision, decide } from "./decide.ts";
import type { TrustPolicy } from "./document.ts";

export const ASSUME = "sts:AssumeRoleWithWebIdentity";
export const TAG_SESSION = "sts:TagSession";

/** What trust policies call the service in a region. */
export interface ServiceName {
  /** The federated principal. */
  readonly name: string;
  /** What condition keys begin with. */
  readonly keys: string;
  /** What they perhaps begin with as well. Empty where AWS's pages agree on the names. */
  readonly otherKeys: readonly string[];
}

/**
 * The names of Cognito Identity in trust policies. GovCloud: https://docs.aws.amazon.com/govcloud-us/latest/UserGuide/govcloud-cog.html.
 * China: https://docs.amazonaws.cn/cognito/latest/developerguide/identity-pools-security-best-practices.html, of which the example has
 * other keys than the text.
 */
export function serviceNameIn(region: string): ServiceName {
  const alike = (name: string) => ({ name, keys: name, otherKeys: [] });
  if (region === "us-gov-west-1") return alike("cognito-identity-us-gov.amazonaws.com");
  if (region === "us-gov-east-1") return alike("cognito-identity.us-gov-east-1.amazonaws.com");
  if (!region.startsWith("cn-")) return alike("cognito-identity.amazonaws.com");
  const name = `cognito-identity.${region}.amazonaws.com.cn`;
  return { name, keys: "cognito-identity.amazonaws.com.cn", otherKeys: ["cognito-identity.amazonaws.com", name] };
}

/** The claim of the pool's token that a condition key of the region looks at, as far as it is known; undefined if it is none. */
export function claimOf(region: string, key: string): string | undefined {
  const { keys, otherKeys } = serviceNameIn(region);
  const prefix = [keys, ...otherKeys].find((one) => key.toLowerCase().startsWith(`${one}:`));
  return prefix === undefined ? undefined : key.toLowerCase().slice(prefix.length + 1);
}

/** Who asks for the role, as far as it is known. */
export interface WebIdentity {
  readonly region: string;
  readonly poolId: string;
  readonly identityId: string | undefined;
  readonly kind: "guest" | "user" | "developer";
  /** The login provider's name, or the developer provider's; undefined if it is not known. */
  readonly provider: string | undefined;
  /** Keys of the session tags; values are not known. Undefined where it is not known whether there are any. */
  readonly tagKeys: readonly string[] | undefined;
  readonly flow: "enhanced" | "classic";
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** How Cognito names the sessions of the enhanced flow. */
const SESSION_NAME = "CognitoIdentityCredentials";

/** The keys that STS takes from the token and the request. */
function contextOf({ region, poolId, identityId, kind, provider, tagKeys, flow, now }: WebIdentity) {
  const { keys, otherKeys } = serviceNameIn(region);
  const text = (value: string | undefined): ContextValue => (value === undefined ? unknownValue : { values: [value] });
  const methods: ContextValue =
    kind === "guest"
      ? { values: ["unauthenticated"], multivalued: true }
      : {
          values: ["authenticated", ...(provider === undefined ? [] : [provider])],
          // The provider, and the user at the provider: of several forms, and each longer than these words.
          more: true,
          multivalued: true,
          never: ["authenticated", "unauthenticated"],
        };
  const tags = (tagKeys ?? []).map((key): [string, ContextValue] => [`aws:RequestTag/${key}`, unknownValue]);
  const entries: Record<string, ContextValue | readonly string[]> = {
    [`${keys}:aud`]: [poolId],
    [`${keys}:sub`]: text(identityId),
    [`${keys}:amr`]: methods,
    ...Object.fromEntries(otherKeys.map((other) => [`${other}:amr`, { ...unknownValue, multivalued: true as const }])),
    "sts:RoleSessionName": flow === "enhanced" ? [SESSION_NAME] : unknownValue,
    ...Object.fromEntries(tags),
    ...(tagKeys === undefined
      ? { "aws:TagKeys": { ...unknownValue, multivalued: true } }
      : tagKeys.length > 0 && { "aws:TagKeys": { values: tagKeys, multivalued: true } }),
    "aws:CurrentTime": [new Date(now).toISOString()],
    "aws:EpochTime": [String(Math.floor(now / 1000))],
    "aws:SecureTransport": ["true"],
  };
  return createContext(entries, [
    ...notDocumented,
    ...otherKeys.map((other) => `${other}:`),
    ...(tagKeys === undefined ? ["aws:RequestTag/"] : []),
  ]);
}

/** Keys of the request and of the role. Of the enhanced flow's request, which Cognito sends, AWS documents none of them. */
const notDocumented = [
  ..."aws:SourceIp aws:SourceVpc aws:VpcSourceIp aws:Vpce aws:UserAgent aws:Referer aws:CalledVia aws:ViaAWSService".split(
    " ",
  ),
  ..."aws:RequestedRegion aws:ResourceAccount aws:ResourceOrg aws:ResourceTag/".split(" "),
];

/** Whether the role's policy lets the identity in, and, if the pool sends session tags, lets it bring them. */
export interface TrustAnswer {
  readonly assume: Decision;
  /** Undefined where the pool sends no tags. */
  readonly tagSession: Decision | undefined;
}

export function askTrust(policy: TrustPolicy, identity: WebIdentity): TrustAnswer {
  const federated = serviceNameIn(identity.region).name;
  const context = contextOf(identity);
  const ask = (action: string) => decide(policy, { federated, action, context });
  return { assume: ask(ASSUME), tagSession: identity.tagKeys?.length ? ask(TAG_SESSION) : undefined };
}

/** A statement that lets one kind of identity of one pool in. */
export function statementFor({
  region,
  poolId,
  kind,
  tagKeys,
}: Omit<WebIdentity, "now" | "flow" | "identityId" | "provider">) {
  const { name, keys } = serviceNameIn(region);
  return {
    Effect: "Allow",
    Principal: { Federated: name },
    Action: tagKeys?.length ? [ASSUME, TAG_SESSION] : ASSUME,
    Condition: {
      StringEquals: { [`${keys}:aud`]: poolId },
      "ForAnyValue:StringLike": { [`${keys}:amr`]: kind === "guest" ? "unauthenticated" : "authenticated" },
    },
  };
}
