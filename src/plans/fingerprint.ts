import { createHash } from "node:crypto";
import { canonicalJson } from "../util/json.ts";
import type { Plan } from "./plan.ts";

/** Binds an approval to the shown plan: two plans have the same fingerprint only if state, changes and request are equal. */
export function fingerprint(plan: Plan): string {
  return digest(plan);
}

/** SHA-256 of the value's canonical JSON, in base64url: equal for equal values, whatever the order of their keys. */
export function digest(value: unknown): string {
  return createHash("sha256").update(canonicalJson(value)).digest("base64url");
}
