import type { Fields } from "../util/json.ts";
import type { AuditTarget } from "./types.ts";

/** What a call with these arguments is for; undefined if they contain neither an id nor an ARN nor the name of a new pool. */
export function targetIn(input: Fields): AuditTarget | undefined {
  const { IdentityId, IdentityPoolId, IdentityPoolIds, ResourceArn, IdentityIdsToDelete, IdentityPoolName } = input;
  const several = [IdentityIdsToDelete, IdentityPoolIds].find(Array.isArray);
  const id = [IdentityId, IdentityPoolId, ResourceArn, several?.join(", ")].find((value) => typeof value === "string");
  if (typeof id === "string") return { id };
  return typeof IdentityPoolName === "string" ? { name: IdentityPoolName } : undefined;
}
