/** The roles of the accounts that the service knows. */
import type { Documents } from "../state/documents.ts";
import { iamErrors } from "./operation.ts";
import type { Role } from "./records.ts";

/** A name is unique in an account, whatever its path and case. */
export function roleKey(prefix: string, name: string): string {
  return `${prefix}role/${name.toLowerCase()}`;
}

/** Throws NoSuchEntity. */
export function roleNamed(documents: Documents, prefix: string, name: string): Role {
  const role = documents.get("role", roleKey(prefix, name));
  if (!role) throw iamErrors.noSuchEntity(`The role with name ${name} cannot be found.`);
  return role;
}

/** `undefined` if nobody defined a role of this name, and `"none"` if the ARN is that of no role: deleted, or another path. */
export function roleAt(documents: Documents, arn: string): Role | "none" | undefined {
  const { prefix, name } = partsOf(arn);
  const key = roleKey(prefix, name);
  const role = documents.get("role", key);
  if (role) return role.arn === arn ? role : "none";
  return documents.get("deletedRole", key) ? "none" : undefined;
}

/** The prefix `arn:PARTITION:iam::ACCOUNT:` and the name of a role's ARN. */
function partsOf(arn: string): { prefix: string; name: string } {
  const at = arn.indexOf(":role/");
  return { prefix: arn.slice(0, at + 1), name: arn.slice(arn.lastIndexOf("/") + 1) };
}

/** Deleted roles that are remembered. */
const MAX_DELETED = 1000;

export function putRole(documents: Documents, prefix: string, role: Role): void {
  const key = roleKey(prefix, role.name);
  documents.remove("deletedRole", key);
  documents.put("role", key, role);
}

export function removeRole(documents: Documents, prefix: string, role: Role): void {
  const key = roleKey(prefix, role.name);
  documents.remove("role", key);
  documents.put("deletedRole", key, { arn: role.arn });
  const oldest = documents.oldest("deletedRole");
  if (documents.size("deletedRole") > MAX_DELETED && oldest !== undefined) documents.remove("deletedRole", oldest);
}
