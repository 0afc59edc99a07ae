import { quote } from "../guards/untrusted-text.ts";
import type { Request } from "../tools/tool.ts";
import { merge } from "./merge.ts";
import { compare, type Plan, type Read } from "./plan.ts";
import { typable } from "./words.ts";

/** What a page of ListIdentities holds at most: a pool with more is counted as "60 or more". */
const PAGE = 60;

type Update = Omit<Partial<Request<"UpdateIdentityPoolCommand">>, "IdentityPoolId"> & {
  IdentityPoolId: string;
  clear?: readonly string[] | undefined;
};

/**
 * UpdateIdentityPool replaces the whole pool
 * (https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_UpdateIdentityPool.html), so the present is
 * read, merged with what was named, and sent whole.
 */
export async function planUpdate(
  { IdentityPoolId, clear = [], ...named }: Update,
  read: Read,
): Promise<Plan<"UpdateIdentityPoolCommand">> {
  const pool = await read("DescribeIdentityPoolCommand", { IdentityPoolId });
  const { IdentityPoolId: _, ...present } = pool;
  const merged = merge(present, named, clear, sameClient);
  const touched = new Set([...Object.keys(named), ...clear]);
  const kept = Object.keys(present).filter((member) => !touched.has(member) && !required.has(member));
  return {
    action: "Update identity pool",
    target: { id: IdentityPoolId, name: pool.IdentityPoolName },
    changes: compare(present, merged),
    notes: [
      ...(kept.length > 0
        ? [`Kept as they are, though AWS resets members that an update leaves out: ${kept.join(", ")}.`]
        : []),
      ...(clear.includes("AllowClassicFlow") && named.AllowClassicFlow === undefined
        ? ["With AllowClassicFlow unset, AWS may leave the basic (classic) flow open."]
        : []),
    ],
    reversible: true,
    confirmation: { by: "choice" },
    state: present,
    request: {
      IdentityPoolName: pool.IdentityPoolName,
      AllowUnauthenticatedIdentities: pool.AllowUnauthenticatedIdentities,
      ...merged,
      IdentityPoolId,
    },
  };
}

const required = new Set(["IdentityPoolName", "AllowUnauthenticatedIdentities"]);

/** A user pool's app client is the same entry whatever its token check says; any other entry is itself. */
function sameClient(entry: unknown): unknown {
  if (typeof entry !== "object" || entry === null) return entry;
  const { ProviderName, ClientId } = entry as { ProviderName?: unknown; ClientId?: unknown };
  return `${ProviderName} ${ClientId}`;
}

export async function planDelete(
  { IdentityPoolId }: { IdentityPoolId: string },
  read: Read,
): Promise<Plan<"DeleteIdentityPoolCommand">> {
  const [pool, { Roles = {}, RoleMappings = {} }, { Identities = [], NextToken }] = await Promise.all([
    read("DescribeIdentityPoolCommand", { IdentityPoolId }),
    read("GetIdentityPoolRolesCommand", { IdentityPoolId }),
    read("ListIdentitiesCommand", { IdentityPoolId, MaxResults: PAGE }),
  ]);
  const { IdentityPoolId: _, ...configuration } = pool;
  const identities = NextToken === undefined ? String(Identities.length) : `${PAGE} or more`;
  return {
    action: "Delete identity pool",
    target: { id: IdentityPoolId, name: pool.IdentityPoolName },
    changes: compare({ ...configuration, Roles, RoleMappings }, {}),
    notes: [
      `Identities that go with it: ${identities}. Their users get new ones, and lose what was stored under the old.`,
      `Every application that uses pool ${quote(pool.IdentityPoolName ?? "")} stops getting credentials.`,
      "AWS cannot bring a pool back, and a new one gets another id.",
    ],
    reversible: false,
    confirmation: { by: "typing", expected: typable(pool.IdentityPoolName) ?? IdentityPoolId },
    state: { configuration, Roles, RoleMappings, identities },
    request: { IdentityPoolId },
  };
}
