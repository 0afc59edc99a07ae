/** The identity that asks for a role: its kind, its provider and its session tags. */
import type { WebIdentity } from "../trust/web-identity.ts";
import { type Facts, valueIn } from "./facts.ts";
import type { RoleCandidate } from "./roles-of.ts";

/** Who asks for a role of the case. */
export function identityOf(facts: Facts, { kind, provider }: Pick<RoleCandidate, "kind" | "provider">): WebIdentity {
  return {
    region: facts.region,
    poolId: facts.poolId ?? "",
    identityId: facts.identityId,
    kind,
    provider,
    tagKeys: tagKeysOf(facts, kind, provider),
    flow: facts.asked.flow ?? "enhanced",
    now: facts.now,
  };
}

/** Guests bring no tags. The classic flow brings those in the token as well. */
function tagKeysOf(
  facts: Facts,
  kind: RoleCandidate["kind"],
  provider: string | undefined,
): readonly string[] | undefined {
  if (kind === "guest") return [];
  const providers = provider === undefined ? taggedProviders(facts) : [provider];
  const keys = providers.map((name) => facts.tagKeys(name));
  if (keys.some(({ state }) => state === "not readable" || state === "not asked")) return undefined;
  return [...new Set(keys.flatMap((read) => valueIn(read) ?? []))];
}

function taggedProviders(facts: Facts): string[] {
  const pool = valueIn(facts.pool);
  return pool
    ? [
        ...new Set([
          ...pool.publicProviders.keys(),
          ...pool.userPools.map(({ name }) => name),
          ...pool.oidcArns,
          ...pool.samlArns,
        ]),
      ]
    : [];
}
