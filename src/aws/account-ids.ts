/** The accounts of access keys. An access key never changes its account. */
import type * as Sdk from "@aws-sdk/client-cognito-identity";
import { askSts, requestOf } from "./sts.ts";

/** How long STS may take: a person or a model waits for it. */
const ASK_MS = 5_000;

/** How long it is not asked again after it did not answer. Meanwhile the plans of one change are equal. */
const PAUSE_MS = 300_000;

/** Access keys that are remembered. */
const MAX_KEYS = 100;

export interface AccountIds {
  /**
   * The account of the access key, from memory or else from STS beside the service of `clientOf`; `probe` is a command to find its address and is
   * not sent. Undefined if STS gives no answer, for five minutes. Raises only the reason of `signal`.
   */
  of(
    accessKeyId: string,
    clientOf: () => Sdk.CognitoIdentityClient,
    probe: Sdk.GetIdCommand,
    signal: AbortSignal,
  ): Promise<string | undefined>;
}

export function createAccountIds(now: () => number = Date.now): AccountIds {
  const known = new Map<string, { readonly account: string } | { readonly failedAt: number }>();
  return {
    async of(accessKeyId, clientOf, probe, signal) {
      const kept = known.get(accessKeyId);
      if (kept && "account" in kept) return kept.account;
      if (kept && now() - kept.failedAt < PAUSE_MS) return undefined;
      const found = await ask(clientOf, probe, signal).catch(() => {
        // Whatever keeps STS from answering, the account is not known, and the caller says what that means.
        signal.throwIfAborted();
        return undefined;
      });
      known.delete(accessKeyId);
      known.set(accessKeyId, found === undefined ? { failedAt: now() } : { account: found });
      const oldest = known.keys().next();
      if (known.size > MAX_KEYS && !oldest.done) known.delete(oldest.value);
      return found;
    },
  };
}

async function ask(
  clientOf: () => Sdk.CognitoIdentityClient,
  probe: Sdk.GetIdCommand,
  signal: AbortSignal,
): Promise<string> {
  const [client, looked] = [clientOf(), clientOf()];
  try {
    const { protocol, hostname, port } = await requestOf(looked, probe);
    const url = `${protocol}//${hostname}${port === undefined ? "" : `:${port}`}`;
    const { account } = await askSts(client, url, await client.config.region(), signal, ASK_MS, undefined);
    return account;
  } finally {
    client.destroy();
    looked.destroy();
  }
}
