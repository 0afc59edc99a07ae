/** AWS's named shapes as data, with the constraints of the service model. */

export type Shape =
  | {
      readonly type: "string";
      readonly min?: number;
      readonly max?: number;
      readonly pattern?: string;
      readonly enum?: readonly string[];
      readonly sensitive?: true;
    }
  | { readonly type: "number"; readonly min: number; readonly max: number }
  | { readonly type: "boolean" }
  | { readonly type: "list"; readonly of: Shape; readonly min?: number; readonly max?: number }
  | { readonly type: "map"; readonly key: Shape; readonly value: Shape; readonly max?: number }
  | { readonly type: "structure"; readonly members: Members };

export interface Member {
  readonly shape: Shape;
  readonly required: boolean;
}

export type Members = Readonly<Record<string, Member>>;

export function required(shape: Shape): Member {
  return { shape, required: true };
}

export function optional(shape: Shape): Member {
  return { shape, required: false };
}

const id = { type: "string", min: 1, max: 55, pattern: "[\\w-]+:[0-9a-f-]+" } as const;
export const identityPoolId: Shape = id;
export const identityId: Shape = id;
export const identityPoolName: Shape = { type: "string", min: 1, max: 128, pattern: "[\\w\\s+=,.@-]+" };
export const boolean: Shape = { type: "boolean" };
export const arn: Shape = { type: "string", min: 20, max: 2048 };
export const arns: Shape = { type: "list", of: arn };
export const accountId: Shape = { type: "string", min: 1, max: 15, pattern: "\\d+" };
export const providerName: Shape = { type: "string", min: 1, max: 128 };
export const providerNames: Shape = { type: "list", of: providerName };
export const loginProviders: Shape = {
  type: "map",
  max: 10,
  key: providerName,
  value: { type: "string", min: 1, max: 128, pattern: "[\\w.;_/-]+" },
};
export const developerProviderName: Shape = { type: "string", min: 1, max: 128, pattern: "[\\w._-]+" };
export const developerUser: Shape = { type: "string", min: 1, max: 1024 };
export const cognitoProviders: Shape = {
  type: "list",
  of: {
    type: "structure",
    members: {
      ProviderName: optional({ type: "string", min: 1, max: 128, pattern: "[\\w._:/-]+" }),
      ClientId: optional({ type: "string", min: 1, max: 128, pattern: "[\\w_]+" }),
      ServerSideTokenCheck: optional(boolean),
    },
  },
};
const tagKey: Shape = { type: "string", min: 1, max: 128 };
export const tags: Shape = { type: "map", key: tagKey, value: { type: "string", min: 0, max: 256 } };
export const tagKeys: Shape = { type: "list", of: tagKey };
export const logins: Shape = {
  type: "map",
  max: 10,
  key: providerName,
  value: { type: "string", min: 1, max: 50_000, sensitive: true },
};
export const limit: Shape = { type: "number", min: 1, max: 60 };
export const pageToken: Shape = { type: "string", min: 1, max: 65_535, pattern: "[\\S]+" };
export const tokenDuration: Shape = { type: "number", min: 1, max: 86_400 };
export const identityIds: Shape = { type: "list", of: id, min: 1, max: 60 };
export const principalTags: Shape = {
  type: "map",
  max: 50,
  key: { type: "string", min: 1, max: 128 },
  value: { type: "string", min: 1, max: 256 },
};
export const roles: Shape = {
  type: "map",
  max: 2,
  key: { type: "string", min: 1, max: 128, pattern: "(un)?authenticated" },
  value: arn,
};
const mappingRule: Shape = {
  type: "structure",
  members: {
    Claim: required({ type: "string", min: 1, max: 64, pattern: "[\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}]+" }),
    MatchType: required({ type: "string", enum: ["Equals", "Contains", "StartsWith", "NotEqual"] }),
    Value: required({ type: "string", min: 1, max: 128 }),
    RoleARN: required(arn),
  },
};
export const roleMappings: Shape = {
  type: "map",
  max: 10,
  key: providerName,
  value: {
    type: "structure",
    members: {
      Type: required({ type: "string", enum: ["Token", "Rules"] }),
      AmbiguousRoleResolution: optional({ type: "string", enum: ["AuthenticatedRole", "Deny"] }),
      RulesConfiguration: optional({
        type: "structure",
        members: { Rules: required({ type: "list", min: 1, max: 400, of: mappingRule }) },
      }),
    },
  },
};
