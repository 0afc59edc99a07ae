import { givesCredentials, isLoopback, isTrusted } from "../aws/trusted-hosts.ts";
import { UserError } from "../util/user-error.ts";
import type { Environment } from "./environment.ts";

export function isSafeEndpoint(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === "https:" || (protocol === "http:" && isLoopback(hostname));
}

/** The endpoint in the variables of AWS. They can come from a foreign .env file, so only hosts of AWS and this machine are accepted. */
export function ambientEndpoint(environment: Environment): string | undefined {
  if (environment["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] === "true") return undefined;
  for (const variable of ["AWS_ENDPOINT_URL_COGNITO_IDENTITY", "AWS_ENDPOINT_URL"]) {
    const url = environment[variable];
    if (!url) continue;
    const { protocol, hostname } = URL.canParse(url) ? new URL(url) : { protocol: "", hostname: "" };
    if (isTrusted(protocol, hostname)) return url;
    throw new UserError(
      "settings",
      `${variable} is ${JSON.stringify(url)}, which is neither an AWS endpoint nor on this machine.`,
      `Remove the variable. If you trust this host, set it with --endpoint-url.`,
    );
  }
  return undefined;
}

/**
 * Refuses variables that make the SDK fetch credentials from a foreign host, and send it the container's token. The SDK sends these
 * requests itself, past our HTTP handler. Raises UserError.
 */
export function checkCredentialHosts(environment: Environment): void {
  for (const variable of ["AWS_EC2_METADATA_SERVICE_ENDPOINT", "AWS_CONTAINER_CREDENTIALS_FULL_URI"]) {
    const url = environment[variable];
    if (!url) continue;
    const { protocol, hostname } = URL.canParse(url) ? new URL(url) : { protocol: "", hostname: "" };
    if (givesCredentials(protocol, hostname)) continue;
    throw new UserError(
      "settings",
      `${variable} is ${JSON.stringify(url)}, which is neither an address of AWS's metadata services nor on this machine.`,
      "Remove the variable.",
    );
  }
}
