import type { Fields } from "../../util/json.ts";

/** Knows the identity pool of an identity from earlier answers to this client, because an identity's id does not contain it. */
export interface IdentityPoolIndex {
  /** Remembers the pool of the identities in an answer; `input` is the input of the call. */
  learn(input: Fields, answer: object): void;
  /** The pool that a call names, or the known pool of its identity; undefined if neither is known. */
  poolOf(input: Fields): string | undefined;
}

/** The maximum number of identities that are remembered; the oldest are removed first. */
const MAX_IDENTITIES = 10_000;

export function createIdentityPoolIndex(): IdentityPoolIndex {
  const pools = new Map<string, string>();
  return {
    poolOf({ IdentityPoolId, IdentityId }) {
      if (typeof IdentityPoolId === "string") return IdentityPoolId;
      return typeof IdentityId === "string" ? pools.get(IdentityId) : undefined;
    },
    learn({ IdentityPoolId }, answer) {
      if (typeof IdentityPoolId !== "string") return;
      const { IdentityId, Identities } = answer as { IdentityId?: unknown; Identities?: { IdentityId?: unknown }[] };
      for (const id of [IdentityId, ...(Identities ?? []).map((identity) => identity.IdentityId)]) {
        if (typeof id !== "string") continue;
        pools.delete(id);
        pools.set(id, IdentityPoolId);
        const oldest = pools.keys().next();
        if (pools.size > MAX_IDENTITIES && !oldest.done) pools.delete(oldest.value);
      }
    },
  };
}
