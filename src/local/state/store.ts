import type { CognitoIdentityProvider, RoleMapping } from "@aws-sdk/client-cognito-identity";
import { errors } from "../protocol/errors.ts";
import { createSequenceList, type SequenceList } from "./sequence-list.ts";

/** https://docs.aws.amazon.com/cognito/latest/developerguide/limits.html */
const MAX_TAGS = 50;
/** In a region; the default quota, which AWS raises on request. */
const MAX_POOLS = 1000;

/** What CreateIdentityPool and UpdateIdentityPool set. */
export interface PoolConfiguration {
  readonly name: string;
  readonly guests: boolean;
  /** Unset is a state of its own: the classic flow is open, and no answer names it. */
  readonly classicFlow: boolean | undefined;
  readonly loginProviders: Readonly<Record<string, string>>;
  readonly developerProvider: string | undefined;
  readonly oidcProviders: readonly string[];
  readonly cognitoProviders: readonly CognitoIdentityProvider[];
  readonly samlProviders: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
}

/** What can change of a pool. */
interface PoolSettings extends PoolConfiguration {
  readonly roles: Readonly<Record<string, string>>;
  readonly roleMappings: Readonly<Record<string, RoleMapping>>;
  /** By provider name. */
  readonly principalTags: Readonly<Record<string, PrincipalTags>>;
}

interface PrincipalTags {
  readonly useDefaults: boolean;
  readonly tags: Readonly<Record<string, string>>;
}

export interface Pool extends PoolSettings {
  readonly id: string;
  readonly region: string;
  readonly sequence: number;
  readonly identities: SequenceList<Identity>;
  /** Those of `identities` that are not disabled. */
  readonly enabled: SequenceList<Identity>;
  /** Who a user of a login provider is; by `loginKey`. */
  readonly logins: ReadonlyMap<string, Identity>;
  /** Who a user of the developer provider is; by user identifier. */
  readonly developerUsers: ReadonlyMap<string, Identity>;
}

/** What is linked to an identity. */
interface Links {
  /** From provider name to the provider's user. */
  readonly logins: ReadonlyMap<string, string>;
  readonly developerUsers: ReadonlySet<string>;
}

export interface Identity extends Links {
  readonly id: string;
  readonly pool: Pool;
  readonly sequence: number;
  /** Milliseconds since the epoch: a million dates would take room. */
  readonly created: number;
  readonly modified: number;
  /** Something was linked to it once. It is never a guest again: without its last login it is out of reach. */
  readonly authenticated: boolean;
  /** Merged into another identity, for good. */
  readonly disabled: boolean;
}

// Shared, since most identities are guests, and may be many.
const noLinks: Links = { logins: new Map(), developerUsers: new Set() };

const noSettings = { roles: {}, roleMappings: {}, principalTags: {} };

/** A pool as it is written down. */
type PoolRecord = PoolSettings & Pick<Pool, "id" | "region" | "sequence">;

/** An identity as it is written down; what is left out is empty or false. */
interface IdentityRecord {
  readonly id: string;
  readonly pool: string;
  readonly sequence: number;
  /** Milliseconds since the epoch. */
  readonly created: number;
  readonly modified: number;
  readonly logins?: readonly (readonly [provider: string, user: string])[];
  readonly developerUsers?: readonly string[];
  readonly authenticated?: true;
  readonly disabled?: true;
}

/** What happened to the state, each whole in itself: replaying them in order makes the state again. */
export type StateChange =
  | { readonly pool: PoolRecord }
  | { readonly identity: IdentityRecord }
  | { readonly poolRemoved: string }
  | { readonly identityRemoved: string };

