import type { CognitoIdentityProvider, RoleMapping } from "@aws-sdk/client-cognito-identity";
import { errors } from "./errors.ts";
import { createLedger, type Ledger } from "./ledger.ts";

/** https://docs.aws.amazon.com/cognito/latest/developerguide/limits.html */
const MOST_TAGS = 50;

export interface Pool {
  readonly id: string;
  readonly region: string;
  readonly sequence: number;
  name: string;
  guests: boolean;
  /** Unset is a state of its own: the classic flow is open, and no answer names it. */
  classicFlow: boolean | undefined;
  loginProviders: Readonly<Record<string, string>>;
  developerProvider: string | undefined;
  oidcProviders: readonly string[];
  cognitoProviders: readonly CognitoIdentityProvider[];
  samlProviders: readonly string[];
  tags: Readonly<Record<string, string>>;
  roles: Readonly<Record<string, string>>;
  roleMappings: Readonly<Record<string, RoleMapping>>;
  /** By provider name. */
  readonly principalTags: Map<string, { useDefaults: boolean; tags: Readonly<Record<string, string>> }>;
  readonly identities: Ledger<Identity>;
  /** Those of `identities` that are not disabled. */
  readonly enabled: Ledger<Identity>;
  /** Who a user of a login provider is; by `loginKey`. */
  readonly logins: Map<string, Identity>;
  /** Who a user of the developer provider is; by user identifier. */
  readonly developerUsers: Map<string, Identity>;
}

export interface Identity {
  readonly id: string;
  readonly pool: Pool;
  readonly sequence: number;
  /** From provider name to the provider's user. */
  logins: ReadonlyMap<string, string>;
  developerUsers: ReadonlySet<string>;
  readonly created: Date;
  modified: Date;
  /** Something was linked to it once. It is never a guest again: without its last login it is out of reach. */
  authenticated: boolean;
  /** Merged into another identity, for good. */
  disabled: boolean;
}

// Shared, since most identities are guests, and may be many.
const noLogins: ReadonlyMap<string, string> = new Map();
const noUsers: ReadonlySet<string> = new Set();

/** The whole state of the service. */
export interface Store {
  addPool(region: string, id: string, settings: PoolSettings): Pool;
  /** Raises ResourceNotFoundException, also for a pool of another region. */
  pool(region: string, id: string): Pool;
  poolsOf(region: string): Ledger<Pool>;
  removePool(pool: Pool): void;
  addIdentity(pool: Pool, id: string, now: Date): Identity;
  findIdentity(region: string, id: string): Identity | undefined;
  /** Raises ResourceNotFoundException, also for an identity of another region. */
  identity(region: string, id: string): Identity;
  /** Takes all logins off it, for good: nothing enables an identity again. */
  disableIdentity(identity: Identity, now: Date): void;
  removeIdentity(identity: Identity): void;
}

/** What CreateIdentityPool and UpdateIdentityPool set. */
export type PoolSettings = Pick<
  Pool,
  | "name"
  | "guests"
  | "classicFlow"
  | "loginProviders"
  | "developerProvider"
  | "oidcProviders"
  | "cognitoProviders"
  | "samlProviders"
  | "tags"
>;

export function createStore(): Store {
  const pools = new Map<string, Pool>();
  const regions = new Map<string, Ledger<Pool>>();
  const identities = new Map<string, Identity>();
  let sequence = 0;

  function poolsOf(region: string): Ledger<Pool> {
    const known = regions.get(region) ?? createLedger<Pool>();
    regions.set(region, known);
    return known;
  }

  function findIdentity(region: string, id: string): Identity | undefined {
    const identity = identities.get(id);
    return identity?.pool.region === region ? identity : undefined;
  }

  return {
    addPool(region, id, settings) {
      sequence += 1;
      const pool: Pool = {
        id,
        region,
        sequence,
        ...settings,
        roles: {},
        roleMappings: {},
        principalTags: new Map(),
        identities: createLedger(),
        enabled: createLedger(),
        logins: new Map(),
        developerUsers: new Map(),
      };
      pools.set(id, pool);
      poolsOf(region).add(pool);
      return pool;
    },
    pool(region, id) {
      const pool = pools.get(id);
      if (pool?.region !== region) throw errors.noPool(id);
      return pool;
    },
    poolsOf,
    removePool(pool) {
      for (const identity of pool.identities) identities.delete(identity.id);
      pools.delete(pool.id);
      poolsOf(pool.region).remove(pool);
    },
    addIdentity(pool, id, now) {
      sequence += 1;
      const identity: Identity = {
        id,
        pool,
        sequence,
        logins: noLogins,
        developerUsers: noUsers,
        created: now,
        modified: now,
        authenticated: false,
        disabled: false,
      };
      identities.set(id, identity);
      pool.identities.add(identity);
      pool.enabled.add(identity);
      return identity;
    },
    findIdentity,
    identity(region, id) {
      const identity = findIdentity(region, id);
      if (!identity) throw errors.noIdentity(id);
      return identity;
    },
    disableIdentity(identity, now) {
      identity.logins = noLogins;
      identity.developerUsers = noUsers;
      identity.disabled = true;
      identity.modified = now;
      identity.pool.enabled.remove(identity);
    },
    removeIdentity(identity) {
      for (const [provider, user] of identity.logins) identity.pool.logins.delete(loginKey(provider, user));
      for (const user of identity.developerUsers) identity.pool.developerUsers.delete(user);
      identities.delete(identity.id);
      identity.pool.identities.remove(identity);
      if (!identity.disabled) identity.pool.enabled.remove(identity);
    },
  };
}

/** Raises InvalidParameterException for more tags than a pool can have. */
export function checkTags(tags: Readonly<Record<string, string>>): void {
  if (Object.keys(tags).length > MOST_TAGS) throw errors.invalid(`A resource can have at most ${MOST_TAGS} tags`);
}

/** A provider and its user as one key; neither name can hold the separator. */
export function loginKey(provider: string, user: string): string {
  return `${provider}\u0000${user}`;
}
