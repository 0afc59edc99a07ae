import { quote, quoteUnlessToken } from "../util/visible-text.ts";
import type { Read } from "./command.ts";
import { reachabilityNote } from "./identities.ts";
import type { Plan } from "./plan.ts";
import { typedId } from "./typed-name.ts";

interface Merge {
  SourceUserIdentifier: string;
  DestinationUserIdentifier: string;
  DeveloperProviderName: string;
  IdentityPoolId: string;
}

/** The source's users and logins move to the destination's identity, and the source identity is disabled. */
export async function planMerge(request: Merge, read: Read): Promise<Plan<"MergeDeveloperIdentitiesCommand">> {
  const { SourceUserIdentifier, DestinationUserIdentifier, DeveloperProviderName, IdentityPoolId } = request;
  const [pool, source, destination] = await Promise.all([
    read("DescribeIdentityPoolCommand", { IdentityPoolId }),
    lookUp(IdentityPoolId, SourceUserIdentifier, read),
    lookUp(IdentityPoolId, DestinationUserIdentifier, read),
  ]);
  const [{ Logins: sourceLogins = [] }, { Logins: destinationLogins = [] }] = await Promise.all([
    read("DescribeIdentityCommand", { IdentityId: source.identityId }),
    read("DescribeIdentityCommand", { IdentityId: destination.identityId }),
  ]);
  const moving = sourceLogins.filter((provider) => provider !== DeveloperProviderName);
  const same = source.identityId === destination.identityId;
  const sameNote = ["Both users already have the same identity."];
  return {
    action: "Merge developer user",
    target: { id: source.identityId, name: SourceUserIdentifier },
    into: { id: destination.identityId, name: DestinationUserIdentifier },
    changes: same
      ? []
      : [
          { path: `${source.identityId}.state`, before: "enabled", after: "disabled" },
          ...source.users.map((user) => ({ path: `${source.identityId}.users`, before: user })),
          ...source.users.map((user) => ({ path: `${destination.identityId}.users`, after: user })),
          ...moving.map((provider) => ({ path: `${source.identityId}.Logins`, before: provider })),
          ...moving.map((provider) => ({ path: `${destination.identityId}.Logins`, after: provider })),
        ],
    notes: same
      ? sameNote
      : [
          `In pool ${quote(pool.IdentityPoolName ?? "")}, the users of ${quoteUnlessToken(source.identityId)} move to ${quoteUnlessToken(destination.identityId)}.`,
          `Identity ${quoteUnlessToken(source.identityId)} is disabled permanently, and data stored under it is no longer accessible.`,
          ...(source.more ? ["The source identity has more users than are listed here. All of them move."] : []),
        ],
    facts: same ? sameNote : [],
    reversible: false,
    confirmation: typedId(source.identityId, "merge 2 users"),
    state: { pool, source, destination, sourceLogins, destinationLogins },
    intent: { merged: source.identityId, into: destination.identityId },
    request,
  };
}

interface Unlink {
  IdentityId: string;
  IdentityPoolId: string;
  DeveloperProviderName: string;
  DeveloperUserIdentifier: string;
}

export async function planUnlinkDeveloper(
  request: Unlink,
  read: Read,
): Promise<Plan<"UnlinkDeveloperIdentityCommand">> {
  const { IdentityId, IdentityPoolId, DeveloperProviderName, DeveloperUserIdentifier } = request;
  const [{ Logins = [] }, { identityId, users, more }] = await Promise.all([
    read("DescribeIdentityCommand", { IdentityId }),
    lookUp(IdentityPoolId, DeveloperUserIdentifier, read),
  ]);
  const linked = identityId === IdentityId;
  const others = users.filter((user) => user !== DeveloperUserIdentifier);
  const left = [...Logins.filter((provider) => provider !== DeveloperProviderName), ...others];
  const elsewhereNote = [
    `User ${quote(DeveloperUserIdentifier)} belongs to identity ${quoteUnlessToken(identityId)}, not to this one.`,
  ];
  const moreNote = more ? ["The identity has more users than this plan checked."] : [];
  return {
    action: `Unlink developer user ${quote(DeveloperUserIdentifier)} from identity`,
    target: { id: IdentityId },
    changes: linked ? [{ path: "DeveloperUserIdentifier", before: DeveloperUserIdentifier }] : [],
    notes: linked ? [...reachabilityNote(left), ...moreNote] : elsewhereNote,
    facts: linked ? [] : elsewhereNote,
    unchanged: "The user does not belong to this identity, so nothing was sent.",
    reversible: false,
    confirmation: typedId(IdentityId, "unlink this user"),
    state: { identityId, users, Logins },
    request,
  };
}

async function lookUp(IdentityPoolId: string, DeveloperUserIdentifier: string, read: Read) {
  const found = await read("LookupDeveloperIdentityCommand", { IdentityPoolId, DeveloperUserIdentifier });
  const identityId = found.IdentityId ?? "";
  // Given a user, the service returns only that user; given an identity, all of its users.
  const all = await read("LookupDeveloperIdentityCommand", { IdentityPoolId, IdentityId: identityId, MaxResults: 60 });
  return { identityId, users: all.DeveloperUserIdentifierList ?? [], more: all.NextToken !== undefined };
}
