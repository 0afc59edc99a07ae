/** What a resource holds: read call by call on the one path, so that whatever the operator denies is not in it. */

import type { Outcome } from "../../call/types.ts";
import { escapeInvisibleDeep } from "../../guards/redaction/untrusted-text.ts";
import { MAX_RESPONSE_BYTES } from "../../guards/response-size.ts";
import { type Fields, jsonBytes } from "../../util/json.ts";
import { contentOf } from "../result.ts";
import type { ResourceUri } from "./uri.ts";

/** Makes a call of a tool, and gives what comes of it. */
export type CallTool = (tool: string, input: object) => Promise<Outcome>;

/** The document of a resource; a refusal or failure where the first call for it is one. */
export async function readDocument(uri: ResourceUri, callTool: CallTool): Promise<Outcome> {
  return uri.kind === "pools"
    ? await callTool("list-identity-pools", { region: uri.region, allPages: true })
    : await poolDocument({ IdentityPoolId: uri.poolId }, callTool);
}

/** All that is known of a pool. What cannot be read says why in its place. */
async function poolDocument(id: { readonly IdentityPoolId: string }, callTool: CallTool): Promise<Outcome> {
  const described = await callTool("describe-identity-pool", id);
  if (described.kind !== "success") return described;
  const pool = described.content;
  const roles = partOf(await callTool("get-identity-pool-roles", id));
  const principalTags: [provider: string, map: Fields][] = [];
  const providers = providersOf(pool);
  let bytes = sizeOf(pool) + sizeOf(roles);
  for (const provider of providers) {
    const map = partOf(await callTool("get-principal-tag-attribute-map", { ...id, IdentityProviderName: provider }));
    bytes += sizeOf(map) + sizeOf(provider);
    // Half: the document is cut as any answer is, but rather here than in the middle of a map.
    if (bytes > MAX_RESPONSE_BYTES / 2) break;
    principalTags.push([provider, map]);
  }
  const left = providers.length - principalTags.length;
  const notes = [
    `The principal tags of ${left} more providers are omitted. Read them with get-principal-tag-attribute-map.`,
  ];
  const content = { pool, roles, principalTags: Object.fromEntries(principalTags), ...(left > 0 && { notes }) };
  return { kind: "success", content };
}

/** The names under which a pool's principal tags are kept. */
export function providersOf(pool: Fields): string[] {
  const {
    SupportedLoginProviders = {},
    CognitoIdentityProviders = [],
    OpenIdConnectProviderARNs = [],
    SamlProviderARNs = [],
    DeveloperProviderName,
  } = pool as {
    SupportedLoginProviders?: Readonly<Record<string, string>>;
    CognitoIdentityProviders?: readonly { readonly ProviderName?: string }[];
    OpenIdConnectProviderARNs?: readonly string[];
    SamlProviderARNs?: readonly string[];
    DeveloperProviderName?: string;
  };
  const names = [
    ...CognitoIdentityProviders.flatMap(({ ProviderName }) => ProviderName ?? []),
    ...Object.keys(SupportedLoginProviders),
    ...OpenIdConnectProviderARNs.map((arn) => arn.split(":oidc-provider/")[1] ?? arn),
    ...SamlProviderARNs,
    ...(DeveloperProviderName === undefined ? [] : [DeveloperProviderName]),
  ];
  return [...new Set(names)];
}

/** What a call adds to the document: its own members, without those that say again what was asked for. */
function partOf(outcome: Outcome): Fields {
  const { IdentityPoolId: _, IdentityProviderName: __, ...part } = contentOf(outcome) as Fields;
  return part;
}

function sizeOf(value: unknown): number {
  return jsonBytes(escapeInvisibleDeep(value));
}
