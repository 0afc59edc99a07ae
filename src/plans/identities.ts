import { quote } from "../util/visible-text.ts";
import type { Read, Request } from "./command.ts";
import { typedPhrase } from "./phrases.ts";
import type { Plan } from "./plan.ts";
import { typedId } from "./typed-name.ts";
import { countIdentities } from "./wording.ts";

export async function planDeleteIdentities(
  { IdentityIdsToDelete = [] }: { IdentityIdsToDelete?: string[] | undefined },
  read: Read,
): Promise<Plan<"DeleteIdentitiesCommand">> {
  const ids = [...new Set(IdentityIdsToDelete)];
  const identities = await Promise.all(ids.map((id) => describe(id, read)));
  const found = identities.filter((identity) => identity !== undefined);
  const missing = ids.filter((_, index) => identities[index] === undefined);
  const existing = found.map(({ id }) => id);
  const missingNote = missing.length > 0 ? [`Not found, so not deleted: ${missing.join(", ")}.`] : [];
  return {
    action: `Delete ${countIdentities(existing.length)}`,
    target: { id: existing.join(", ") },
    changes: found.map(({ id, logins }) => ({ path: id, before: logins.length > 0 ? { Logins: logins } : "guest" })),
    notes: [
      "The users of these identities get new identities and lose data stored under the old ones.",
      ...missingNote,
    ],
    facts: missingNote,
    unchanged: "None of these identities exists, so nothing was sent.",
    reversible: false,
    confirmation: typedPhrase(`delete ${countIdentities(existing.length)}`),
    state: identities,
    intent: { deleted: existing.toSorted() },
    request: { IdentityIdsToDelete: existing },
  };
}

export async function planUnlink(
  { IdentityId, Logins, LoginsToRemove }: Request<"UnlinkIdentityCommand"> & { IdentityId: string },
  read: Read,
): Promise<Plan<"UnlinkIdentityCommand">> {
  const { Logins: linked = [] } = await read("DescribeIdentityCommand", { IdentityId });
  const [present, asked] = [new Set(linked), new Set(LoginsToRemove)];
  const removed = linked.filter((provider) => asked.has(provider));
  const left = linked.filter((provider) => !asked.has(provider));
  const absent = [...asked].filter((provider) => !present.has(provider));
  const absentNote = absent.length > 0 ? [`Not linked to this identity: ${absent.map(quote).join(", ")}.`] : [];
  return {
    action: "Unlink logins from identity",
    target: { id: IdentityId },
    changes: removed.map((provider) => ({ path: "Logins", before: provider })),
    notes: [...reachabilityNote(left), ...absentNote],
    facts: absentNote,
    reversible: false,
    confirmation: typedId(IdentityId, `unlink ${removed.length} ${removed.length === 1 ? "login" : "logins"}`),
    state: linked,
    request: { IdentityId, Logins, LoginsToRemove },
  };
}

/** Which logins remain when a login is removed. */
export function reachabilityNote(left: readonly string[]): string[] {
  return left.length > 0
    ? [`Remaining logins of the identity: ${left.map(quote).join(", ")}.`]
    : ["This is the last login of the identity. Without it, nobody can use the identity."];
}

async function describe(id: string, read: Read) {
  try {
    const { Logins = [], LastModifiedDate } = await read("DescribeIdentityCommand", { IdentityId: id });
    // The date reveals changes that the provider names do not: another developer user, or a merge.
    return { id, logins: Logins, modified: LastModifiedDate };
  } catch (error) {
    if (error instanceof Error && error.name === "ResourceNotFoundException") return undefined;
    throw error;
  }
}
