/** What goes wrong on the way to AWS. */
import type { Explanation } from "./explanation.ts";

export const untrustedEndpoint: Explanation = {
  message: "The endpoint is neither AWS's own nor on this machine, so nothing was sent to it.",
  hint: "If it is meant, the operator can start the server with --endpoint-url. Otherwise look for endpoint_url in the AWS configuration, and for AWS_ENDPOINT_URL in the environment.",
};

export const untrustedCertificate: Explanation = {
  message: "The certificate of the endpoint is not one that this machine trusts, so nothing was sent.",
  hint: "If a proxy of your network stands in between, the operator can start the server with NODE_EXTRA_CA_CERTS naming a file with the proxy's certificate.",
};

export const unreachable: Explanation = {
  message: "AWS could not be reached.",
  hint: "Check the network, the region and the endpoint, then call again. Behind a proxy, the operator starts the server with HTTPS_PROXY and NODE_USE_ENV_PROXY=1 (Node 24.5 or later).",
};

const notTls: Explanation = {
  message: "What answers at the endpoint does not speak TLS, so nothing was sent.",
  hint: "Check the endpoint, its port, and proxies on the way to it.",
};

const untunnelled: Explanation = {
  message: "The proxy did not let the call through.",
  hint: "Check HTTPS_PROXY, with the name and password that the proxy may want, and which hosts it allows.",
};

/** Codes of Node's for a certificate that does not hold; see https://nodejs.org/api/tls.html#x509-certificate-error-codes. */
const certificateCodes = new Set([
  "CERT_CHAIN_TOO_LONG",
  "CERT_HAS_EXPIRED",
  "CERT_NOT_YET_VALID",
  "CERT_REJECTED",
  "CERT_REVOKED",
  "CERT_UNTRUSTED",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "ERR_TLS_CERT_ALTNAME_INVALID",
  "HOSTNAME_MISMATCH",
  "INVALID_CA",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);

/** Codes of Node's for a host that is not found or does not answer. */
const unreachableCodes = new Set(["ENOTFOUND", "ECONNREFUSED", "EAI_AGAIN", "ENETUNREACH", "EHOSTUNREACH"]);

/** Codes of Node's for a connection to what is not AWS. */
const wrongProtocolCodes = /^(EPROTO|ERR_SSL_\w+|ERR_PROXY_TUNNEL)$/;

/** Codes of Node's for a connection that broke. */
const brokenConnectionCodes = new Set(["ECONNRESET", "EPIPE", "ETIMEDOUT"]);

const brokeOff: Explanation = { message: "The connection broke before AWS answered.", hint: unreachable.hint };

/** By name: what the way out raises itself. */
export const connectionErrors: Readonly<Record<string, Explanation>> = {
  EndpointError: untrustedEndpoint,
  OversizeError: {
    message: "The answer was larger than any of AWS's, so nothing of it was read.",
    hint: "Check the endpoint.",
  },
  TimeoutError: {
    message: "AWS did not answer in time.",
    hint: "Try again in a moment; check the network and the endpoint if it stays.",
  },
};

/** Whether a code of Node's says what happened to a connection. */
export function isConnectionCode(code: string): boolean {
  return (
    unreachableCodes.has(code) ||
    certificateCodes.has(code) ||
    brokenConnectionCodes.has(code) ||
    wrongProtocolCodes.test(code)
  );
}

/** What such a code means; `unsent` tells that the connection never stood. */
export function explainConnection(code: string, unsent: boolean): Explanation {
  if (certificateCodes.has(code)) return untrustedCertificate;
  if (wrongProtocolCodes.test(code)) return code === "ERR_PROXY_TUNNEL" ? untunnelled : notTls;
  return unsent || unreachableCodes.has(code) ? unreachable : brokeOff;
}
