/**
 * The secrets that the server owns, and how they are kept out of everything that is written.
 *
 * The redactor knows them by value: the credentials that sign requests, what AWS vended, and the tokens of login references. It
 * finds every run of 8 bytes or more of one, as it is or encoded up to 3 times over (decode.ts). No encoding goes on from one
 * string to the next: of a secret that is spread over several strings it sees only the parts of 8 bytes. The strings of a message
 * are read together, within one budget, so that the time depends on the length of the message and not on their number. What looks
 * like a secret is taken out by its pattern too, as a net.
 *
 * Tokens that a caller brings are not in this table (caller-tokens.ts): otherwise a caller could take ids and sentences out of
 * plans, answers and the audit.
 */
import { mapStrings } from "../../util/json.ts";
import { REDACTED } from "../../util/redacted.ts";
import { type Budget, base64Runs, budgetFor, decodings, latin1, readableParts } from "./decode.ts";
import { createNgramSet, NGRAM_BYTES, type NgramSet, type Range } from "./ngram-set.ts";
import { isPublicShape, publicPlaces } from "./public-parts.ts";
import { Secret } from "./secret.ts";

/** Characters of live secrets that are known at once, at up to 36 bytes of the table each. Some 1,000 vended credentials have so many. */
const MAX_CHARACTERS = 1_000_000;

/** Above this nothing more is vended, so that there is room for renewals and for the server's own credentials. */
const MAX_CHARACTERS_FOR_VENDS = 900_000;

/** The maximum depth of nested encodings. */
const MAX_DEPTH = 3;

/** Separates strings that are examined together: no encoding continues across it. */
const STRING_SEPARATOR = "\0";

/** What reading a string by itself costs besides its bytes and readings, as bytes of the budget. */
const STRING_BYTES = 300;

/** Patterns of secrets. Each has marks that every match contains: to search for these first is much faster. */
const patterns: readonly { readonly marks: readonly string[]; readonly pattern: RegExp }[] = [
  { marks: ["AKIA", "ASIA"], pattern: /\b(AKIA|ASIA)[A-Z0-9]{16}\b/g },
  // A JSON Web Token, signed (3 parts) or encrypted (5): its header begins as `{"` does in base64url.
  { marks: ["eyJ"], pattern: /(?<![\w-])eyJ[\w-]{8,}\.[\w-]*\.[\w-]*(?:\.[\w-]*\.[\w-]*)?/g },
  // The beginnings of AWS session tokens, current and older.
  { marks: ["IQoJ", "FwoG", "FQoG"], pattern: /(?<!\w)(?:IQoJ|FwoG|FQoG)[A-Za-z0-9+/=_-]{16,}/g },
];

/** What a look through a value found. */
type Inspection = "no secret" | "secret" | "unreadable";

/** Remembers the server's secrets and takes them out of whatever is about to be written. */
export interface Redactor {
  /**
   * Remembers a secret of the server's until `expires`, in milliseconds since the epoch, and gives it back. One of less than 8
   * characters, or with the form of an id, is not remembered.
   */
  remember(secret: Secret, expires?: number): Secret;
  /** Whether there is room for the secrets of another vend. A live secret never makes room for a new one. */
  hasRoom(): boolean;
  /**
   * Whether a string or key in the value holds 8 bytes or more of a known secret, plain or encoded; `unreadable` if it is encoded in
   * too many ways to be read, which depends on the value alone.
   */
  inspect(value: unknown): Inspection;
  /**
   * The JSON value without any known secret, plain or encoded, in its strings and keys, except in those that `keeps` names. A Secret
   * is replaced by the text that may be shown for it.
   */
  redactKnown<Value>(value: Value, keeps: (text: string) => boolean): Value;
  /** The JSON value without any known secret, and without what looks like one. A Secret is replaced by the text that may be shown. */
  redactDeep<Value>(value: Value): Value;
  /** Like `redactDeep`, for a value in which `inspect` found no secret: takes out only what looks like a secret. */
  redactPatterns<Value>(value: Value): Value;
}

/**
 * `publicVocabulary` gives the fixed words that this program writes, such as the names of its members. Runs of them are not
 * searched for, even if a secret contains them: they are written anyway, and must not be taken out of our own answers.
 */
