/** Errors of the connection to AWS. */
import type { Explanation } from "./explanation.ts";

export const untrustedEndpoint: Explanation = {
  message: "The endpoint is neither an AWS endpoint nor on this machine, so nothing was sent.",
  hint: "If the operator trusts the endpoint, start the server with --endpoint-url. Otherwise remove endpoint_url from the AWS configuration or AWS_ENDPOINT_URL from the environment.",
};

export const untrustedCertificate: Explanation = {
  message: "This machine does not trust the certificate of the endpoint, so nothing was sent.",
  hint: "If a proxy of your network inspects TLS, start the server with NODE_EXTRA_CA_CERTS set to a file with the certificate of the proxy.",
};

export const unreachable: Explanation = {
  message: "AWS could not be reached.",
  hint: "Check the network, the region and the endpoint, then call again. Behind a proxy, start the server with HTTPS_PROXY and NODE_USE_ENV_PROXY=1, with Node 24.5 or later, or Node 22.21 or a later 22.",
};

const notTls: Explanation = {
  message: "The endpoint does not use TLS, so nothing was sent.",
  hint: "Check the endpoint, its port, and any proxy in between.",
};

const untunnelled: Explanation = {
  message: "The proxy refused the connection.",
  hint: "Check HTTPS_PROXY, the user name and password if the proxy requires them, and the hosts that it allows.",
};

/** Node's error codes for an invalid certificate; see https://nodejs.org/api/tls.html#x509-certificate-error-codes. */
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

/** Node's error codes for a host that is not found or does not respond. */
const unreachableCodes = new Set(["ENOTFOUND", "ECONNREFUSED", "EAI_AGAIN", "ENETUNREACH", "EHOSTUNREACH"]);

/** Node's error codes for a peer that does not use the expected protocol, so it is not AWS. */
const wrongProtocolCodes = /^(EPROTO|ERR_SSL_\w+|ERR_PROXY_TUNNEL)$/;

/** Node's error codes for a connection that broke. */
const brokenConnectionCodes = new Set(["ECONNRESET", "EPIPE", "ETIMEDOUT"]);

const brokeOff: Explanation = { message: "The connection broke before AWS answered.", hint: unreachable.hint };

/** Errors that our own HTTP handler raises, by name. */
export const connectionErrors: Readonly<Record<string, Explanation>> = {
  EndpointError: untrustedEndpoint,
  LostAnswerError: {
    message: "AWS's answer to an earlier attempt of this call was lost.",
    hint: unreachable.hint,
  },
  OversizeError: {
    message: "The response is larger than any response of AWS, so the server did not read it.",
    hint: "Check the endpoint.",
  },
  TimeoutError: {
    message: "AWS did not answer in time.",
    hint: "Try again in a moment. If the error persists, check the network and the endpoint.",
  },
};

/** Whether a Node error code describes a failed connection. */
export function isConnectionCode(code: string): boolean {
  return (
    unreachableCodes.has(code) ||
    certificateCodes.has(code) ||
    brokenConnectionCodes.has(code) ||
    wrongProtocolCodes.test(code)
  );
}

/** Explains such a code. `unsent` means that the connection was never established. */
export function explainConnection(code: string, unsent: boolean): Explanation {
  if (certificateCodes.has(code)) return untrustedCertificate;
  if (wrongProtocolCodes.test(code)) return code === "ERR_PROXY_TUNNEL" ? untunnelled : notTls;
  return unsent || unreachableCodes.has(code) ? unreachable : brokeOff;
}
