/**
 * Keeps callers from asking the redactor. Redaction alone answers a question: whoever may send or store a text and see it again
 * learns from `[redacted]` that a guess was right. So a request that holds a piece of a secret of the server is not processed, an
 * answer that holds one is withheld whole, and after a few of them the server stops answering.
 */
import type { Redactor } from "./redaction/redactor.ts";
import { type Refusal, refuse } from "./refusal.ts";

/** Requests and answers with a piece of a secret, after which the server stops answering. */
const MAX_HITS = 3;

/** Why a request is not processed, or an answer is withheld. */
export type ScreenReason = "secret" | "unreadable" | "closed";

export interface Screen {
  /** Whether a value holds a piece of a secret of the server, which counts, or cannot be looked through; undefined for any other value. */
  reasonAgainst(value: unknown): Exclude<ScreenReason, "closed"> | undefined;
  /** The refusal for such a value. */
  refusalFor(value: unknown): Refusal | undefined;
  /** Whether the server has stopped answering, until it is restarted. */
  readonly isClosed: boolean;
}

/** What the operator is told of a hit, never what was found. */
export interface ScreenHit {
  /** How many there were, this one counted. */
  readonly hits: number;
  /** Whether the server stops answering from here on. */
  readonly closed: boolean;
}

/** The one answer to a request that holds a piece of a secret, wherever it stands. Equal for a withheld answer to a read. */
const screenedRefusal: Refusal = refuse(
  "The request was not processed: its text, or text that is stored in AWS, contains characters of a secret of this server.",
  `Do not repeat it. After ${MAX_HITS} such requests the server stops answering until it is restarted.`,
);

/** The answer to a text with so many encodings that they are not all looked through. It depends on no secret, so it does not count. */
const unreadableRefusal: Refusal = refuse(
  "The request was not processed: its text, or text that is stored in AWS, is encoded in too many ways to be checked for secrets.",
  "Send less of such text at once, or read the resource with another tool.",
);

/** The one answer of a server that has stopped answering. */
export const closedRefusal: Refusal = refuse(
  "This server has stopped answering: several requests contained characters of its secrets.",
  "Tell the person. The reason is on the server's stderr and in its audit, and so are calls that were carried out meanwhile. A restart makes it answer again.",
);

/** In place of an answer: the same text as for a request, by the reason. Only for calls that AWS has not carried out. */
export const screenRefusals: Readonly<Record<ScreenReason, Refusal>> = {
  secret: screenedRefusal,
  unreadable: unreadableRefusal,
  closed: closedRefusal,
};

interface Options {
  readonly redactor: Pick<Redactor, "inspect">;
  readonly onHit: (hit: ScreenHit) => void;
}

export function createScreen({ redactor, onHit }: Options): Screen {
  let hits = 0;

  function reasonAgainst(value: unknown): Exclude<ScreenReason, "closed"> | undefined {
    // Protection "pieces of secrets are noticed": without it, `redactor.inspect(value)` reads `"no secret"`.
    const found = redactor.inspect(value);
    if (found === "no secret" || found === "unreadable") return found === "unreadable" ? found : undefined;
    hits += 1;
    onHit({ hits, closed: hits >= MAX_HITS });
    return found;
  }

  return {
    reasonAgainst,
    refusalFor(value) {
      const reason = reasonAgainst(value);
      return reason && screenRefusals[reason];
    },
    get isClosed() {
      // Protection "the server stops answering after three hits": without it, `hits >= MAX_HITS` reads `false`.
      return hits >= MAX_HITS;
    },
  };
}
