/** The forms of names in HTTP: hosts and origins. */

const label = "[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?";
const name = new RegExp(`^(${label}\\.)*${label}$`);
const ipv6 = /^\[[0-9a-f:.]{2,45}\]$/;

/**
 * Whether the text is one host as a URL writes it: a DNS name, an IPv4 address, or an IPv6 address in brackets. Lower case
 * only, and without port, user, path, wildcard or final dot.
 */
export function isHost(text: string): boolean {
  if (text.length > 253 || !(name.test(text) || ipv6.test(text))) return false;
  // The parser writes an address in its usual form: 127.1 becomes 127.0.0.1.
  const url = `http://${text}`;
  return URL.canParse(url) && new URL(url).hostname === text;
}

/** Whether the text is an origin of http or https, exactly as a browser sends it in `Origin`. */
export function isOrigin(text: string): boolean {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) return false;
  const url = new URL(text);
  return url.origin === text && isHost(url.hostname);
}
