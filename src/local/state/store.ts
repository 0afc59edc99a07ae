import type { CognitoIdentityProvider, RoleMapping } from "@aws-sdk/client-cognito-identity";
import { errors } from "../protocol/errors.ts";
import { createSequenceList, type SequenceList } from "./sequence-list.ts";

/** https://docs.aws.amazon.com/cognito/latest/developerguide/limits.html */
const MAX_TAGS = 50;
/** Per region. The default quota; AWS raises it on request. */
const MAX_POOLS = 1000;

/** The settings of CreateIdentityPool and UpdateIdentityPool. */
export interface PoolConfiguration {
  readonly name: string;
  readonly guests: boolean;
  /** If undefined, the classic flow is open and responses omit the member. */
  readonly classicFlow: boolean | undefined;
  readonly loginProviders: Readonly<Record<string, string>>;
  readonly developerProvider: string | undefined;
  readonly oidcProviders: readonly string[];
  readonly cognitoProviders: readonly CognitoIdentityProvider[];
  readonly samlProviders: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
}

/** The mutable settings of a pool. */
interface PoolSettings extends PoolConfiguration {
  readonly roles: Readonly<Record<string, string>>;
  readonly roleMappings: Readonly<Record<string, RoleMapping>>;
  /** Keyed by provider name. */
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
  /** The identities that are not disabled. */
  readonly enabled: SequenceList<Identity>;
  /** Identities by the user of a login provider, keyed by `loginKey`. */
  readonly logins: ReadonlyMap<string, Identity>;
  /** Identities by developer user identifier. */
  readonly developerUsers: ReadonlyMap<string, Identity>;
}

/** The users that are linked to an identity. */
interface Links {
  /** The user of each provider, keyed by provider name. */
  readonly logins: ReadonlyMap<string, string>;
  readonly developerUsers: ReadonlySet<string>;
}

export interface Identity extends Links {
  readonly id: string;
  readonly pool: Pool;
  readonly sequence: number;
  /** Milliseconds since the epoch, which need less memory than Date objects. */
  readonly created: number;
  readonly modified: number;
  /** True after the first link, permanently. After its last login is unlinked, the identity is inaccessible. */
  readonly authenticated: boolean;
  /** Merged into another identity, permanently. */
  readonly disabled: boolean;
}

// Shared to save memory: most identities are guests.
const noLinks: Links = { logins: new Map(), developerUsers: new Set() };

const emptySettings = { roles: {}, roleMappings: {}, principalTags: {} };

/** The serialized form of a pool. */
type PoolRecord = PoolSettings & Pick<Pool, "id" | "region" | "sequence">;

/** The serialized form of an identity. Missing members are empty or false. */
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

/** A self-contained change of the state. Replaying all changes in order reproduces the state. */
export type StateChange =
  | { readonly pool: PoolRecord }
  | { readonly identity: IdentityRecord }
  | { readonly poolRemoved: string }
  | { readonly identityRemoved: string };

/** The state of the service. It changes only through these methods. */
export interface Store {
  /** Throws LimitExceededException, and ResourceConflictException for an ID that is used. */
  addPool(region: string, id: string, configuration: PoolConfiguration): Pool;
  updatePool(pool: Pool, settings: Partial<PoolSettings>): void;
  findPool(region: string, id: string): Pool | undefined;
  /** Throws ResourceNotFoundException, also for a pool in another region. */
  pool(region: string, id: string): Pool;
  poolsOf(region: string): SequenceList<Pool>;
  removePool(pool: Pool): void;
  /** Throws ResourceConflictException for an ID that is used. */
  addIdentity(pool: Pool, id: string, now: Date): Identity;
  findIdentity(region: string, id: string): Identity | undefined;
  /** Throws ResourceNotFoundException, also for an identity in another region. */
  identity(region: string, id: string): Identity;
  /** Replaces the links of an identity and marks it as authenticated. */
  replaceLinks(identity: Identity, links: Links, now: Date): void;
  /** Removes all links and disables the identity permanently. */
  disableIdentity(identity: Identity, now: Date): void;
  removeIdentity(identity: Identity): void;
  /** Removes everything. */
  clear(): void;
  /** The pools of all regions, in the order of their creation. */
  allPools(): Pool[];
  isEmpty(): boolean;
  /** The regions that have pools, in alphabetical order. */
  regions(): string[];
  /** Applies a recorded change. */
  replay(change: StateChange): void;
  /** The number of changes of `snapshot`. */
  size(): number;
  /** Returns the changes that create this state in an empty store. */
  snapshot(): Iterable<StateChange>;
}

type Mutable<Type> = { -readonly [Member in keyof Type]: Type[Member] };
type MutablePool = Mutable<Omit<Pool, "logins" | "developerUsers">> & {
  logins: Map<string, Identity>;
  developerUsers: Map<string, Identity>;
};
type MutableIdentity = Mutable<Identity>;

