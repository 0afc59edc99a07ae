/** Puts the seed of a task into a running service, through the API. */

import { createHash } from "node:crypto";
import {
  CognitoIdentityClient,
  CognitoIdentityServiceException,
  CreateIdentityPoolCommand,
  GetCredentialsForIdentityCommand,
  GetIdCommand,
  GetOpenIdTokenCommand,
  GetOpenIdTokenForDeveloperIdentityCommand,
  SetIdentityPoolRolesCommand,
  SetPrincipalTagAttributeMapCommand,
} from "@aws-sdk/client-cognito-identity";
import { IAMClient } from "@aws-sdk/client-iam";
import { startService } from "../support/client.ts";
import { idToken } from "../support/tokens.ts";
import type { Seed, SeedIdentities, SeedLogin, SeedPool, Vend } from "./task.ts";

/** Whether a pool is in the region of the id. */
export function regionOf(id: string): string {
  return id.split(":", 1)[0] ?? "";
}

export interface SeededService extends AsyncDisposable {
  /** What a server needs to find the service. */
  readonly env: Readonly<Record<string, string>>;
  /** A client for the region of a pool or identity. */
  sdkFor(id: string): CognitoIdentityClient;
  /** A client of IAM for the partition of the region of an id. */
  iamFor(id: string): IAMClient;
  /** Asks for credentials as an application does, without the server. Gives the ARN of their role, or the error. It can create an identity. */
  vend(asked: Vend): Promise<string>;
}

/** Starts a service that holds the seed. Its ids are the same each time. */
export async function startSeeded(seed: Seed): Promise<SeededService> {
  let time: number | undefined;
  let nextId: string | undefined;
  let count = 0;
  const service = await startService({
    strictRoles: seed.account !== undefined,
    clock: () => time ?? Date.now(),
    newId: () => {
      const id = nextId ?? guid(count);
      count += 1;
      nextId = undefined;
      return id;
    },
  });
  const configFor = (region: string) => ({
    region,
    endpoint: service.url,
    credentials: { accessKeyId: "AKIDTEST", secretAccessKey: "test" },
  });
  const cognito = byRegion((region) => new CognitoIdentityClient(configFor(region)));
  const iam = byRegion((region) => new IAMClient(configFor(region)));
  const sdkFor = cognito.clientFor;

  async function vend({ pool: IdentityPoolId, login, flow }: Vend): Promise<string> {
    const sdk = sdkFor(IdentityPoolId);
    const Logins = login && { [login.provider]: tokenOf(login) };
    try {
      const { IdentityId } = await sdk.send(new GetIdCommand({ IdentityPoolId, Logins }));
      if (flow === "classic") {
        await sdk.send(new GetOpenIdTokenCommand({ IdentityId, Logins }));
        return "an OpenID token";
      }
      const { Credentials } = await sdk.send(new GetCredentialsForIdentityCommand({ IdentityId, Logins }));
      return service.local.describeSession(Credentials?.SessionToken ?? "")?.RoleArn ?? "credentials of no session";
    } catch (error) {
      if (!(error instanceof CognitoIdentityServiceException)) throw error;
      return `${error.name}: ${error.message}`;
    }
  }

  async function plantPool(pool: SeedPool): Promise<void> {
    const sdk = sdkFor(pool.id);
    const IdentityPoolId = pool.id;
    nextId = pool.id.slice(regionOf(pool.id).length + 1);
    await sdk.send(new CreateIdentityPoolCommand({ AllowUnauthenticatedIdentities: false, ...pool.settings }));
    if (pool.roles ?? pool.mappings)
      await sdk.send(
        new SetIdentityPoolRolesCommand({ IdentityPoolId, Roles: pool.roles ?? {}, RoleMappings: pool.mappings }),
      );
    for (const [IdentityProviderName, PrincipalTags] of Object.entries(pool.principalTags ?? {}))
      await sdk.send(new SetPrincipalTagAttributeMapCommand({ IdentityPoolId, IdentityProviderName, PrincipalTags }));
    for (const identities of pool.identities ?? []) await plantIdentities(pool, identities);
  }

  async function plantIdentities(
    { id, settings }: SeedPool,
    { count: many, created, login, developerUser }: SeedIdentities,
  ) {
    const IdentityPoolId = id;
    for (let at = 1; at <= (many ?? 1); at += 1) {
      // A token has to be valid while it is used.
      time = created === undefined ? undefined : Date.parse(created) + at * 60_000;
      const numbered = (name: string) => (many === undefined ? name : `${name}-${at}`);
      if (developerUser === undefined) {
        const Logins = login && { [login.provider]: tokenOf({ ...login, sub: numbered(login.sub) }, time) };
        await sdkFor(id).send(new GetIdCommand({ IdentityPoolId, Logins }));
      } else {
        const Logins = { [settings.DeveloperProviderName ?? ""]: numbered(developerUser) };
        await sdkFor(id).send(new GetOpenIdTokenForDeveloperIdentityCommand({ IdentityPoolId, Logins }));
      }
    }
    time = undefined;
  }

  try {
    if (seed.account) await service.local.seed({ pools: [], ...seed.account });
    for (const pool of seed.pools) await plantPool(pool);
  } catch (error) {
    await service[Symbol.asyncDispose]();
    throw error;
  }
  return {
    env: service.env,
    sdkFor,
    iamFor: iam.clientFor,
    vend,
    async [Symbol.asyncDispose]() {
      cognito.destroy();
      iam.destroy();
      await service[Symbol.asyncDispose]();
    },
  };
}

/** One client for each region, made when it is needed. */
function byRegion<Client extends { destroy(): void }>(create: (region: string) => Client) {
  const clients = new Map<string, Client>();
  return {
    clientFor(id: string): Client {
      const region = regionOf(id);
      const client = clients.get(region) ?? create(region);
      clients.set(region, client);
      return client;
    },
    destroy() {
      for (const client of clients.values()) client.destroy();
    },
  };
}

/** A token that is valid at a time, in milliseconds, or now. */
export function tokenOf({ provider, app, sub, claims }: SeedLogin, time?: number): string {
  const exp = time === undefined ? {} : { exp: Math.floor(time / 1000) + 3600 };
  return idToken(provider, app, { sub, ...exp, ...claims });
}

/** A GUID that looks like any other, and is the same for the same number. */
function guid(number: number): string {
  const hex = createHash("sha256").update(String(number)).digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    "-",
  );
}
