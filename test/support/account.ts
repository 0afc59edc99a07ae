/** An account as answers of AWS, operation by operation, and a call of each tool that changes it. */
import { region } from "./client.ts";

export const poolId = `${region}:00000000-0000-4000-8000-000000000000`;
const identityId = `${region}:11111111-0000-4000-8000-000000000000`;
export const provider = "accounts.google.com";
const role = "arn:aws:iam::111122223333:role/users";
const ResourceArn = `arn:aws:cognito-identity:${region}:111122223333:identitypool/${poolId}`;

const rule = { Claim: "a", MatchType: "Equals", Value: "b", RoleARN: role };
const mapping = { Type: "Rules", AmbiguousRoleResolution: "Deny", RulesConfiguration: { Rules: [rule] } };
const pool = {
  IdentityPoolId: poolId,
  IdentityPoolName: "pool",
  AllowUnauthenticatedIdentities: false,
  AllowClassicFlow: null,
  SupportedLoginProviders: { [provider]: "app" },
  CognitoIdentityProviders: [{ ProviderName: "cognito-idp.eu-west-1.amazonaws.com/eu-west-1_a", ClientId: "client" }],
  SamlProviderARNs: ["arn:aws:iam::111122223333:saml-provider/one"],
  IdentityPoolTags: { team: "a" },
};

/** What AWS answers, by operation; `{}` where an operation is not here. */
export const answers: Readonly<Record<string, object>> = {
  CreateIdentityPool: pool,
  UpdateIdentityPool: pool,
  DescribeIdentityPool: pool,
  GetIdentityPoolRoles: {
    IdentityPoolId: poolId,
    Roles: { authenticated: role },
    RoleMappings: { [provider]: mapping },
  },
  GetPrincipalTagAttributeMap: {
    IdentityPoolId: poolId,
    IdentityProviderName: provider,
    UseDefaults: false,
    PrincipalTags: { team: "sub" },
  },
  ListTagsForResource: { Tags: { team: "a" } },
  ListIdentities: { IdentityPoolId: poolId, Identities: [{ IdentityId: identityId, Logins: [provider] }] },
  DescribeIdentity: { IdentityId: identityId, Logins: [provider, "login.example.app"] },
  LookupDeveloperIdentity: { IdentityId: identityId, DeveloperUserIdentifierList: ["user"] },
  GetId: { IdentityId: identityId },
};

/** The updates that a plan is made for: the arguments, what the plan reads, and what is sent. */
export const updates = {
  "update-identity-pool": {
    input: { IdentityPoolId: poolId, IdentityPoolName: "renamed" },
    reads: ["DescribeIdentityPool"],
    sends: "UpdateIdentityPool",
  },
  "set-identity-pool-roles": {
    input: { IdentityPoolId: poolId, Roles: { unauthenticated: `${role}-2` } },
    reads: ["DescribeIdentityPool", "GetIdentityPoolRoles"],
    sends: "SetIdentityPoolRoles",
  },
  "set-principal-tag-attribute-map": {
    input: { IdentityPoolId: poolId, IdentityProviderName: provider, PrincipalTags: { unit: "unit" } },
    reads: ["DescribeIdentityPool", "GetPrincipalTagAttributeMap"],
    sends: "SetPrincipalTagAttributeMap",
  },
  "tag-resource": { input: { ResourceArn, Tags: { cost: "b" } }, reads: ["ListTagsForResource"], sends: "TagResource" },
  "untag-resource": {
    input: { ResourceArn, TagKeys: ["team"] },
    reads: ["ListTagsForResource"],
    sends: "UntagResource",
  },
} as const;

/** The deletions, in the same form. */
export const deletions = {
  "delete-identity-pool": {
    input: { IdentityPoolId: poolId },
    reads: ["DescribeIdentityPool", "GetIdentityPoolRoles", "ListIdentities"],
    sends: "DeleteIdentityPool",
  },
  "delete-identities": {
    input: { IdentityIdsToDelete: [identityId] },
    reads: ["DescribeIdentity"],
    sends: "DeleteIdentities",
  },
  "unlink-developer-identity": {
    input: {
      IdentityId: identityId,
      IdentityPoolId: poolId,
      DeveloperProviderName: "login.example.app",
      DeveloperUserIdentifier: "user",
    },
    reads: ["DescribeIdentity", "LookupDeveloperIdentity"],
    sends: "UnlinkDeveloperIdentity",
  },
} as const;

/** What runs without a plan and changes the account. */
export const creations = {
  "create-identity-pool": {
    input: { IdentityPoolName: "pool", AllowUnauthenticatedIdentities: false },
    reads: [],
    sends: "CreateIdentityPool",
  },
  "get-id": { input: { IdentityPoolId: poolId }, reads: [], sends: "GetId" },
} as const;
