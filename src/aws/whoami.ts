/** Finds the AWS identity and endpoint of this server, for the command `doctor`. It sends one request, to STS. */
import type * as Sdk from "@aws-sdk/client-cognito-identity";
import { type AwsOptions, connection } from "./clients.ts";
import { createCredentialLog, withFailureReasons } from "./credentials.ts";
import { createDeadline } from "./deadline.ts";
import { attachDeadline } from "./http-handler.ts";
import { isLoopback, isTrusted } from "./trusted-hosts.ts";

/** What credentials the SDK's chain found. */
export interface FoundCredentials {
  /** Their source, in words. */
  readonly source: string;
  /** The end of the access key's id. */
  readonly keyEnd: string;
  /** When they expire, if they do. */
  readonly expires: Date | undefined;
}

interface Caller {
  readonly account: string;
  readonly arn: string;
}

/** Where the requests of a region go, and whether that host is trusted. */
interface Endpoint {
  readonly url: string;
  readonly trusted: boolean;
}

/** STS returned an error. The message is the error code. */
export class StsError extends Error {
  override readonly name = "StsError";
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
      return await askSts(clientOf(), (await endpoint()).url, await client.config.region(), signal, found);
    },
  };
}

interface HttpRequest {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
}

/** The request that the SDK would send for the command, with the settings of environment and profile. It is not sent. */
async function requestOf(client: Sdk.CognitoIdentityClient, command: Sdk.GetIdCommand): Promise<HttpRequest> {
  let request: HttpRequest | undefined;
  const stop = new Error("the request is built");
  client.middlewareStack.add(
    () => async (args) => {
      request = args.request as HttpRequest;
      throw stop;
    },
    { name: "goNoFurther", step: "build", priority: "high" },
  );
  await client.send(command).catch((error: unknown) => {
    if (error !== stop) throw error;
  });
  if (!request) throw stop;
  return request;
}

/** The STS endpoint of the same partition and kind. In GovCloud, the plain name is the FIPS endpoint. */
function stsBeside(endpoint: URL, region: string): URL {
  if (isLoopback(endpoint.hostname)) return endpoint;
  const own = endpoint.hostname.replace(
    /^cognito-identity(-fips)?\./,
    region.startsWith("us-gov-") ? "sts." : "sts$1.",
  );
  const suffix = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  return new URL(`https://${own === endpoint.hostname ? `sts.${region}.${suffix}` : own}`);
}

/** Sends one signed GetCallerIdentity: to the endpoint itself if it is on this machine, otherwise to STS. */
async function askSts(
  client: Sdk.CognitoIdentityClient,
  endpoint: string,
  region: string,
  signal: AbortSignal,
  found: ReturnType<Sdk.CognitoIdentityClient["config"]["credentials"]> | undefined,
): Promise<Caller> {
  const url = stsBeside(new URL(endpoint), region);
  if (found) client.config.credentials = async () => await found;
  const signer = await client.config.signer({
    name: "sigv4",
    signingName: "sts",
    signingRegion: region,
    properties: {},
  });
  const body = "Action=GetCallerIdentity&Version=2011-06-15";
  const signed = await signer.sign({
    method: "POST",
    protocol: url.protocol,
    hostname: url.hostname,
    ...(url.port !== "" && { port: Number(url.port) }),
    path: "/",
    query: {},
    headers: { host: url.host, "content-type": "application/x-www-form-urlencoded; charset=utf-8" },
    body,
  });
  const { requestHandler } = client.config;
  // The signed request has the shape that the request handler takes.
  const request = signed as Parameters<typeof requestHandler.handle>[0];
  using deadline = createDeadline(ASK_MS, signal);
  attachDeadline(request, deadline);
  const { response } = await requestHandler.handle(request);
  const text = String(response.body);
  const member = (name: string) => new RegExp(`<${name}>([^<]{1,2048})</${name}>`).exec(text)?.[1];
  const [account, arn] = [member("Account"), member("Arn")];
  if (response.statusCode === 200 && account !== undefined && arn !== undefined) return { account, arn };
  const code = member("Code");
  throw new StsError(code !== undefined && /^\w{1,64}$/.test(code) ? code : `status ${response.statusCode}`);
}
