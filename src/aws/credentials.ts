/** Adds a timeout and the reasons of a failure to the SDK's credential chain. */
import type * as Sdk from "@aws-sdk/client-cognito-identity";

type Provider = Sdk.CognitoIdentityClient["config"]["credentials"];

/** Milliseconds to wait for credentials: a credential_process can wait for a person, and a container may never respond. */
const TIMEOUT_MS = 20_000;

/** Has the name of the SDK's own error. It is raised before anything is sent. */
class CredentialsError extends Error {
  override readonly name = "CredentialsProviderError";
  readonly unsent = true;
}

/** The SDK's logger. It keeps the SDK from writing to the console, which bypasses redaction, and collects why there are no credentials. */
export interface CredentialLog {
  readonly logger: Record<"debug" | "info" | "warn" | "error", (...said: readonly unknown[]) => void>;
  /** Why each provider of the chain gave no credentials, since the last call of this function. */
  reasons(): string[];
}

export function createCredentialLog(): CredentialLog {
  const reasons: string[] = [];
  const ignore = () => {};
  return {
    logger: {
      debug(said) {
        if (typeof said === "string" && said.startsWith("@smithy/property-provider")) reasons.push(said);
      },
      info: ignore,
      warn: ignore,
      error: ignore,
    },
    reasons: () => reasons.splice(0),
  };
}

/**
 * The same credentials, or an error that says why there are none. The SDK's chain continues after a profile that cannot be used, and
 * its last error does not mention that profile. The error is marked as unsent, because the request was not sent.
 */
export function withFailureReasons(provider: Provider, { reasons }: CredentialLog): Provider {
  const inTime: Provider = async (options) => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new CredentialsError("took too long")), TIMEOUT_MS);
    });
    try {
      return await Promise.race([provider(options), late]);
    } catch (error) {
      throw unsent(error, reasons());
    } finally {
      clearTimeout(timer);
      reasons();
    }
  };
  // Keeps the properties by which the SDK knows that it need not wrap the provider again.
  return Object.assign(inTime, provider);
}

function unsent(error: unknown, reasons: readonly string[]): unknown {
  // The SDK raises it for a profile that names a missing section.
  if (error instanceof TypeError) return new CredentialsError("the profile is incomplete");
  if (!(error instanceof Error)) return error;
  // Other callers that wait for the same credentials get the same error object.
  if (error.name === "CredentialsProviderError") error.message = [...reasons, error.message].join("\n");
  return Object.assign(error, { unsent: true });
}