/** The whole state of the service. Nothing changes but through its methods. */
export interface Store {
  /** Raises LimitExceededException. */
  addPool(region: string, id: string, configuration: PoolConfiguration): Pool;
  updatePool(pool: Pool, settings: Partial<PoolSettings>): void;
  findPool(region: string, id: string): Pool | undefined;
  /** Raises ResourceNotFoundException, also for a pool of another region. */
  pool(region: string, id: string): Pool;
  poolsOf(region: string): SequenceList<Pool>;
  removePool(pool: Pool): void;
  addIdentity(pool: Pool, id: string, now: Date): Identity;
  findIdentity(region: string, id: string): Identity | undefined;
  /** Raises ResourceNotFoundException, also for an identity of another region. */
  identity(region: string, id: string): Identity;
  /** Replaces what is linked to an identity; from its first link on it is no guest. */
  relink(identity: Identity, links: Links, now: Date): void;
  /** Takes all links off it, for good: nothing enables an identity again. */
  disableIdentity(identity: Identity, now: Date): void;
  removeIdentity(identity: Identity): void;
  isEmpty(): boolean;
  /** Makes a change that was told of before happen again. */
  replay(change: StateChange): void;
  /** The changes that make this state from nothing. */
  snapshot(): Iterable<StateChange>;
}

type Writable<Thing> = { -readonly [Member in keyof Thing]: Thing[Member] };
type WritablePool = Writable<Omit<Pool, "logins" | "developerUsers">> & {
  logins: Map<string, Identity>;
  developerUsers: Map<string, Identity>;
};
type WritableIdentity = Writable<Identity>;

