/** Logins that the model names and never sees: `login:NAME` stands for a token that only the operator can reach. */
import { type Refusal, refuse } from "../refusal.ts";

/** A login token that the operator lets calls use by its name. */
export interface Reference {
  /** The one provider that the token may be given for. */
  readonly provider: string;
  /** The one identity pool that may get it; all when undefined. */
  readonly pool: string | undefined;
  /** The token as it is now; undefined when it is not there, or is none. */
  readonly value: () => string | undefined;
}

type Fields = Readonly<Record<string, unknown>>;

interface Filled {
  readonly kind: "filled";
  /** The input, with tokens in the place of references. */
  readonly input: Fields;
}

/** What stands behind the references, and which pool an identity is in. */
export interface Logins {
  /** Puts tokens in the place of the references in a call's Logins. `literals` are the secrets that the call brings along. */
  fill(input: Fields, literals: readonly string[]): Filled | Refusal;
  /** Remembers which pool the identities of an answer are in. */
  learn(input: Fields, answer: object): void;
  /** The pool of a call: the one that it names, or the one that its identity was learnt to be in. */
  poolOf(input: Fields): string | undefined;
}

interface Options {
  readonly references: ReadonlyMap<string, Reference>;
  /** Whether the model may bring no tokens of its own. */
  readonly only: boolean;
  /** Told of each token before it is used. */
  readonly remember: (token: string) => void;
}

/** Identities whose pools are remembered; the oldest make room. */
const MOST_IDENTITIES = 10_000;

const PREFIX = "login:";

/** Whether a value of Logins is a reference, defined or not: no token begins so. */
export function isReference(value: unknown): boolean {
  return typeof value === "string" && value.startsWith(PREFIX);
}

/** Whether it is one that could be defined, and may thus be shown. */
export function isPlainReference(value: string): boolean {
  return isReference(value) && isReferenceName(value.slice(PREFIX.length));
}

export function isReferenceName(name: string): boolean {
  return /^[A-Za-z0-9_-]{1,64}$/.test(name);
}

export function createLogins({ references, only, remember }: Options): Logins {
  /** Identity to pool, as AWS told. */
  const pools = new Map<string, string>();

  function poolOf({ IdentityPoolId, IdentityId }: Fields): string | undefined {
    return typeof IdentityPoolId === "string" ? IdentityPoolId : pools.get(String(IdentityId));
  }

  function tokenOf(text: string, provider: string, pool: string | undefined): string | undefined {
    const reference = references.get(text.slice(PREFIX.length));
    if (reference?.provider !== provider) return undefined;
    if (reference.pool !== undefined && reference.pool !== pool) return undefined;
    return reference.value();
  }

  return {
    poolOf,
    fill(input, literals) {
      if (only && !literals.every(isReference)) return noLiterals();
      const given = Object.entries({ ...(input["Logins"] as object | undefined) });
      if (!given.some(([, value]) => isReference(value))) return { kind: "filled", input };
      const filled = given.map(([provider, value]): [string, unknown] => [
        provider,
        isReference(value) ? tokenOf(String(value), provider, poolOf(input)) : value,
      ]);
      for (const [, token] of filled) if (typeof token === "string") remember(token);
      if (filled.some(([, token]) => token === undefined)) return unusable();
      return { kind: "filled", input: { ...input, Logins: Object.fromEntries(filled) } };
    },
    learn({ IdentityPoolId }, answer) {
      if (typeof IdentityPoolId !== "string") return;
      const { IdentityId, Identities } = answer as { IdentityId?: unknown; Identities?: { IdentityId?: unknown }[] };
      for (const id of [IdentityId, ...(Identities ?? []).map((identity) => identity.IdentityId)]) {
        if (typeof id !== "string") continue;
        pools.delete(id);
        pools.set(id, IdentityPoolId);
        const oldest = pools.keys().next();
        if (pools.size > MOST_IDENTITIES && !oldest.done) pools.delete(oldest.value);
      }
    },
  };
}

/** One answer for whatever is wrong, so that nobody can find out by trying what is defined. */
function unusable(): Refusal {
  return refuse(
    "A login reference in Logins cannot be used for this: nothing was sent.",
    "Ask the operator whether --logins defines it for this provider and pool, and whether its token is there. Where a reference is for one pool, get the identity with get-id first.",
  );
}

function noLiterals(): Refusal {
  return refuse(
    "The operator takes logins by reference only, and Logins holds a token.",
    "Pass login:NAME, with a name that the operator defined.",
  );
}
