/** Login references: `login:NAME` stands for a token that only the operator can access. The model never sees the token. */
import type { Fields } from "../../util/json.ts";
import { type Refusal, refuse } from "../refusal.ts";

/** A login token that calls may use by its name. */
export interface LoginReference {
  /** The only provider that the token may be used for. */
  readonly provider: string;
  /** The only identity pool that the token may be used with; all when undefined. */
  readonly pool: string | undefined;
  /** The current token; undefined if there is none, or if the value is not a token. */
  readonly value: () => string | undefined;
}

interface Filled {
  readonly kind: "filled";
  /** The input with tokens instead of references. */
  readonly input: Fields;
  /** The tokens that were put in. */
  readonly tokens: readonly string[];
}

/** The login references that the operator defined. */
export interface LoginReferences {
  /**
   * Replaces the references in a call's Logins by tokens. `literals` are the secrets that the call itself contains,
   * `pool` is the identity pool of the call, where it is known.
   */
  fill(input: Fields, literals: readonly string[], pool: string | undefined): Filled | Refusal;
}

interface Options {
  readonly references: ReadonlyMap<string, LoginReference>;
  /** Whether calls may contain references only, and no tokens. */
  readonly only: boolean;
}

const PREFIX = "login:";

/** Whether a value of Logins is a reference, defined or not. No token begins with this prefix. */
export function isReference(value: unknown): boolean {
  return typeof value === "string" && value.startsWith(PREFIX);
}

/** Whether it is a reference with a well-formed name, which may be shown. */
export function isPlainReference(value: string): boolean {
  return isReference(value) && isReferenceName(value.slice(PREFIX.length));
}

export function isReferenceName(name: string): boolean {
  return /^[A-Za-z0-9_-]{1,64}$/.test(name);
}

export function createLoginReferences({ references, only }: Options): LoginReferences {
  function tokenOf(text: string, provider: string, pool: string | undefined): string | undefined {
    const reference = references.get(text.slice(PREFIX.length));
    if (reference?.provider !== provider) return undefined;
    if (reference.pool !== undefined && reference.pool !== pool) return undefined;
    return reference.value();
  }

  return {
    fill(input, literals, pool) {
      if (only && !literals.every(isReference)) return noLiterals();
      const given = Object.entries({ ...(input["Logins"] as object | undefined) });
      if (!given.some(([, value]) => isReference(value))) return { kind: "filled", input, tokens: [] };
      const Logins: Record<string, unknown> = {};
      const tokens: string[] = [];
      for (const [provider, value] of given) {
        const token = isReference(value) ? tokenOf(String(value), provider, pool) : undefined;
        if (token !== undefined) tokens.push(token);
        else if (isReference(value)) return unusable();
        Logins[provider] = token ?? value;
      }
      return { kind: "filled", input: { ...input, Logins }, tokens };
    },
  };
}

/** The same refusal for every reason, so that nobody can find out by trying which references are defined. */
function unusable(): Refusal {
  return refuse(
    "A login reference in Logins cannot be used for this call. Nothing was sent.",
    "Ask the operator whether --logins defines it for this provider and pool, and whether its token exists. If the reference is for one pool, get the identity with get-id first.",
  );
}

function noLiterals(): Refusal {
  return refuse(
    "The operator allows only login references, and Logins contains a token.",
    "Pass login:NAME, with a name that the operator defined.",
  );
}