/** `onChange` is told of every change after it was made. */
export function createStore(onChange: (change: StateChange) => void = () => {}): Store {
  const pools = new Map<string, WritablePool>();
  const regions = new Map<string, SequenceList<Pool>>();
  const identities = new Map<string, WritableIdentity>();
  let sequence = 0;

  function poolsOf(region: string): SequenceList<Pool> {
    const known = regions.get(region) ?? createSequenceList<Pool>();
    regions.set(region, known);
    return known;
  }

  function findPool(region: string, id: string): Pool | undefined {
    const pool = pools.get(id);
    return pool?.region === region ? pool : undefined;
  }

  function findIdentity(region: string, id: string): Identity | undefined {
    const identity = identities.get(id);
    return identity?.pool.region === region ? identity : undefined;
  }

  function insertPool(record: PoolRecord): Pool {
    const pool: WritablePool = {
      ...record,
      identities: createSequenceList(),
      enabled: createSequenceList(),
      logins: new Map(),
      developerUsers: new Map(),
    };
    pools.set(pool.id, pool);
    poolsOf(pool.region).add(pool);
    return pool;
  }

  function insertIdentity(pool: Pool, id: string, number: number, now: number): Identity {
    const identity = {
      id,
      pool,
      sequence: number,
      ...noLinks,
      created: now,
      modified: now,
      authenticated: false,
      disabled: false,
    };
    identities.set(id, identity);
    pool.identities.add(identity);
    pool.enabled.add(identity);
    return identity;
  }

  /** Replaces the links of an identity, and what they are found by. */
  function setLinks(identity: WritableIdentity, { logins, developerUsers }: Links): void {
    const pool = pools.get(identity.pool.id);
    for (const [provider, user] of identity.logins) pool?.logins.delete(loginKey(provider, user));
    for (const user of identity.developerUsers) pool?.developerUsers.delete(user);
    for (const [provider, user] of logins) pool?.logins.set(loginKey(provider, user), identity);
    for (const user of developerUsers) pool?.developerUsers.set(user, identity);
    identity.logins = logins;
    identity.developerUsers = developerUsers;
  }

  function disable(identity: WritableIdentity): void {
    setLinks(identity, noLinks);
    identity.disabled = true;
    identity.pool.enabled.remove(identity);
  }

  function dropPool(pool: Pool): void {
    for (const identity of pool.identities) identities.delete(identity.id);
    pools.delete(pool.id);
    poolsOf(pool.region).remove(pool);
  }

  function dropIdentity(identity: WritableIdentity): void {
    setLinks(identity, noLinks);
    identities.delete(identity.id);
    identity.pool.identities.remove(identity);
    if (!identity.disabled) identity.pool.enabled.remove(identity);
  }

  function replayIdentity(record: IdentityRecord): void {
    const pool = pools.get(record.pool);
    if (!pool) return;
    const identity: WritableIdentity =
      identities.get(record.id) ?? insertIdentity(pool, record.id, record.sequence, record.created);
    if (record.disabled && !identity.disabled) disable(identity);
    else if (record.logins || record.developerUsers || identity.authenticated)
      setLinks(identity, { logins: new Map(record.logins), developerUsers: new Set(record.developerUsers) });
    identity.authenticated = record.authenticated === true;
    identity.modified = record.modified;
  }

  return {
    addPool(region, id, configuration) {
      if (poolsOf(region).size >= MAX_POOLS) throw errors.tooManyPools();
      sequence += 1;
      const pool = insertPool({ ...configuration, ...noSettings, id, region, sequence });
      onChange({ pool: poolRecord(pool) });
      return pool;
    },
    updatePool(pool, settings) {
      Object.assign(pool, settings);
      onChange({ pool: poolRecord(pool) });
    },
    findPool,
    pool(region, id) {
      const pool = findPool(region, id);
      if (!pool) throw errors.noPool(id);
      return pool;
    },
    poolsOf,
    removePool(pool) {
      dropPool(pool);
      onChange({ poolRemoved: pool.id });
    },
    addIdentity(pool, id, now) {
      sequence += 1;
      const identity = insertIdentity(pool, id, sequence, now.getTime());
      onChange({ identity: identityRecord(identity) });
      return identity;
    },
    findIdentity,
    identity(region, id) {
      const identity = findIdentity(region, id);
      if (!identity) throw errors.noIdentity(id);
      return identity;
    },
    relink(identity: WritableIdentity, links, now) {
      setLinks(identity, links);
      identity.authenticated = true;
      identity.modified = now.getTime();
      onChange({ identity: identityRecord(identity) });
    },
    disableIdentity(identity: WritableIdentity, now) {
      disable(identity);
      identity.modified = now.getTime();
      onChange({ identity: identityRecord(identity) });
    },
    removeIdentity(identity) {
      dropIdentity(identity);
      onChange({ identityRemoved: identity.id });
    },
    isEmpty: () => pools.size === 0,
    replay(change) {
      if ("pool" in change) {
        const known = pools.get(change.pool.id);
        // JSON leaves out what is undefined.
        const { classicFlow, developerProvider, ...rest } = change.pool;
        const whole = { ...rest, classicFlow, developerProvider };
        if (known) Object.assign(known, whole);
        else insertPool(whole);
        sequence = Math.max(sequence, change.pool.sequence);
      } else if ("identity" in change) {
        replayIdentity(change.identity);
        sequence = Math.max(sequence, change.identity.sequence);
      } else if ("poolRemoved" in change) {
        const pool = pools.get(change.poolRemoved);
        if (pool) dropPool(pool);
      } else {
        const identity = identities.get(change.identityRemoved);
        if (identity) dropIdentity(identity);
      }
    },
    *snapshot() {
      const inOrder = [...pools.values()].sort((a, b) => a.sequence - b.sequence);
      for (const pool of inOrder) {
        yield { pool: poolRecord(pool) };
        for (const identity of pool.identities) yield { identity: identityRecord(identity) };
      }
    },
  };
}

function poolRecord({ identities, enabled, logins, developerUsers, ...record }: Pool): PoolRecord {
  return record;
}

function identityRecord(identity: Identity): IdentityRecord {
  const { id, pool, sequence, created, modified, logins, developerUsers, authenticated, disabled } = identity;
  return {
    id,
    pool: pool.id,
    sequence,
    created,
    modified,
    ...(logins.size > 0 && { logins: [...logins] }),
    ...(developerUsers.size > 0 && { developerUsers: [...developerUsers] }),
    ...(authenticated && { authenticated }),
    ...(disabled && { disabled }),
  };
}

/** Raises InvalidParameterException for more tags than a pool can have. */
export function checkTags(tags: Readonly<Record<string, string>>): void {
  if (Object.keys(tags).length > MAX_TAGS) throw errors.invalid(`A resource can have at most ${MAX_TAGS} tags`);
}

/** A provider and its user as one key; neither name can hold the separator. */
export function loginKey(provider: string, user: string): string {
  return `${provider}\u0000${user}`;
}
