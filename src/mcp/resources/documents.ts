/** The content of a resource. All reads go through the path of tool calls, so it contains nothing that the operator denies. */

import type { Outcome } from "../../call/types.ts";
import { escapeInvisibleDeep } from "../../guards/redaction/untrusted-text.ts";
import { MAX_RESPONSE_BYTES } from "../../guards/response-size.ts";
import { type Fields, jsonBytes } from "../../util/json.ts";
import { contentOf } from "../result.ts";
import type { ResourceUri } from "./uri.ts";

/** Calls a tool. */
export type CallTool = (tool: string, input: object) => Promise<Outcome>;

/** The document of a resource; a refusal or failure if its first call fails. */
export async function readDocument(uri: ResourceUri, callTool: CallTool): Promise<Outcome> {
  return uri.kind === "pools"
    ? await callTool("list-identity-pools", { region: uri.region, allPages: true })
    : await poolDocument({ IdentityPoolId: uri.poolId }, callTool);
}

/** The document of a pool. A part that cannot be read contains the reason instead. */
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
    // Stops at half of the limit, so that whole providers are omitted instead of truncated maps.
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

/** The provider names that have principal tags in a pool. */
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

/** The part of an answer that goes into the document: without the members that repeat the input. */
function partOf(outcome: Outcome): Fields {
  const { IdentityPoolId: _, IdentityProviderName: __, ...part } = contentOf(outcome) as Fields;
  return part;
}

function sizeOf(value: unknown): number {
  return jsonBytes(escapeInvisibleDeep(value));
}
