/** When plans are equal: as they were shown, or in what they would do. */
import { createHash } from "node:crypto";
import { canonicalJson } from "../util/json.ts";
import { effectOfRules, isOfRules } from "./compare.ts";
import type { Change, Plan } from "./plan.ts";

/** Binds an approval to the shown plan: two plans have the same fingerprint only if state, changes and request are equal. */
export function fingerprint(plan: Plan): string {
  return digest(plan);
}

/** SHA-256 of the value's canonical JSON, in base64url: equal for equal values, whatever the order of their keys. */
export function digest(value: unknown): string {
  return createHash("sha256").update(canonicalJson(value)).digest("base64url");
}

/** The maps of AWS's members. A removal from a map is known by its key, a removal from a list by its entry. */
const maps = ["IdentityPoolTags", "SupportedLoginProviders", "Roles", "PrincipalTags"];

/**
 * What a call would do to which resource, whatever the state before it, its tool and the form of its arguments. If a person rejects a
 * change, every call with the same intent is rejected. An intent may contain secrets and is never shown.
 */
export function intentOf({ action, target, into, changes, intent }: Plan): object {
  return intent ?? { action, id: target.id, into: into?.id, effects: effectsOf(changes) };
}

/** Updates of a pool have one intent for all tools that make them. `changes` must be unmasked, and tags have AWS's name in the pool. */
export function poolIntent(IdentityPoolId: string, changes: readonly Change[]): object {
  return { updated: IdentityPoolId, effects: effectsOf(changes) };
}

/** The changes without the values that they replace, in one order. */
function effectsOf(changes: readonly Change[]): string[] {
  return changes
    .flatMap((change) => (isOfRules(change) ? effectOfRules(change) : [change]))
    .map((change) => {
      if ("after" in change) return canonicalJson({ path: change.path, after: change.after });
      return canonicalJson(maps.some((map) => change.path.startsWith(`${map}.`)) ? { path: change.path } : change);
    })
    .sort();
}
