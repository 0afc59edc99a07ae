/** What goes wrong on the way to AWS. */
import type { Meaning } from "./explanation.ts";

export const foreign: Meaning = {
  what: "The endpoint is neither AWS's own nor on this machine, so nothing was sent to it.",
  next: "If it is meant, the operator can start the server with --endpoint-url. Otherwise look for endpoint_url in the AWS configuration, and for AWS_ENDPOINT_URL in the environment.",
};

export const untrusted: Meaning = {
  what: "The certificate of the endpoint is not one that this machine trusts, so nothing was sent.",
  next: "If a proxy of your network stands in between, the operator can start the server with NODE_EXTRA_CA_CERTS naming a file with the proxy's certificate.",
};

export const unreachable: Meaning = {
  what: "AWS could not be reached.",
  next: "Check the network, the region and the endpoint, then call again. Behind a proxy, the operator starts the server with HTTPS_PROXY and NODE_USE_ENV_PROXY=1 (Node 24.5 or later).",
};

const notTls: Meaning = {
  what: "What answers at the endpoint does not speak TLS, so nothing was sent.",
  next: "Check the endpoint, its port, and proxies on the way to it.",
};

const untunnelled: Meaning = {
  what: "The proxy did not let the call through.",
  next: "Check HTTPS_PROXY, with the name and password that the proxy may want, and which hosts it allows.",
};

/** Codes of Node's for a certificate that does not hold; see https://nodejs.org/api/tls.html#x509-certificate-error-codes. */
const uncertified = new Set([
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
const unfound = new Set(["ENOTFOUND", "ECONNREFUSED", "EAI_AGAIN", "ENETUNREACH", "EHOSTUNREACH"]);

/** Codes of Node's for a connection to what is not AWS. */
const astray = /^(EPROTO|ERR_SSL_\w+|ERR_PROXY_TUNNEL)$/;

/** Codes of Node's for a connection that broke. */
const broken = new Set(["ECONNRESET", "EPIPE", "ETIMEDOUT"]);

const brokeOff: Meaning = { what: "The connection broke before AWS answered.", next: unreachable.next };

/** By name: what the way out raises itself. */
export const connectionNames: Readonly<Record<string, Meaning>> = {
  EndpointError: foreign,
  OversizeError: {
    what: "The answer was larger than any of AWS's, so nothing of it was read.",
    next: "Check the endpoint.",
  },
  TimeoutError: {
    what: "AWS did not answer in time.",
    next: "Try again in a moment; check the network and the endpoint if it stays.",
  },
};

/** Whether a code of Node's says what happened to a connection. */
export function isOfConnection(code: string): boolean {
  return unfound.has(code) || uncertified.has(code) || broken.has(code) || astray.test(code);
}

/** What such a code means; `unsent` tells that the connection never stood. */
export function meaningOfConnection(code: string, unsent: boolean): Meaning {
  if (uncertified.has(code)) return untrusted;
  if (astray.test(code)) return code === "ERR_PROXY_TUNNEL" ? untunnelled : notTls;
  return unsent || unfound.has(code) ? unreachable : brokeOff;
}
