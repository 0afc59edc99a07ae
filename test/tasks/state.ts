/** The whole state of a service, read through the API, and how two of them differ. */
import {
  type CognitoIdentityClient,
  DescribeIdentityPoolCommand,
  type DescribeIdentityPoolCommandOutput,
  GetIdentityPoolRolesCommand,
  GetPrincipalTagAttributeMapCommand,
  type IdentityDescription,
  ListIdentitiesCommand,
  ListIdentityPoolsCommand,
  LookupDeveloperIdentityCommand,
  type RoleMapping,
} from "@aws-sdk/client-cognito-identity";
import {
  GetRolePolicyCommand,
  type IAMClient,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
  paginateListRoles,
} from "@aws-sdk/client-iam";

export interface EndState {
  /** By pool id. */
  pools: Record<string, PoolState>;
  /** The roles of IAM, by ARN. User pools cannot change. */
  roles: Record<string, RoleState>;
}

interface RoleState {
  trust: unknown;
  /** Inline policies, by name. */
  policies: Record<string, unknown>;
  /** ARNs of managed policies. */
  attached: string[];
}

export interface PoolState {
  settings: Omit<DescribeIdentityPoolCommandOutput, "$metadata" | "IdentityPoolId">;
  roles: Record<string, string>;
  mappings: Record<string, RoleMapping>;
  /** By provider name. */
  principalTags: Record<string, Record<string, string>>;
  /** By identity id. */
  identities: Record<string, IdentityState>;
}

interface IdentityState {
  logins: string[];
  developerUsers: string[];
  disabled: boolean;
}

/** Reads everything in the given regions. */
export async function readState(
  { sdkFor, iamFor }: { sdkFor(id: string): CognitoIdentityClient; iamFor(id: string): IAMClient },
  regions: readonly string[],
): Promise<EndState> {
  const roles: EndState["roles"] = {};
  const pools: Record<string, PoolState> = {};
  for (const region of regions) {
    const sdk = sdkFor(`${region}:`);
    // Regions of one partition show the same roles.
    Object.assign(roles, await readRoles(iamFor(`${region}:`)));
    let NextToken: string | undefined;
    do {
      const page = await sdk.send(new ListIdentityPoolsCommand({ MaxResults: 60, NextToken }));
      for (const { IdentityPoolId = "" } of page.IdentityPools ?? [])
        pools[IdentityPoolId] = await readPool(sdk, IdentityPoolId);
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
  }
  return { pools, roles };
}

async function readRoles(iam: IAMClient): Promise<EndState["roles"]> {
  const roles: EndState["roles"] = {};
  for await (const { Roles = [] } of paginateListRoles({ client: iam }, {}))
    for (const { RoleName, Arn = "", AssumeRolePolicyDocument } of Roles) {
      const policies: RoleState["policies"] = {};
      const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
      for (const PolicyName of PolicyNames) {
        const { PolicyDocument } = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }));
        policies[PolicyName] = documentIn(PolicyDocument);
      }
      const { AttachedPolicies = [] } = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }));
      roles[Arn] = {
        trust: documentIn(AssumeRolePolicyDocument),
        policies,
        attached: AttachedPolicies.flatMap(({ PolicyArn }) => PolicyArn ?? []),
      };
    }
  return roles;
}

/** IAM answers with documents in URL encoding. */
function documentIn(encoded = "null"): unknown {
  return JSON.parse(decodeURIComponent(encoded));
}

async function readPool(sdk: CognitoIdentityClient, IdentityPoolId: string): Promise<PoolState> {
  const {
    $metadata: _,
    IdentityPoolId: __,
    ...settings
  } = await sdk.send(new DescribeIdentityPoolCommand({ IdentityPoolId }));
  const { Roles = {}, RoleMappings = {} } = await sdk.send(new GetIdentityPoolRolesCommand({ IdentityPoolId }));
  const principalTags: PoolState["principalTags"] = {};
  const providers = new Set([
    ...(settings.CognitoIdentityProviders ?? []).flatMap(({ ProviderName }) => ProviderName ?? []),
    ...Object.keys(settings.SupportedLoginProviders ?? {}),
  ]);
  for (const IdentityProviderName of providers) {
    const map = await sdk.send(new GetPrincipalTagAttributeMapCommand({ IdentityPoolId, IdentityProviderName }));
    if (map.PrincipalTags) principalTags[IdentityProviderName] = map.PrincipalTags;
  }
  const hasUsers = settings.DeveloperProviderName !== undefined;
  return {
    settings,
    roles: Roles,
    mappings: RoleMappings,
    principalTags,
    identities: await readIdentities(sdk, IdentityPoolId, hasUsers),
  };
}

async function readIdentities(sdk: CognitoIdentityClient, IdentityPoolId: string, hasUsers: boolean) {
  const enabled = new Set((await listIdentities(sdk, IdentityPoolId, true)).map(({ IdentityId }) => IdentityId));
  const identities: PoolState["identities"] = {};
  for (const { IdentityId = "", Logins = [] } of await listIdentities(sdk, IdentityPoolId, false)) {
    const found = hasUsers
      ? await sdk
          .send(new LookupDeveloperIdentityCommand({ IdentityPoolId, IdentityId, MaxResults: 60 }))
          .catch(ignoreNotFound)
      : undefined;
    const developerUsers = [...(found?.DeveloperUserIdentifierList ?? [])].sort();
    identities[IdentityId] = { logins: [...Logins].sort(), developerUsers, disabled: !enabled.has(IdentityId) };
  }
  return identities;
}

/** An identity without developer users, or one that a merge disabled. */
function ignoreNotFound(error: unknown): undefined {
  if (!(error instanceof Error) || !/^(ResourceNotFound|NotAuthorized|ResourceConflict)/.test(error.name)) throw error;
}

async function listIdentities(sdk: CognitoIdentityClient, IdentityPoolId: string, HideDisabled: boolean) {
  const found: IdentityDescription[] = [];
  let NextToken: string | undefined;
  do {
    const page = await sdk.send(new ListIdentitiesCommand({ IdentityPoolId, MaxResults: 60, NextToken, HideDisabled }));
    found.push(...(page.Identities ?? []));
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return found;
}

/** Differences that are told. */
const MAX_DIFFERENCES = 10;

/** Where two values differ, one sentence each. Absent, empty, and false where AWS may leave it out, are the same. */
export function differences(expected: unknown, actual: unknown): string[] {
  const found: string[] = [];
  walk(normalized(expected), normalized(actual), "");
  const more = found.length - MAX_DIFFERENCES;
  return more > 0 ? [...found.slice(0, MAX_DIFFERENCES), `${more} more differences.`] : found;

  function walk(one: unknown, other: unknown, path: string): void {
    if (isObject(one) && isObject(other)) {
      for (const key of new Set([...Object.keys(one), ...Object.keys(other)]))
        walk(one[key], other[key], `${path}/${key}`);
      return;
    }
    if (JSON.stringify(one) !== JSON.stringify(other))
      found.push(
        `${path || "all"} is ${JSON.stringify(other) ?? "absent"} instead of ${JSON.stringify(one) ?? "absent"}.`,
      );
  }
}

/** Lists keep their order, because that of rules matters. */
function normalized(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map(normalized);
  if (!isObject(value)) return value;
  const entries = Object.entries(value)
    .filter(([name, entry]) => !(name === "ServerSideTokenCheck" && entry === false))
    .map(([name, entry]) => [name, normalized(entry)] as const)
    .filter(([, entry]) => entry !== undefined)
    .sort(([one], [other]) => (one < other ? -1 : 1));
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
