import type * as Sdk from "@aws-sdk/client-cognito-identity";

type Strategy = Extract<
  Awaited<ReturnType<Sdk.CognitoIdentityClient["config"]["retryStrategy"]>>,
  { refreshRetryTokenForRetry: unknown }
>;

/**
 * Which failed calls are retried automatically, with the SDK's own delays:
 * `once`: none, because a retry could create a second resource;
 * `throttled`: only calls that AWS throttled, because the retry of a deletion whose response was lost finds nothing;
 * `any`: also calls whose response was lost, because repeating them does no harm.
 * In every mode, a call that AWS rejected because of clock skew is signed again with AWS's time.
 */
export type Retries = "once" | "throttled" | "any";

export function retriesOf(effect: string): Retries {
  if (effect === "create") return "once";
  return effect === "delete" ? "throttled" : "any";
}

export const maxAttempts: Readonly<Record<Retries, number>> = { once: 2, throttled: 3, any: 3 };

/** Makes the client retry only calls that AWS rejected without processing them. */
export function retryOnlyUnprocessed(client: Sdk.CognitoIdentityClient, retries: Exclude<Retries, "any">): void {
  const { retryStrategy } = client.config;
  client.config.retryStrategy = async () => {
    const standard = (await retryStrategy()) as Strategy;
    return {
      acquireInitialRetryToken: (scope) => standard.acquireInitialRetryToken(scope),
      recordSuccess: (token) => standard.recordSuccess(token),
      async refreshRetryTokenForRetry(token, info) {
        const unread = retries === "throttled" && info.errorType === "THROTTLING";
        if (!unread && !wasOfAnotherTime(info.error))
          throw new Error("not retried: AWS may have processed the request");
        return await standard.refreshRetryTokenForRetry(token, info);
      },
    };
  };
}

/** The SDK marks every error that reveals clock skew this way; only a rejected signature proves that nothing was processed. */
function wasOfAnotherTime(error: unknown): boolean {
  const { name, $metadata } = error as { name?: unknown; $metadata?: { clockSkewCorrected?: unknown } };
  return name === "InvalidSignatureException" && $metadata?.clockSkewCorrected === true;
}
