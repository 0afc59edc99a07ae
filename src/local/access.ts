/**
 * Who may use the HTTP server. A web page can send requests to a port of this machine: with its own name, which its DNS
 * server points at 127.0.0.1 (DNS rebinding), or to the loopback address, without a preflight request where the request is
 * a "simple" one (https://fetch.spec.whatwg.org/#cors-protocol).
 */

import { quote } from "../util/visible-text.ts";
import { isHost } from "../util/web-names.ts";
import { ServiceError } from "./protocol/errors.ts";

/** What the server accepts beside requests of programs to a loopback host. */
export interface AccessOptions {
  /** Names that `Host` may be beside the loopback ones, in lower case and without port. */
  readonly hosts?: readonly string[];
  /** Origins of web pages that may use the server, such as `http://localhost:5173`. */
  readonly origins?: readonly string[];
}

/** The parts of a request that say where it is meant to go, and which web page sent it. Every value of a repeated header. */
export interface RequestSource {
  /** The target of the request line. */
  readonly target: string;
  readonly hosts: readonly string[];
  readonly origins: readonly string[];
}

/** Returns the error to answer with, or undefined if the request may be handled. */
export function denialFor(source: RequestSource, options: AccessOptions): ServiceError | undefined {
  return denialForHost(source, options) ?? denialForOrigin(source, options);
}

function denialForHost({ target, hosts }: RequestSource, { hosts: allowed = [] }: AccessOptions) {
  if (hosts.length !== 1)
    return hostDenial(`The request has ${hosts.length === 0 ? "no Host header" : "several Host headers"}.`);
  // A target such as http://NAME/ takes precedence over Host (RFC 9112, section 3.2.2).
  const named = [...hosts, ...authoritiesOf(target)];
  const wrong = named.find((authority) => !isAllowedHost(authority, allowed));
  return wrong === undefined
    ? undefined
    : hostDenial(`The request names the host ${quote(wrong)}, which this service does not accept.`);
}

function hostDenial(what: string): ServiceError {
  return new ServiceError(
    "HostNotAllowedException",
    `${what} Nothing was done. Use 127.0.0.1, [::1] or localhost, or start the service with --allow-host NAME for another name.`,
  );
}

function denialForOrigin({ origins }: RequestSource, { origins: allowed = [] }: AccessOptions) {
  if (origins.length === 0 || (origins.length === 1 && allowed.includes(origins[0] ?? ""))) return undefined;
  return new ServiceError(
    "OriginNotAllowedException",
    `A web page of the origin ${quote(origins.join(", "))} sent this request, and this service does not accept the origin. Nothing was done. To allow a page, start the service with --cors ORIGIN.`,
  );
}

/** The authority of a target in absolute form. The path of a target in origin form begins with /. */
function authoritiesOf(target: string): string[] {
  if (target.startsWith("/") || target === "*") return [];
  return [/^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(target)?.[1] ?? target];
}

/**
 * The port is not compared: behind a tunnel or a forwarded port it is another one, and a browser always sends the port that
 * it connects to, so that it tells nothing about who asks.
 */
function isAllowedHost(authority: string, allowed: readonly string[]): boolean {
  const [, written = "", port = "0"] = /^(\[[^\]]*\]|[^:]*)(?::(\d{1,5}))?$/.exec(authority) ?? [];
  const host = written.toLowerCase().replace(/(?<=[a-z0-9_])\.$/, "");
  return Number(port) <= 65_535 && isHost(host) && (isLoopback(host) || allowed.includes(host));
}

/** Names under localhost never leave the machine (RFC 6761, section 6.3). */
export function isLoopback(host: string): boolean {
  return host === "[::1]" || /^127(\.\d{1,3}){3}$/.test(host) || /^(.+\.)?localhost$/.test(host);
}
