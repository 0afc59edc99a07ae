import type * as Sdk from "@aws-sdk/client-cognito-identity";
import type { ClearedCall } from "../guards/confirmation.ts";
import type { Read } from "../plans/plan.ts";
import type { CommandName } from "../tools/tool.ts";

/** Where AWS is and who calls it. Whatever is left out, the SDK finds in its own chain. */
export interface AwsOptions {
  readonly region?: string | undefined;
  readonly profile?: string | undefined;
  readonly endpoint?: string | undefined;
  /** Told what requests are signed with, before they are sent. */
  readonly onCredentials?: ((credentials: SigningCredentials) => void) | undefined;
  /** Stands in for AWS inside this process: no socket and no credentials of the user's. */
  readonly inProcess?: InProcess | undefined;
}

/** What the server signs its requests with. */
export interface SigningCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

/** A service that answers requests without a socket. */
interface InProcess {
  handle(request: {
    method: string;
    path: string;
    headers: Readonly<Record<string, string | undefined>>;
    body: Uint8Array;
  }): Promise<{ status: number; headers: Record<string, string>; body: string }>;
}

/** The way to AWS. Its methods raise the SDK's errors, which `explain` turns into words. */
export interface Aws {
  /** The region for calls that name none: the option's, or what the SDK's chain says; undefined when neither knows. */
  defaultRegion(): Promise<string | undefined>;
  /** Whose credentials sign the calls of a region: the account where the SDK knows it, or else the access key id. */
  caller(region: string): Promise<string>;
  /** Sends commands that change nothing. */
  reader(region: string, signal: AbortSignal): Read;
  /** Sends a call that the guards let through, and gives the response without the SDK's metadata. */
  send(call: ClearedCall, signal: AbortSignal): Promise<object>;
}

const CONNECT_MS = 3_000;
const REQUEST_MS = 10_000;

/** A create whose answer was lost may have happened: it is never sent again by itself. */
const attempts = { create: 1, other: 3 };

export function createAws(options: AwsOptions): Aws {
  let sdk: Promise<typeof Sdk> | undefined;
  const clients = new Map<string, Sdk.CognitoIdentityClient>();

  function load(): Promise<typeof Sdk> {
    sdk ??= import("@aws-sdk/client-cognito-identity");
    return sdk;
  }

  async function clientFor(region: string, maxAttempts: number): Promise<Sdk.CognitoIdentityClient> {
    const { CognitoIdentityClient } = await load();
    const key = `${region} ${maxAttempts}`;
    const known = clients.get(key);
    if (known) return known;
    const client = new CognitoIdentityClient({ ...connection(options), region, maxAttempts });
    client.middlewareStack.add(
      (next) => async (args) => {
        // What is not signed must not wait for credentials, which may not exist.
        if (isSigned(args.request)) options.onCredentials?.(await client.config.credentials());
        return next(args);
      },
      { step: "deserialize", name: "tellCredentials" },
    );
    clients.set(key, client);
    return client;
  }

  async function send(
    command: CommandName,
    request: object,
    region: string,
    maxAttempts: number,
    signal: AbortSignal,
  ): Promise<object> {
    const client = await clientFor(region, maxAttempts);
    // The types of command and request were tied together where the tool was declared.
    const Command: new (request: never) => object = (await load())[command];
    signal.throwIfAborted();
    const { $metadata: _, ...response } = await client.send(
      new Command(request as never) as Sdk.DescribeIdentityPoolCommand,
      {
        abortSignal: signal,
      },
    );
    return response;
  }

  return {
    async defaultRegion() {
      if (options.region !== undefined) return options.region;
      const { CognitoIdentityClient } = await load();
      try {
        return await new CognitoIdentityClient(connection(options)).config.region();
      } catch (error) {
        if (error instanceof Error && error.message.includes("Region is missing")) return undefined;
        throw error;
      }
    },
    async caller(region) {
      const { config } = await clientFor(region, attempts.other);
      const { accountId, accessKeyId } = await config.credentials();
      return accountId ?? accessKeyId;
    },
    reader:
      (region, signal): Read =>
      (command, request) =>
        send(command, request, region, attempts.other, signal) as Promise<never>,
    send: ({ command, effect, request, region }, signal) =>
      send(command, request, region, effect === "create" ? attempts.create : attempts.other, signal),
  };
}

function isSigned(request: unknown): boolean {
  const { headers = {} } = request as { headers?: object };
  return "authorization" in headers;
}

function connection({ profile, endpoint, inProcess }: AwsOptions) {
  if (inProcess)
    return {
      requestHandler: handlerFor(inProcess),
      endpoint: "http://localhost",
      credentials: { accessKeyId: "AKIDLOCAL", secretAccessKey: "local" },
    };
  return {
    requestHandler: { connectionTimeout: CONNECT_MS, requestTimeout: REQUEST_MS, throwOnRequestTimeout: true },
    ...(profile !== undefined && { profile }),
    ...(endpoint !== undefined && { endpoint }),
  };
}

/** Hands the SDK's requests to the service in this process, and its answers back. */
function handlerFor(service: InProcess) {
  return {
    metadata: { handlerProtocol: "in-process" },
    updateHttpClientConfig() {},
    httpHandlerConfigs: () => ({}),
    async handle(request: { method: string; path: string; headers: Record<string, string>; body?: unknown }) {
      const headers = Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]),
      );
      const body = typeof request.body === "string" ? Buffer.from(request.body) : (request.body as Uint8Array);
      const answer = await service.handle({ method: request.method, path: request.path, headers, body });
      return {
        response: {
          statusCode: answer.status,
          headers: answer.headers,
          body: Buffer.from(answer.body),
        },
      };
    },
  };
}