export function createRedactor(publicVocabulary: () => string = () => "", now: () => number = Date.now): Redactor {
  let publicNgrams: NgramSet | undefined;
  /** The public words that could be base64. */
  let publicRuns: ReadonlySet<string> = new Set();
  /** The known secrets, with the time at which each expires. */
  const known = new Map<string, number>();
  let runs = createNgramSet();
  /** Of all known secrets. Never the size of the table: it grows less for text that is in it already, and so would tell what is. */
  let characters = 0;

  function add(secret: string): void {
    characters += secret.length;
    const places = publicPlaces(secret);
    // Every run with a character that is not public: those that are public whole would take ordinary text for the secret.
    for (let from = places.indexOf(0); from >= 0; ) {
      let end = from;
      for (let next = from; next < secret.length && next < end + NGRAM_BYTES; next += 1)
        if (places[next] === 0) end = next + 1;
      runs.add(Buffer.from(secret.slice(Math.max(0, from - NGRAM_BYTES + 1), end + NGRAM_BYTES - 1)), publicNgrams);
      from = places.indexOf(0, end);
    }
  }

  /** Forgets what has expired. A table has no removal, so it is made anew, and only when something can be dropped. */
  function forgetExpired(): void {
    const before = known.size;
    for (const [secret, expires] of known) if (expires <= now()) known.delete(secret);
    if (known.size === before) return;
    runs = createNgramSet();
    characters = 0;
    for (const secret of known.keys()) add(secret);
  }

  function learnVocabulary(): void {
    const words = Buffer.from(publicVocabulary());
    publicNgrams = createNgramSet(words.length);
    publicNgrams.add(words);
    publicRuns = new Set(base64Runs(latin1(words)));
  }

  /** The ranges of known secrets in bytes that were decoded `depth` times. Not all of them, if the budget is below 0 afterwards. */
  function find(bytes: Uint8Array, depth: number, budget: Budget): Range[] {
    const found = runs.find(bytes);
    if (depth === MAX_DEPTH) return found;
    for (const [start, part] of depth === 0 ? [[0, latin1(bytes)] as const] : readableParts(bytes)) {
      const whole = bytes.subarray(start, start + part.length);
      for (const { bytes: inner, rangeOf } of decodings(whole, part, depth, publicRuns, budget)) {
        for (const [first, end] of find(inner, depth + 1, budget)) {
          const [from, to] = rangeOf(first, end);
          found.push([start + from, start + to]);
        }
        // The bound is of the whole message: once it is reached, nothing more is read.
        if (budget.left < 0) return found;
      }
      if (budget.left < 0) return found;
    }
    return found;
  }

  /** Each of the strings that holds a known secret, or was not read to its end, with what may be written of it. */
  function withoutKnown(strings: readonly string[]): Map<string, string> {
    const safe = new Map<string, string>();
    const together = strings.join(STRING_SEPARATOR);
    if (runs.size === 0 || together.length < NGRAM_BYTES) return safe;
    const bytes = Buffer.from(together);
    const budget = budgetFor(bytes.length);
    const found = find(bytes, 0, budget);
    if (budget.left < 0) return withoutKnownApart(strings, budgetFor(bytes.length));
    for (const [text, ranges] of rangesByString(strings, found))
      safe.set(text, replaceRanges(Buffer.from(text), ranges));
    return safe;
  }

  /**
   * The same for strings that have too many readings together. Each is read by itself, the shorter ones first, with its share of
   * the budget and of what the ones before it left: plain strings beside a crafted one are read to their end. What is most of the
   * message has too many readings by itself.
   */
  function withoutKnownApart(strings: readonly string[], budget: Budget): Map<string, string> {
    const safe = new Map<string, string>();
    const distinct = [...new Set(strings)].filter((text) => text.length >= NGRAM_BYTES);
    let weight = distinct.reduce((sum, text) => sum + text.length + STRING_BYTES, 0);
    const most = weight / 2;
    for (const text of distinct.sort((one, other) => one.length - other.length)) {
      const own = text.length + STRING_BYTES;
      const share = Math.floor((budget.left * own) / weight);
      weight -= own;
      const mine: Budget = { left: own > most ? -1 : share - STRING_BYTES };
      const bytes = Buffer.from(text);
      const found = mine.left < 0 ? [] : find(bytes, 0, mine);
      budget.left -= share - Math.max(0, mine.left);
      if (mine.left < 0) safe.set(text, REDACTED);
      else if (found.length > 0) safe.set(text, replaceRanges(bytes, found));
    }
    return safe;
  }

  /** The value with each string as the redaction of all its strings makes it; the value itself if that changes none. */
  function mapDeep<Value>(value: Value, redactionOf: (strings: readonly string[]) => (text: string) => string): Value {
    const strings: string[] = [];
    const isPlain = collectStrings(value, strings);
    const redact = redactionOf(strings);
    if (isPlain && strings.every((text) => redact(text) === text)) return value;
    return mapStrings(value, redact, (object) => (object instanceof Secret ? object.shown : undefined)) as Value;
  }

  function redactDeep<Value>(value: Value): Value {
    return mapDeep(value, (strings) => {
      // Protection "known secrets are removed": without it, `withoutKnown(strings)` reads `new Map<string, string>()`.
      const safe = withoutKnown(strings);
      return (text) => withoutPatterns(safe.get(text) ?? text);
    });
  }

  function withoutPatterns(text: string): string {
    let safe = text;
    // Protection "what looks like a secret is removed": without it, `safe.replace(pattern, REDACTED)` reads `safe`.
    for (const { marks, pattern } of patterns)
      if (marks.some((mark) => safe.includes(mark))) safe = safe.replace(pattern, REDACTED);
    return safe;
  }

  function inspect(value: unknown): Inspection {
    if (runs.size === 0) return "no secret";
    const strings: string[] = [];
    collectStrings(value, strings);
    const together = strings.join(STRING_SEPARATOR);
    if (together.length < NGRAM_BYTES) return "no secret";
    const bytes = Buffer.from(together);
    const budget = budgetFor(bytes.length);
    if (find(bytes, 0, budget).length > 0) return "secret";
    return budget.left < 0 ? "unreadable" : "no secret";
  }

  return {
    remember(secret, expires = Number.POSITIVE_INFINITY) {
      const value = secret.expose();
      const before = known.get(value);
      if (value.length < NGRAM_BYTES || isPublicShape(value) || (before !== undefined && before >= expires))
        return secret;
      if (!publicNgrams) learnVocabulary();
      known.set(value, expires);
      if (before !== undefined) return secret;
      add(value);
      if (characters >= MAX_CHARACTERS) forgetExpired();
      return secret;
    },
    hasRoom() {
      if (characters >= MAX_CHARACTERS_FOR_VENDS) forgetExpired();
      return characters < MAX_CHARACTERS_FOR_VENDS;
    },
    inspect,
    redactKnown: (value, keeps) =>
      mapDeep(value, (strings) => {
        const safe = withoutKnown(strings.filter((text) => !keeps(text)));
        return (text) => safe.get(text) ?? text;
      }),
    redactDeep,
    redactPatterns: (value) => mapDeep(value, () => withoutPatterns),
  };
}

