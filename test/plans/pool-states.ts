/** Identity pools on an embedded service in this process: made from data, and read back whole. */
import type { LocalService } from "../../src/local/service.ts";
import { region } from "../support/client.ts";

export type Input = Record<string, unknown>;

/** The service's JSON door, without the SDK: many calls are made. */
export async function post(service: LocalService, operation: string, input: object): Promise<Input> {
  const { status, body } = await service.handle({
    method: "POST",
    path: "/",
    headers: {
      "x-amz-target": `AWSCognitoIdentityService.${operation}`,
      authorization: `AWS4-HMAC-SHA256 Credential=AKIDTEST/20260101/${region}/cognito-identity/aws4_request, SignedHeaders=host, Signature=0`,
    },
    body: Buffer.from(JSON.stringify(input)),
  });
  if (status !== 200) throw new Error(`${operation}: ${body}`);
  // Some operations have no output, and answer with an empty body.
  return JSON.parse(body || "{}");
}

/** A pool as it is set up, part by part. */
export interface Setting {
  readonly pool: Input;
  readonly roles: { readonly Roles: Input; readonly RoleMappings: Input };
  readonly maps: Readonly<Record<string, Input>>;
}

/** All that the service says of a pool: its members, and by provider its principal tags. */
export interface State {
  readonly pool: Input;
  readonly roles: Input;
  readonly maps: Readonly<Record<string, Input>>;
}

/** The names by which role mappings speak of a pool's providers, and those by which principal tags do. */
export function providersOf(pool: Input): { mappable: string[]; taggable: string[] } {
  const domains = Object.keys(pool["SupportedLoginProviders"] ?? {});
  const clients = (pool["CognitoIdentityProviders"] ?? []) as { ProviderName: string; ClientId: string }[];
  const oidcs = (pool["OpenIdConnectProviderARNs"] ?? []) as string[];
  return {
    mappable: [...domains, ...oidcs, ...clients.map(({ ProviderName, ClientId }) => `${ProviderName}:${ClientId}`)],
    taggable: [...domains, ...oidcs],
  };
}

export const only = (map: Input, keys: readonly string[]): Input =>
  Object.fromEntries(Object.entries(map).filter(([key]) => keys.includes(key)));

/** Makes the pool and gives its id. What is set of providers that it has not is left out. */
export async function create(service: LocalService, { pool, roles, maps }: Setting): Promise<string> {
  const { mappable, taggable } = providersOf(pool);
  const { IdentityPoolId } = (await post(service, "CreateIdentityPool", pool)) as { IdentityPoolId: string };
  const { Roles, RoleMappings } = roles;
  await post(service, "SetIdentityPoolRoles", { IdentityPoolId, Roles, RoleMappings: only(RoleMappings, mappable) });
  for (const [IdentityProviderName, map] of Object.entries(maps))
    if (taggable.includes(IdentityProviderName))
      await post(service, "SetPrincipalTagAttributeMap", { IdentityPoolId, IdentityProviderName, ...map });
  return IdentityPoolId;
}

export async function stateOf(service: LocalService, id: string): Promise<State> {
  const { IdentityPoolId: _, ...pool } = await post(service, "DescribeIdentityPool", { IdentityPoolId: id });
  const { IdentityPoolId: __, ...roles } = await post(service, "GetIdentityPoolRoles", { IdentityPoolId: id });
  const maps: Record<string, Input> = {};
  for (const provider of providersOf(pool).taggable) {
    const asked = { IdentityPoolId: id, IdentityProviderName: provider };
    const { UseDefaults, PrincipalTags } = await post(service, "GetPrincipalTagAttributeMap", asked);
    maps[provider] = { UseDefaults, PrincipalTags };
  }
  return { pool, roles, maps };
}
