import type { Fields } from "../../util/json.ts";

/** Which identity pool an identity is in, as AWS's answers to this client told: an identity's id does not say it. */
export interface IdentityPoolIndex {
  /** Remembers the pool of the identities in an answer; `input` is the call that was answered. */
  learn(input: Fields, answer: object): void;
  /** The pool that a call names, or the one that its identity was learnt to be in; undefined where neither is known. */
  poolOf(input: Fields): string | undefined;
}

/** Identities that are remembered; the oldest make room. */
const MAX_IDENTITIES = 10_000;

export function createIdentityPoolIndex(): IdentityPoolIndex {
  const pools = new Map<string, string>();
  return {
    poolOf: ({ IdentityPoolId, IdentityId }) =>
      typeof IdentityPoolId === "string" ? IdentityPoolId : pools.get(String(IdentityId)),
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
