/** Reads what an identity pool needs of a SAML response. Signatures are not verified: that requires IAM's metadata of the provider. */

export interface SamlAssertion {
  /** The user, from `NameID`. Undefined if the response names none. */
  readonly nameId: string | undefined;
  /** Milliseconds since the epoch: the earliest `NotOnOrAfter`. Undefined if the response has none. */
  readonly expires: number | undefined;
}

/** Reads a SAML response in base64. Returns undefined for a text that is not one. */
export function readSamlAssertion(token: string): SamlAssertion | undefined {
  const xml = Buffer.from(token, "base64").toString();
  if (!/^\s*<[^>]*\b(Response|Assertion)\b/.test(xml.replace(/^\s*<\?[^>]*\?>/, ""))) return undefined;
  const times = [...xml.matchAll(/\bNotOnOrAfter\s*=\s*["']([^"']{1,40})["']/g)].flatMap(([, text = ""]) => {
    const time = Date.parse(text);
    return Number.isNaN(time) ? [] : [time];
  });
  const [, nameId] = /<(?:[\w.-]+:)?NameID\b[^>]*>\s*([^<]+?)\s*</.exec(xml) ?? [];
  return { nameId, expires: times.length > 0 ? Math.min(...times) : undefined };
}
