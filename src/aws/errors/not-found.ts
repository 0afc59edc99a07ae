import type { Explanation, FailedCall } from "./explanation.ts";

/** What AWS did not find: as its text begins, otherwise what the call names. */
export function explainNotFound(call: FailedCall, text: string): Explanation {
  const where = call.region ?? "this region";
  switch (missingIn(call, text)) {
    case "pool":
      return {
        message: `There is no such identity pool in ${where}: it was deleted, its id is mistyped, or it belongs to another account.`,
        hint: "Find the pool with list-identity-pools, also in other regions. A client needs the id of an existing pool, and must drop the identity ids that it keeps of a deleted one.",
      };
    case "identity":
      return {
        message: `There is no such identity in ${where}: it or its identity pool was deleted, its id is mistyped, or it belongs to another account.`,
        hint: "A client must drop the identity id that it keeps and call get-id again, which gives a new one. list-identities shows the identities of a pool.",
      };
    default:
      return {
        message: `AWS did not find the resource in ${where}.`,
        hint: "Check the ids with list-identity-pools, list-identities and lookup-developer-identity.",
      };
  }
}

function missingIn({ members }: FailedCall, text: string): "pool" | "identity" | undefined {
  if (/^Identity ?Pool\b/i.test(text)) return "pool";
  if (/^Identity\b/i.test(text)) return "identity";
  const namesPool = members.includes("IdentityPoolId") || members.includes("ResourceArn");
  const namesIdentity = members.includes("IdentityId") || members.includes("IdentityIdsToDelete");
  const namesUser = members.some((member) => /^Developer|UserIdentifier$/.test(member));
  if (namesUser || namesPool === namesIdentity) return undefined;
  return namesPool ? "pool" : "identity";
}
