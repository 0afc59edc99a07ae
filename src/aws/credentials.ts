/** What the SDK's chain of credentials raises, in time and with its reasons. */
import type * as Sdk from "@aws-sdk/client-cognito-identity";

type Provider = Sdk.CognitoIdentityClient["config"]["credentials"];

/** Milliseconds that credentials may take: a program can wait for a person, and a container for ever. */
const TIMEOUT_MS = 20_000;

/** Named as what the SDK's chain raises, and found before anything is sent. */
class CredentialsError extends Error {
  override readonly name = "CredentialsProviderError";
  readonly unsent = true;
}

/** Takes what the SDK would write to the console, past the one place that redacts, and hears why there are no credentials. */
export interface CredentialLog {
  readonly logger: Record<"debug" | "info" | "warn" | "error", (...said: readonly unknown[]) => void>;
  /** What the links of the chain said of why they gave none, since it was asked before. */
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
 * The same credentials, or an error that says why there are none: the SDK's chain goes on after a profile that cannot be used, and
 * what it raises at its end says nothing of it. Nothing was sent for which it is raised.
 */
export function withFailureReasons(provider: Provider, { reasons }: CredentialLog): Provider {
  const inTime: Provider = async (options) => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new CredentialsError("not in time")), TIMEOUT_MS);
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
  // The SDK's marks of what it need not wrap again.
  return Object.assign(inTime, provider);
}

function unsent(error: unknown, reasons: readonly string[]): unknown {
  // Of the SDK's, where a profile names a section that is not there.
  if (error instanceof TypeError) return new CredentialsError("the profile is not whole");
  if (!(error instanceof Error)) return error;
  // Whoever else waits for the same gets the same error.
  if (error.name === "CredentialsProviderError") error.message = [...reasons, error.message].join("\n");
  return Object.assign(error, { unsent: true });
}
