/** What resources are called. */

export type ResourceUri =
  | { readonly kind: "pools"; readonly region: string }
  | { readonly kind: "pool"; readonly poolId: string };

/** Documents are one JSON object each. */
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
    description: "Configuration, tags and roles of the pool, and the principal tags of each provider",
    mimeType: MIME_TYPE,
  },
] as const;

const uri = /^cognito-identity:\/\/(pools?)\/([^/?#]+)$/;

/** The address that a URI says; an id's colon may stand as it is or as `%3A`, as clients that fill templates write it. */
export function parseUri(text: string): ResourceUri | undefined {
  const [, kind, encoded = ""] = uri.exec(text) ?? [];
  const value = decode(encoded);
  if (kind === undefined || value === undefined) return undefined;
  return kind === "pools" ? { kind, region: value } : { kind: "pool", poolId: value };
}

/** The URI of an address, its colon left readable. */
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
