/** The URIs of resources. */

export type ResourceUri =
  | { readonly kind: "pools"; readonly region: string }
  | { readonly kind: "pool"; readonly poolId: string };

/** Each document is one JSON object. */
export const MIME_TYPE = "application/json";

export const templates = [
  {
    uriTemplate: "cognito-identity://pools/{region}",
    name: "identity-pools",
    title: "Identity pools in a region",
    description: "Ids and names of the identity pools",
    mimeType: MIME_TYPE,
  },
  {
    uriTemplate: "cognito-identity://pool/{poolId}",
    name: "identity-pool",
    title: "Identity pool",
    description: "Configuration, tags, roles and principal tags of the pool, and what needs attention",
    mimeType: MIME_TYPE,
  },
] as const;

const uri = /^cognito-identity:\/\/(pools?)\/([^/?#]+)$/;

/** Parses a URI. The colon of an id may be written as `%3A`, as clients do that fill in templates. */
export function parseUri(text: string): ResourceUri | undefined {
  const [, kind, encoded = ""] = uri.exec(text) ?? [];
  const value = decode(encoded);
  if (kind === undefined || value === undefined) return undefined;
  return kind === "pools" ? { kind, region: value } : { kind: "pool", poolId: value };
}

/** Formats a URI. The colon of an id is not percent-encoded, for readability. */
export function formatUri(address: ResourceUri): string {
  return address.kind === "pools"
    ? `cognito-identity://pools/${encode(address.region)}`
    : `cognito-identity://pool/${encode(address.poolId)}`;
}

function encode(text: string): string {
  return encodeURIComponent(text).replaceAll("%3A", ":");
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
