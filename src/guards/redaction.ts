/**
 * What is never shown. Two layers of three live here, the first being the allow-list of each tool's output: every secret
 * is known by its value as soon as it is met, and what looks like a secret is caught by its pattern, as a net.
 */

/** Stands where a secret stood. */
const REDACTED = "[redacted]";

/** A shorter value is no secret of AWS's or of a login provider's, and to redact it would riddle every answer. */
const SHORTEST_SECRET = 8;

/** The newest secrets are remembered by value; of older ones the pattern is left. */
const MOST_SECRETS = 1000;

const patterns: readonly RegExp[] = [
  /\b(AKIA|ASIA)[A-Z0-9]{16}\b/g,
  // A JSON Web Token: its header and claims begin as `{"` does in base64url.
  /\beyJ[\w-]+\.eyJ[\w-]+\.[\w-]*/g,
  // How session tokens of AWS begin.
  /\bIQoJ[A-Za-z0-9+/=_-]{16,}/g,
];

/** Remembers secrets and takes them out of whatever is about to be written. */
export interface Redactor {
  /** Gives what may be shown in place of a secret, and remembers the secret from here on. */
  conceal(secret: string, shown: "nothing" | "last four"): string;
  /** The text without any known secret, plain or encoded, and without what looks like one. */
  text(text: string): string;
  /** The same for every string and key in a JSON value. */
  throughout<Value>(value: Value): Value;
}

export function createRedactor(): Redactor {
  /** From each secret to the forms in which it could be written. */
  const forms = new Map<string, readonly string[]>();

  function text(written: string): string {
    let safe = written;
    for (const encodings of forms.values()) {
      for (const encoding of encodings) if (safe.includes(encoding)) safe = safe.replaceAll(encoding, REDACTED);
    }
    for (const pattern of patterns) safe = safe.replace(pattern, REDACTED);
    return safe;
  }

  function throughout<Value>(value: Value): Value;
  function throughout(value: unknown): unknown {
    if (typeof value === "string") return text(value);
    if (Array.isArray(value)) return value.map((entry) => throughout(entry));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [text(key), throughout(entry)]));
  }

  return {
    conceal(secret, shown) {
      if (secret.length >= SHORTEST_SECRET) {
        // Deleted first, so that a secret met again counts as new.
        forms.delete(secret);
        forms.set(secret, encodingsOf(secret));
        const oldest = forms.keys().next();
        if (forms.size > MOST_SECRETS && !oldest.done) forms.delete(oldest.value);
      }
      return shown === "last four" && secret.length > SHORTEST_SECRET ? `…${secret.slice(-4)}` : REDACTED;
    },
    text,
    throughout,
  };
}

/** Longest first, so that no form is cut apart by a shorter one inside it. */
function encodingsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const forms = [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    bytes.toString("base64"),
    bytes.toString("base64").replace(/=+$/, ""),
    bytes.toString("base64url"),
    bytes.toString("hex"),
    bytes.toString("hex").toUpperCase(),
  ];
  return [...new Set(forms)].sort((a, b) => b.length - a.length);
}
