import type * as Sdk from "@aws-sdk/client-cognito-identity";

type Strategy = Extract<
  Awaited<ReturnType<Sdk.CognitoIdentityClient["config"]["retryStrategy"]>>,
  { refreshRetryTokenForRetry: unknown }
>;

/**
 * How a call is tried again by itself, with the SDK's own pauses between:
 * `once` never, since what was created twice is there twice;
 * `throttled` only when AWS turned it away unread, since after a lost answer the second try of a deletion finds nothing;
 * `any` also after a lost answer, since the same again does no harm.
 * A signature of another time than AWS's is turned away unread, and is made anew with the time that AWS gave.
 */
export type Retries = "once" | "throttled" | "any";

export function retriesOf(effect: string): Retries {
  if (effect === "create") return "once";
  return effect === "delete" ? "throttled" : "any";
}

export const maxAttempts: Readonly<Record<Retries, number>> = { once: 2, throttled: 3, any: 3 };

/** Makes the client try again only what AWS turned away unread. */
export function retryOnlyUnprocessed(client: Sdk.CognitoIdentityClient, retries: Exclude<Retries, "any">): void {
  const { retryStrategy } = client.config;
  client.config.retryStrategy = async () => {
    const standard = (await retryStrategy()) as Strategy;
    return {
      acquireInitialRetryToken: (scope) => standard.acquireInitialRetryToken(scope),
      recordSuccess: (token) => standard.recordSuccess(token),
      async refreshRetryTokenForRetry(token, info) {
        const unread = retries === "throttled" && info.errorType === "THROTTLING";
        if (!unread && !wasOfAnotherTime(info.error)) throw new Error("what may have been done is not done again");
        return await standard.refreshRetryTokenForRetry(token, info);
      },
    };
  };
}

/** The SDK marks so whatever showed it that the clocks differ; only a refused signature shows that nothing was done. */
function wasOfAnotherTime(error: unknown): boolean {
  const { name, $metadata } = error as { name?: unknown; $metadata?: { clockSkewCorrected?: unknown } };
  return name === "InvalidSignatureException" && $metadata?.clockSkewCorrected === true;
}
