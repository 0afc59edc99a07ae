/**
 * Calls that link logins to an identity. If a login belongs to another identity, AWS merges the two, and one of them is
 * disabled permanently (https://docs.aws.amazon.com/cognito/latest/developerguide/authentication-flow.html).
 */
import { quote, quoteUnlessToken } from "../util/visible-text.ts";
import type { Read, Request } from "./command.ts";
import { digest } from "./fingerprint.ts";
import { type Phrase, typedPhrase } from "./phrases.ts";
import type { Change, Plan } from "./plan.ts";
import { typedId } from "./typed-name.ts";

/** What a call is judged by. */
export interface LinkingFacts {
  /** Reads the live account, as far as the operator's policy allows. Raises the SDK's errors, and those of the policy. */
  readonly read: Read;
  readonly rememberedLogins: RememberedLogins;
  /** The DeveloperProviderName of the call's pool, where it is known. */
  readonly developerProvider: string | undefined;
  /** The value of Logins that AWS would get for a provider. May be a secret; it is never shown. */
  readonly valueFor: (provider: string) => string | undefined;
  /** The `sub` claim of the token that AWS would get for a provider; undefined if it is not a JSON Web Token. */
  readonly subjectOf: (provider: string) => string | undefined;
}

/** Login providers of identities, as they were read before. */
export interface RememberedLogins {
  /** Whether the identity is known to have a login of each provider. */
  has(identityId: string, providers: readonly string[]): boolean;
  /** Call it before a read. Gives what remembers the read's result, unless an identity was changed in between. */
  beginRead(): (identityId: string, providers: readonly string[]) => void;
}

type Logins = Readonly<Record<string, string>>;

type WithIdentity = "GetCredentialsForIdentityCommand" | "GetOpenIdTokenCommand";

/** Logins of providers that the identity has cannot link: of each public provider, an identity has one login. */
export async function planLinkToIdentity<C extends WithIdentity>(
  request: Request<C> & { IdentityId: string; Logins?: Logins | undefined },
  facts: LinkingFacts,
): Promise<Plan<C> | undefined> {
  const { IdentityId, Logins = {} } = request;
  const { read, rememberedLogins, subjectOf } = facts;
  // A token of Cognito Identity itself names its identity, and AWS checks the signature.
  const providers = Object.keys(Logins).filter(
    (provider) => !(isCognitoIdentity(provider) && subjectOf(provider) === IdentityId),
  );
  if (providers.length === 0 || rememberedLogins.has(IdentityId, providers)) return undefined;
  const identity = await readIdentity(IdentityId, read, rememberedLogins);
  const added = providers.filter((provider) => !identity.logins?.includes(provider));
  if (added.length === 0) return undefined;
  const changes = added.map((provider) => linkOf(provider, Logins, facts));
  return {
    action: "Link logins to identity",
    target: { id: IdentityId },
    changes,
    notes: [
      ...notesOn(identity),
      mergeNote,
      "The answer can contain the id of the other identity.",
      ...sentWith(request),
    ],
    reversible: false,
    confirmation: typedId(IdentityId, linkPhrase(changes.length)),
    state: { identity, users: usersOf(added, facts) },
    intent: linkIntent(IdentityId, added, facts),
    request,
  };
}

/** One login finds or creates its own identity; AWS links several to one identity. */
export async function planLinkSeveral(
  request: Request<"GetIdCommand"> & { IdentityPoolId: string; Logins?: Logins | undefined },
  facts: LinkingFacts,
): Promise<Plan<"GetIdCommand"> | undefined> {
  const { IdentityPoolId, Logins = {} } = request;
  if (Object.keys(Logins).length < 2) return undefined;
  const users = usersOf(Object.keys(Logins), facts);
  return {
    ...severalLogins(IdentityPoolId, Logins, facts),
    notes: [unknownOwners, mergeNote, ...sentWith(request)],
    state: { users },
    intent: linkIntent(IdentityPoolId, Object.keys(Logins), facts),
    request,
  };
}

type Developer = "GetOpenIdTokenForDeveloperIdentityCommand";

/** One user without an identity is found or registered; a user of the given identity is there already. */
export async function planLinkDeveloper(
  request: Request<Developer> & { IdentityPoolId: string; IdentityId?: string | undefined; Logins: Logins },
  facts: LinkingFacts,
): Promise<Plan<Developer> | undefined> {
  const { IdentityPoolId, IdentityId, Logins } = request;
  const several = Object.keys(Logins).length > 1;
  if (Object.keys(Logins).length === 0 || (IdentityId === undefined && !several)) return undefined;
  const owner = await readOwner(IdentityPoolId, facts);
  if (IdentityId !== undefined && !several && owner.identityId === IdentityId) return undefined;
  const changes = Object.keys(Logins).map((provider) =>
    provider === facts.developerProvider
      ? { path: "DeveloperUserIdentifier", after: Logins[provider] }
      : linkOf(provider, Logins, facts),
  );
  const users = usersOf(Object.keys(Logins), facts);
  if (IdentityId === undefined)
    return {
      ...severalLogins(IdentityPoolId, Logins, facts),
      changes,
      notes: [owner.note, unknownOwners, mergeNote, ...sentWith(request)],
      state: { owner, users },
      intent: linkIntent(IdentityPoolId, Object.keys(Logins), facts),
      request,
    };
  const identity = await readIdentity(IdentityId, facts.read, facts.rememberedLogins);
  return {
    action: "Link logins to identity",
    target: { id: IdentityId },
    changes,
    notes: [owner.note, ...notesOn(identity), mergeNote, ...sentWith(request)],
    reversible: false,
    confirmation: typedId(IdentityId, linkPhrase(changes.length)),
    state: { owner, identity, users },
    intent: linkIntent(IdentityId, Object.keys(Logins), facts),
    request,
  };
}

