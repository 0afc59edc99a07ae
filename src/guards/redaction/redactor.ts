/**
 * What is never shown. Two layers of three live here, the first being `Secret` and the allow-list of each tool's output: every
 * secret is known by its value as soon as it is met, and what looks like a secret is caught by its pattern, as a net.
 *
 * The second layer takes out every run of 8 characters or more of a known secret: as it is or in any encoding that `decode.ts`
 * reads, in parts or whole, and encoded up to 3 times over. It looks at one string at a time, so of a secret that is spread over
 * several strings or messages it sees only the parts of 8 characters.
 */
import { mapStrings } from "../../util/json.ts";
import { base64Runs, decodings, latin1, readableParts } from "./decode.ts";
import { createNgramSet, NGRAM_BYTES, type NgramSet, type Range } from "./ngram-set.ts";
import { REDACTED, Secret } from "./secret.ts";

/** Of the newest secrets so many bytes are known by value, and up to twice as many; of older ones the pattern is left. */
const MAX_BYTES = 1_000_000;

/** Encodings within encodings that are looked through. */
const MAX_DEPTH = 3;

/** Stands between strings that are looked at together: no encoding goes on across it. */
const STRING_SEPARATOR = "\0";

/** What looks like a secret, and what is in each of them: to look for that first is quicker by far. */
const patterns: readonly { readonly marks: readonly string[]; readonly pattern: RegExp }[] = [
  { marks: ["AKIA", "ASIA"], pattern: /\b(AKIA|ASIA)[A-Z0-9]{16}\b/g },
  // A JSON Web Token, signed (3 parts) or encrypted (5): its header begins as `{"` does in base64url.
  { marks: ["eyJ"], pattern: /(?<![\w-])eyJ[\w-]{8,}\.[\w-]*\.[\w-]*(?:\.[\w-]*\.[\w-]*)?/g },
  // How session tokens of AWS begin, now and in earlier years.
  { marks: ["IQoJ", "FwoG", "FQoG"], pattern: /(?<!\w)(?:IQoJ|FwoG|FQoG)[A-Za-z0-9+/=_-]{16,}/g },
];

/** Remembers secrets and takes them out of whatever is about to be written. */
export interface Redactor {
  /** Remembers the secret from here on, if it has 8 characters or more, and gives it back. */
  remember(secret: Secret): Secret;
  /** The text without any known secret, plain or encoded, and without what looks like one. */
  redactText(text: string): string;
  /** The same for every string and key in a JSON value, and for what stands in a Secret's place. */
  redactDeep<Value>(value: Value): Value;
}

/**
 * `publicVocabulary` gives the fixed words that this program writes, such as the names of its members. Runs of them are no secret even where
 * a caller's token has them: they are written anyway, and a token such as `IdentityPoolId` must not take our answers apart.
 */
export function createRedactor(publicVocabulary: () => string = () => ""): Redactor {
  let publicNgrams: NgramSet | undefined;
  /** Of the same words those that could be base64. */
  let publicRuns: ReadonlySet<string> = new Set();
  let recent = createNgramSet();
  let older: NgramSet | undefined;

  /** Where known secrets stand in bytes that were decoded `depth` times. */
  function find(bytes: Uint8Array, depth: number): Range[] {
    const found = [...recent.find(bytes), ...(older?.find(bytes) ?? [])];
    if (depth === MAX_DEPTH) return found;
    for (const [start, part] of depth === 0 ? [[0, latin1(bytes)] as const] : readableParts(bytes)) {
      const whole = bytes.subarray(start, start + part.length);
      for (const { bytes: inner, rangeOf, isUnread } of decodings(whole, part, depth, publicRuns)) {
        if (isUnread) return [[0, bytes.length]];
        for (const [first, end] of find(inner, depth + 1)) {
          const [from, to] = rangeOf(first, end);
          found.push([start + from, start + to]);
        }
      }
    }
    return found;
  }

  function withoutKnown(text: string): string {
    if (text.length < NGRAM_BYTES || (recent.size === 0 && !older)) return text;
    const bytes = Buffer.from(text);
    const found = find(bytes, 0);
    return found.length === 0 ? text : replaceRanges(bytes, found);
  }

  function redactText(written: string): string {
    // Protection "known secrets are removed": without it, `withoutKnown(written)` reads `written`.
    let safe = withoutKnown(written);
    // Protection "what looks like a secret is removed": without it, `safe.replace(pattern, REDACTED)` reads `safe`.
    for (const { marks, pattern } of patterns)
      if (marks.some((mark) => safe.includes(mark))) safe = safe.replace(pattern, REDACTED);
    return safe;
  }

  function redactDeep<Value>(value: Value): Value;
  function redactDeep(value: unknown): unknown {
    const strings: string[] = [];
    // Most messages hold nothing secret: one look at all of their strings shows it.
    const isPlain = collectStrings(value, strings);
    const together = strings.join(STRING_SEPARATOR);
    return isPlain && redactText(together) === together
      ? value
      : mapStrings(value, redactText, (object) => (object instanceof Secret ? object.shown : undefined));
  }

  return {
    remember(secret) {
      if (secret.expose().length < NGRAM_BYTES) return secret;
      if (!publicNgrams) {
        const words = Buffer.from(publicVocabulary());
        publicNgrams = createNgramSet(words.length);
        publicNgrams.add(words);
        publicRuns = new Set(base64Runs(latin1(words)));
      }
      recent.add(Buffer.from(secret.expose()), publicNgrams);
      // A secret that is remembered again while it is among the older ones becomes recent again.
      if (recent.size >= MAX_BYTES) {
        older = recent;
        recent = createNgramSet();
      }
      return secret;
    },
    redactText,
    redactDeep,
  };
}

/** Adds every string and key in a JSON value to `strings`; gives whether it is JSON throughout, with no Secret in it. */
function collectStrings(value: unknown, strings: string[]): boolean {
  if (typeof value === "string") return strings.push(value) > 0;
  if (Array.isArray(value)) return value.every((entry) => collectStrings(entry, strings));
  if (value instanceof Secret) return false;
  if (typeof value !== "object" || value === null) return true;
  return Object.entries(value).every(([key, entry]) => strings.push(key) > 0 && collectStrings(entry, strings));
}

/** The text with each range, and what of characters it cuts through, replaced. */
function replaceRanges(bytes: Buffer, ranges: readonly Range[]): string {
  const isInside = (at: number) => ((bytes[at] ?? 0) & 0xc0) === 0x80;
  let safe = "";
  let done = 0;
  let start = -1;
  for (const range of ranges.toSorted(([a], [b]) => a - b)) {
    let [from, to] = range;
    while (isInside(from)) from -= 1;
    while (isInside(to)) to += 1;
    if (start >= 0 && from <= done) {
      done = Math.max(done, to);
      continue;
    }
    safe += bytes.toString("utf8", done, from) + REDACTED;
    start = from;
    done = to;
  }
  return safe + bytes.toString("utf8", done);
}
