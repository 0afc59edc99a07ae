/** Follows the attempts of one call, so that an approved one is not sent again to an account that has changed meanwhile. */

/** An answer of AWS to an earlier attempt was lost, so that nobody knows whether the call was carried out. */
export class LostAnswerError extends Error {
  override readonly name = "LostAnswerError";
}

/**
 * Called before a call is sent again. `wasLost` is whether AWS may have carried out an earlier attempt. An error that it raises ends
 * the call.
 */
export type BeforeRetry = (wasLost: boolean) => Promise<void>;

/** The SDK retries only errors that it knows, so this one ends its attempts, whatever the reason is. */
class StoppedError extends Error {
  override readonly name = "StoppedError";
  readonly reason: unknown;

  constructor(reason: unknown) {
    super("not sent again");
    this.reason = reason;
  }
}

export interface Attempts {
  /** Makes one attempt. The answer's status, or its absence, tells whether AWS may have carried it out. */
  attempt<Answer extends { readonly response: unknown }>(send: () => Promise<Answer>): Promise<Answer>;
  /** What the error of the whole call means. */
  meaningOf(error: unknown): unknown;
}

export function createAttempts(beforeRetry: BeforeRetry): Attempts {
  let count = 0;
  let wasLost = false;

  async function first(): Promise<void> {
    count += 1;
    if (count === 1) return;
    await beforeRetry(wasLost).catch((error: unknown) => {
      throw new StoppedError(error);
    });
  }

  return {
    async attempt(send) {
      await first();
      try {
        const answer = await send();
        const { statusCode } = answer.response as { readonly statusCode: number };
        if (!isRejection(statusCode)) wasLost = true;
        return answer;
      } catch (error) {
        if ((error as { unsent?: unknown }).unsent !== true) wasLost = true;
        throw error;
      }
    },
    meaningOf(error) {
      if (error instanceof StoppedError) return error.reason;
      // That AWS rejected the last attempt says nothing about the one before.
      const { $metadata } = error as { $metadata?: { httpStatusCode?: number } };
      return wasLost && isRejection($metadata?.httpStatusCode) ? new LostAnswerError() : error;
    },
  };
}

/** Whether AWS has certainly not carried out a request that it answered so. */
function isRejection(status: number | undefined): boolean {
  return status !== undefined && status >= 400 && status < 500;
}