const mergeNote =
  "If a login belongs to another identity, AWS merges the two: one of them is disabled permanently, and data stored under it is no longer accessible.";

const isShown: ReadonlySet<string> = new Set(["IdentityId", "IdentityPoolId", "Logins"]);

/** What of the request the target and the changes do not show, such as the role, tags or lifetime of what is vended. */
function sentWith(request: object): string[] {
  const given = Object.entries(request).filter(([member, value]) => !isShown.has(member) && value !== undefined);
  return given.length === 0
    ? []
    : [`Sent with it: ${given.map(([member, value]) => `${member} ${JSON.stringify(value)}`).join(", ")}.`];
}

function linkPhrase(count: number): Phrase {
  return `link ${count} ${count === 1 ? "login" : "logins"}`;
}

const unknownOwners = "AWS does not tell beforehand to which identities the logins belong.";

/** What plans of several logins have in common: they name no identity. */
function severalLogins(IdentityPoolId: string, logins: Logins, facts: LinkingFacts) {
  const providers = Object.keys(logins);
  return {
    action: "Link several logins to one identity of pool",
    target: { id: IdentityPoolId },
    changes: providers.map((provider) => linkOf(provider, logins, facts)),
    reversible: false,
    confirmation: typedPhrase(linkPhrase(providers.length)),
  };
}

/** The login by its reference, or as "a token", with the user that the token names: a person must see whose login it is. */
function linkOf(provider: string, logins: Logins, { subjectOf }: LinkingFacts): Change {
  const subject = subjectOf(provider);
  const user = subject === undefined ? "" : ` of user ${quote(subject)}`;
  return { path: `Logins.${provider}`, after: `${logins[provider]}${user}` };
}

/**
 * What ties an approval to the users whose tokens are linked. The token of a reference may be renewed while a person reads, but not
 * become that of another user. A token that names no user must stay the same.
 */
function usersOf(providers: readonly string[], { subjectOf, valueFor }: LinkingFacts): readonly string[] {
  return providers.map((provider) => subjectOf(provider) ?? digest(valueFor(provider)));
}

/** Whose logins are linked to what. A token and a reference to a token of the same user are the same. */
function linkIntent(target: string, providers: readonly string[], { subjectOf, valueFor }: LinkingFacts): object {
  const users = providers.map((provider) => [provider, subjectOf(provider) ?? valueFor(provider) ?? ""] as const);
  return { linked: target, users: Object.fromEntries(users) };
}

/** The key of Logins for tokens of the service itself: `cognito-identity.amazonaws.com`, and others in other partitions. */
function isCognitoIdentity(provider: string): boolean {
  return /^cognito-identity([.-][a-z0-9-]+)*\.amazonaws\.com(\.cn)?$/.test(provider);
}

/** An identity as it is, or why that could not be read. */
interface IdentityState {
  readonly logins?: readonly string[];
  readonly modified?: Date | undefined;
  readonly unread?: string;
}

/** Raises ResourceNotFoundException: a call for an identity that does not exist needs no approval. */
async function readIdentity(IdentityId: string, read: Read, remembered: RememberedLogins): Promise<IdentityState> {
  const remember = remembered.beginRead();
  try {
    const { Logins = [], LastModifiedDate } = await read("DescribeIdentityCommand", { IdentityId });
    remember(IdentityId, Logins);
    return { logins: Logins, modified: LastModifiedDate };
  } catch (error) {
    if (nameOf(error) === "ResourceNotFoundException") throw error;
    return { unread: reasonOf(error) };
  }
}

function notesOn({ logins = [], unread }: IdentityState): string[] {
  if (unread !== undefined)
    return [`The logins that the identity has could not be read (${unread}), so each given login counts as a new one.`];
  return [
    logins.length > 0
      ? `The identity has logins of ${logins.map(quote).join(", ")}.`
      : "The identity has no login yet.",
  ];
}

/** The identity of the call's developer user, and the same in words. */
interface Owner {
  readonly identityId?: string | undefined;
  readonly note: string;
}

async function readOwner(IdentityPoolId: string, { read, developerProvider, valueFor }: LinkingFacts): Promise<Owner> {
  if (developerProvider === undefined)
    return { note: "The pool's developer provider could not be read, so it is not known which login is a user name." };
  const DeveloperUserIdentifier = valueFor(developerProvider);
  if (DeveloperUserIdentifier === undefined) return { note: "No login is of the pool's developer provider." };
  try {
    const { IdentityId } = await read("LookupDeveloperIdentityCommand", { IdentityPoolId, DeveloperUserIdentifier });
    if (IdentityId === undefined) return { note: "AWS did not tell to which identity the developer user belongs." };
    return {
      identityId: IdentityId,
      note: `The developer user belongs to identity ${quoteUnlessToken(IdentityId)}.`,
    };
  } catch (error) {
    if (nameOf(error) === "ResourceNotFoundException")
      return { note: "The developer user belongs to no identity yet." };
    return { note: `The identity of the developer user could not be read (${reasonOf(error)}).` };
  }
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : "";
}

/** Errors that a plan names. Any other name is a text of whoever answers, and can hold a token. */
const shownErrors: ReadonlySet<string> = new Set([
  "AccessDeniedException",
  "CredentialsProviderError",
  "InternalErrorException",
  "InvalidParameterException",
  "NotAuthorizedException",
  "ThrottlingException",
  "TimeoutError",
  "TooManyRequestsException",
]);

/** An error in a few words. Raises what ends the call. */
function reasonOf(error: unknown): string {
  const name = nameOf(error);
  if (name === "AbortError") throw error;
  if (name === "RefusalError") return "the operator's policy does not allow it";
  return shownErrors.has(name) ? name : "unknown error";
}
