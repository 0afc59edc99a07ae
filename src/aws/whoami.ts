/** Finds the AWS identity and endpoint of this server, for the command `doctor`. It sends one request, to STS. */
import { type AwsOptions, connection } from "./clients.ts";
import { createCredentialLog, withFailureReasons } from "./credentials.ts";
import { askSts, type Caller, requestOf } from "./sts.ts";
import { isTrusted } from "./trusted-hosts.ts";

/** What credentials the SDK's chain found. */
export interface FoundCredentials {
  /** Their source, in words. */
  readonly source: string;
  /** The end of the access key's id. */
  readonly keyEnd: string;
  /** When they expire, if they do. */
  readonly expires: Date | undefined;
}

/** Where the requests of a region go, and whether that host is trusted. */
interface Endpoint {
  readonly url: string;
  readonly trusted: boolean;
}

/** What can be found out about the AWS configuration. */
export interface Probe {
  /** Raises the SDK's error when there is no region. */
  region(): Promise<string>;
  endpoint(): Promise<Endpoint>;
  /** Raises the SDK's error when there are none. */
  credentials(): Promise<FoundCredentials>;
  /** Calls STS. Raises StsError, and system errors. */
  caller(signal: AbortSignal): Promise<Caller>;
}

/** Timeout of the STS request in milliseconds. */
const ASK_MS = 10_000;

/** How the SDK marks the source of credentials, the most specific first. */
const sources: readonly (readonly [mark: string, words: string])[] = [
  ["CREDENTIALS_PROFILE_PROCESS", "the credential_process of the profile"],
  ["CREDENTIALS_PROFILE_SSO", "SSO of the profile"],
  ["CREDENTIALS_PROFILE_SSO_LEGACY", "SSO of the profile"],
  ["CREDENTIALS_PROFILE_STS_WEB_ID_TOKEN", "the web identity token of the profile"],
  ["CREDENTIALS_PROFILE_LOGIN", "aws login of the profile"],
  ["CREDENTIALS_PROFILE_SOURCE_PROFILE", "the role that the profile assumes"],
  ["CREDENTIALS_PROFILE_NAMED_PROVIDER", "the role that the profile assumes"],
  ["CREDENTIALS_STS_ASSUME_ROLE_WEB_ID", "the web identity token of the environment"],
  ["CREDENTIALS_STS_ASSUME_ROLE", "an assumed role"],
  ["CREDENTIALS_SSO", "SSO"],
  ["CREDENTIALS_PROFILE", "the access key of the profile"],
  ["CREDENTIALS_ENV_VARS", "AWS_ACCESS_KEY_ID in the environment"],
  ["CREDENTIALS_HTTP", "container credentials"],
  ["CREDENTIALS_IMDS", "instance metadata"],
];

export async function createProbe(options: AwsOptions): Promise<Probe> {
  const { CognitoIdentityClient, GetIdCommand } = await import("@aws-sdk/client-cognito-identity");
  const listener = createCredentialLog();
  const clientOf = () =>
    new CognitoIdentityClient({
      ...connection(options, listener),
      ...(options.region !== undefined && { region: options.region }),
    });
  const client = clientOf();
  let found: Promise<Awaited<ReturnType<typeof client.config.credentials>>> | undefined;
  const signing = async () => {
    found ??= withFailureReasons(client.config.credentials, listener)();
    const credentials = await found;
    options.onCredentials?.(credentials);
    return credentials;
  };

  async function endpoint(): Promise<Endpoint> {
    const looked = clientOf();
    // This command is not signed, so no credentials are needed.
    const request = await requestOf(looked, new GetIdCommand({ IdentityPoolId: "us-east-1:0" }));
    const { protocol, hostname, port } = request;
    return {
      url: `${protocol}//${hostname}${port === undefined ? "" : `:${port}`}`,
      trusted: isTrusted(protocol, hostname, options.trustedHost),
    };
  }

  return {
    region: () => client.config.region(),
    endpoint,
    async credentials() {
      const credentials = await signing();
      const marks = new Set(Object.keys({ ...("$source" in credentials && (credentials.$source as object)) }));
      return {
        source: sources.find(([mark]) => marks.has(mark))?.[1] ?? "the credential chain of the SDK",
        keyEnd: credentials.accessKeyId.slice(-4),
        expires: credentials.expiration,
      };
    },
    async caller(signal) {
      await signing();
      return await askSts(clientOf(), (await endpoint()).url, await client.config.region(), signal, ASK_MS, found);
    },
  };
}
