/**
 * OpenID Connect discovery: publishes the keys of the service's tokens
 * (https://openid.net/specs/openid-connect-discovery-1_0.html).
 */
import type { LocalRequest, LocalResponse } from "../protocol/aws-json.ts";
import type { Store } from "../state/store.ts";
import { issuerOf, type OpenIdTokens } from "./openid-tokens.ts";

const CONFIGURATION = "/.well-known/openid-configuration";
/** AWS's developer guide says that the keys may be cached for 30 days. */
const KEYS_SECONDS = 2_592_000;
const KEYS = "/.well-known/jwks_uri";

/** Handles requests for the configuration and the keys. Returns undefined for other requests. */
export async function handleDiscovery(
  request: LocalRequest,
  { tokens, store }: { readonly tokens: OpenIdTokens; readonly store: Store },
): Promise<LocalResponse | undefined> {
  if (request.method !== "GET") return undefined;
  const regions = store.regions();
  switch (request.path) {
    case CONFIGURATION:
      return json({
        // The issuer is AWS's, as in the tokens. In one process it is that of the first region with a pool.
        issuer: issuerOf(regions[0] ?? ""),
        // The address that the client used.
        jwks_uri: `http://${request.headers["host"] ?? "localhost"}${KEYS}`,
        response_types_supported: ["token"],
        subject_types_supported: ["public"],
        id_token_signing_alg_values_supported: ["RS512"],
      });
    case KEYS:
      return json(await tokens.keys(regions), { "cache-control": `max-age=${KEYS_SECONDS}` });
    default:
      return undefined;
  }
}

function json(body: object, headers: Record<string, string> = {}): LocalResponse {
  return {
    status: 200,
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  };
}
