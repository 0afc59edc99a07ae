/**
 * OpenID Connect discovery: publishes the keys of the service's tokens
 * (https://openid.net/specs/openid-connect-discovery-1_0.html).
 */
import type { LocalRequest, LocalResponse } from "../protocol/aws-json.ts";
import { ISSUER, type OpenIdTokens } from "./openid-tokens.ts";

const CONFIGURATION = "/.well-known/openid-configuration";
const KEYS = "/.well-known/jwks_uri";

/** Handles requests for the configuration and the keys. Returns undefined for other requests. */
export async function handleDiscovery(request: LocalRequest, tokens: OpenIdTokens): Promise<LocalResponse | undefined> {
  if (request.method !== "GET") return undefined;
  switch (request.path) {
    case CONFIGURATION:
      return json({
        issuer: ISSUER,
        // The address that the client used. The issuer is AWS's, as in the tokens.
        jwks_uri: `http://${request.headers["host"] ?? "localhost"}${KEYS}`,
        response_types_supported: ["token"],
        subject_types_supported: ["public"],
        id_token_signing_alg_values_supported: ["RS512"],
      });
    case KEYS:
      return json(await tokens.keys());
    default:
      return undefined;
  }
}

function json(body: object): LocalResponse {
  return {
    status: 200,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  };
}