/** Calls `onChange` after every change. */
export function createStore(onChange: (change: StateChange) => void = () => {}): Store {
  const pools = new Map<string, MutablePool>();
  const poolsByRegion = new Map<string, SequenceList<Pool>>();
  const identities = new Map<string, MutableIdentity>();
  let sequence = 0;

  function poolsOf(region: string): SequenceList<Pool> {
    const known = poolsByRegion.get(region) ?? createSequenceList<Pool>();
    poolsByRegion.set(region, known);
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
    const pool: MutablePool = {
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

  /** Replaces the links of an identity and updates the indexes. */
  function setLinks(identity: MutableIdentity, { logins, developerUsers }: Links): void {
    const pool = pools.get(identity.pool.id);
    for (const [provider, user] of identity.logins) pool?.logins.delete(loginKey(provider, user));
    for (const user of identity.developerUsers) pool?.developerUsers.delete(user);
    for (const [provider, user] of logins) pool?.logins.set(loginKey(provider, user), identity);
    for (const user of developerUsers) pool?.developerUsers.set(user, identity);
    identity.logins = logins;
    identity.developerUsers = developerUsers;
  }

  function disable(identity: MutableIdentity): void {
    setLinks(identity, noLinks);
    identity.disabled = true;
    identity.pool.enabled.remove(identity);
  }

  function deletePool(pool: Pool): void {
    for (const identity of pool.identities) identities.delete(identity.id);
    pools.delete(pool.id);
    poolsOf(pool.region).remove(pool);
  }

  function removePool(pool: Pool): void {
    deletePool(pool);
    onChange({ poolRemoved: pool.id });
  }

  function allPools(): Pool[] {
    return [...pools.values()].sort((a, b) => a.sequence - b.sequence);
  }

  function deleteIdentity(identity: MutableIdentity): void {
    setLinks(identity, noLinks);
    identities.delete(identity.id);
    identity.pool.identities.remove(identity);
    if (!identity.disabled) identity.pool.enabled.remove(identity);
  }

  function replayIdentity(record: IdentityRecord): void {
    const pool = pools.get(record.pool);
    if (!pool) return;
    const identity: MutableIdentity =
      identities.get(record.id) ?? insertIdentity(pool, record.id, record.sequence, record.created);
    if (record.disabled && !identity.disabled) disable(identity);
    else if (record.logins || record.developerUsers || identity.authenticated)
      setLinks(identity, { logins: new Map(record.logins), developerUsers: new Set(record.developerUsers) });
    identity.authenticated = record.authenticated === true;
    identity.modified = record.modified;
  }

  return {
    addPool(region, id, configuration) {
      if (pools.has(id)) throw errors.idInUse(id);
      if (poolsOf(region).size >= MAX_POOLS) throw errors.tooManyPools();
      sequence += 1;
      const pool = insertPool({ ...configuration, ...emptySettings, id, region, sequence });
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
      if (!pool) throw errors.poolNotFound(id);
      return pool;
    },
    poolsOf,
    removePool,
    clear() {
      for (const pool of [...pools.values()]) removePool(pool);
    },
    allPools,
    addIdentity(pool, id, now) {
      if (identities.has(id)) throw errors.idInUse(id);
      sequence += 1;
      const identity = insertIdentity(pool, id, sequence, now.getTime());
      onChange({ identity: identityRecord(identity) });
      return identity;
    },
    findIdentity,
    identity(region, id) {
      const identity = findIdentity(region, id);
      if (!identity) throw errors.identityNotFound(id);
      return identity;
    },
    replaceLinks(identity: MutableIdentity, links, now) {
      setLinks(identity, links);
      identity.authenticated = true;
      identity.modified = now.getTime();
      onChange({ identity: identityRecord(identity) });
    },
    disableIdentity(identity: MutableIdentity, now) {
      disable(identity);
      identity.modified = now.getTime();
      onChange({ identity: identityRecord(identity) });
    },
    removeIdentity(identity) {
      deleteIdentity(identity);
      onChange({ identityRemoved: identity.id });
    },
    isEmpty: () => pools.size === 0,
    regions: () => [...poolsByRegion].flatMap(([region, { size }]) => (size > 0 ? [region] : [])).sort(),
    replay(change) {
      if ("pool" in change) {
        const known = pools.get(change.pool.id);
        // JSON omits undefined members.
        const { classicFlow, developerProvider, ...rest } = change.pool;
        const record = { ...rest, classicFlow, developerProvider };
        if (known) Object.assign(known, record);
        else insertPool(record);
        sequence = Math.max(sequence, change.pool.sequence);
      } else if ("identity" in change) {
        replayIdentity(change.identity);
        sequence = Math.max(sequence, change.identity.sequence);
      } else if ("poolRemoved" in change) {
        const pool = pools.get(change.poolRemoved);
        if (pool) deletePool(pool);
      } else {
        const identity = identities.get(change.identityRemoved);
        if (identity) deleteIdentity(identity);
      }
    },
    size: () => pools.size + identities.size,
    *snapshot() {
      for (const pool of allPools()) {
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

/** Throws InvalidParameterException if there are too many tags. */
export function checkTags(tags: Readonly<Record<string, string>>): void {
  if (Object.keys(tags).length > MAX_TAGS) throw errors.invalid(`A resource can have at most ${MAX_TAGS} tags`);
}

/** Combines a provider and its user into one key. Neither can contain the separator. */
export function loginKey(provider: string, user: string): string {
  return `${provider}\u0000${user}`;
}