/** Adds every string and key in a JSON value to `strings`. Gives whether there is no Secret in it: those print nothing. */
function collectStrings(root: unknown, strings: string[]): boolean {
  let isPlain = true;
  // Not by recursion: a message may be nested deeper than the stack holds.
  const left: unknown[] = [root];
  while (left.length > 0) {
    const value = left.pop();
    if (typeof value === "string") strings.push(value);
    else if (value instanceof Secret) isPlain = false;
    else if (typeof value === "object" && value !== null) {
      for (const [key, entry] of Object.entries(value)) {
        if (!Array.isArray(value)) strings.push(key);
        left.push(entry);
      }
    }
  }
  return isPlain;
}

/** The ranges of bytes of the joined strings, by the string in which they lie, as ranges of its own bytes. */
function rangesByString(strings: readonly string[], ranges: readonly Range[]): Map<string, Range[]> {
  const byString = new Map<string, Range[]>();
  if (ranges.length === 0) return byString;
  const sorted = ranges.toSorted(([a], [b]) => a - b);
  let next = 0;
  let start = 0;
  /** Ranges that begin before this string and may reach into it. */
  let open: Range[] = [];
  for (const text of strings) {
    const end = start + Buffer.byteLength(text);
    for (let range = sorted[next]; range && range[0] < end; range = sorted[next]) {
      open.push(range);
      next += 1;
    }
    open = open.filter(([, to]) => to > start);
    if (open.length > 0) {
      const own = byString.get(text) ?? [];
      byString.set(text, own);
      for (const [from, to] of open)
        if (from < end) own.push([Math.max(from, start) - start, Math.min(to, end) - start]);
      open = open.filter(([, to]) => to > end);
    }
    start = end + STRING_SEPARATOR.length;
  }
  return byString;
}

/** The text with each range replaced, extended to whole characters. */
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
