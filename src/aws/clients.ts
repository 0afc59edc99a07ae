import type * as Sdk from "@aws-sdk/client-cognito-identity";
import { type ClearedCall, consumeClearance } from "../guards/approval/clearance.ts";
import type { CommandName } from "../plans/command.ts";
import { type Read, readCommands } from "../plans/command.ts";
import { type CredentialLog, createCredentialLog, withFailureReasons } from "./credentials.ts";
import { createDeadline, type Deadline } from "./deadline.ts";
import { attachDeadline, createHttpHandler, type HttpHandler } from "./http-handler.ts";
import { cachedMiddleware, trimMiddleware } from "./middleware.ts";
import { maxAttempts, type Retries, retriesOf, retryOnlyUnprocessed } from "./retries.ts";
import { findUnknownMembers, type UnknownMembers } from "./unknown-members.ts";

/** Where AWS is and who calls it. Whatever is left out, the SDK finds in its own chain. */
export interface AwsOptions {
  readonly region?: string | undefined;
  readonly profile?: string | undefined;
  readonly endpoint?: string | undefined;
  /** A host outside of AWS and this machine that the operator vouches for. */
  readonly trustedHost?: string | undefined;
  /** How AWS's records name who calls, as in `name/1.2.3`. */
  readonly product?: string | undefined;
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
  /**
   * Whose credentials sign the calls of a region: the account where the SDK knows it, or else the access key; and the same in
   * words for people, of the key no more than its end.
   */
  caller(region: string): Promise<{ readonly caller: string; readonly account: string }>;
  /** Sends commands that change nothing. `onUnknown` is told of members of an answer that the SDK does not know and drops. */
  reader(region: string, signal: AbortSignal, onUnknown?: OnUnknown): Read;
  /** Sends a call that the guards let through, and gives the response without the SDK's metadata. */
  send(call: ClearedCall, signal: AbortSignal): Promise<object>;
}

type OnUnknown = (members: UnknownMembers) => void;

/** A call with all its attempts ends within this. */
const CALL_MS = 30_000;

/** Answers that say that the credentials are no good, or no more: the next call reads them anew. */
const credentialErrorNames = new Set([
  "ExpiredToken",
  "ExpiredTokenException",
  "InvalidClientTokenId",
  "InvalidSignatureException",
  "SignatureDoesNotMatch",
  "UnrecognizedClientException",
]);

const readCommandNames: ReadonlySet<string> = new Set(readCommands);

/** A command that no guard let through: a fault of ours, and never sent. */
class UnclearedError extends TypeError {
  override readonly name = "UnclearedError";
}

export function createAws(options: AwsOptions): Aws {
  let sdk: Promise<typeof Sdk> | undefined;
  const clients = new Map<string, Sdk.CognitoIdentityClient>();
  /** By request: when it is to end. */
  const deadlines = new WeakMap<object, Deadline>();
  /** By request: who is told of members of the answer that the SDK does not know. */
  const unknownListeners = new WeakMap<object, OnUnknown>();
  let configuredRegion: string | undefined;
  /** Of the first client, for all: to find credentials can mean to run a program, or to ask somebody for a code. */
  let credentials: Sdk.CognitoIdentityClient["config"]["credentials"] | undefined;
  const listener = createCredentialLog();

  function load(): Promise<typeof Sdk> {
    sdk ??= import("@aws-sdk/client-cognito-identity");
    return sdk;
  }

  function forget(): void {
    clients.clear();
    credentials = undefined;
  }

  async function clientFor(region: string, retries: Retries): Promise<Sdk.CognitoIdentityClient> {
    const { CognitoIdentityClient } = await load();
    const key = `${region} ${retries}`;
    const known = clients.get(key);
    if (known) return known;
    const client = new CognitoIdentityClient({
      ...connection(options, listener),
      ...(credentials && { credentials }),
      region,
      maxAttempts: maxAttempts[retries],
    });
    credentials ??= withFailureReasons(client.config.credentials, listener);
    client.config.credentials = credentials;
    if (retries !== "any") retryOnlyUnprocessed(client, retries);
    // The second line behind the types: whatever way a command came here, it is sent if it changes nothing, or if the
    // guards let this very request through. It stands before the SDK's retries, so one clearance is good for one call.
    client.middlewareStack.add(
      (next, { commandName = "" }) =>
        async (args) => {
          if (!readCommandNames.has(commandName) && !consumeClearance(commandName, args.input))
            throw new UnclearedError();
          return await next(args);
        },
      { name: "refuseUncleared", step: "initialize", priority: "high" },
    );
    // Innermost, so that it is done for every try.
    client.middlewareStack.add(
      (next, context) => async (args) => {
        // What is not signed must not wait for credentials, which may not exist.
        if (isSigned(args.request)) options.onCredentials?.(await client.config.credentials());
        attachDeadline(args.request as object, deadlines.get(args.input));
        const result = await next(args);
        const onUnknown = unknownListeners.get(args.input);
        if (onUnknown) onUnknown(unknownMembersIn(result.response, context));
        return result;
      },
      { name: "beforeSending", step: "deserialize", priority: "low" },
    );
    trimMiddleware(client, options.product ?? "cognito-identity-mcp");
    clients.set(key, client);
    return client;
  }

  async function send(
    command: CommandName,
    request: object,
    region: string,
    retries: Retries,
    signal: AbortSignal,
    onUnknown?: OnUnknown,
  ): Promise<object> {
    const client = await clientFor(region, retries);
    // The types of command and request were tied together where the tool was declared.
    const Command: new (request: never) => object = (await load())[command];
    signal.throwIfAborted();
    using deadline = createDeadline(CALL_MS, signal);
    deadlines.set(request, deadline);
    if (onUnknown) unknownListeners.set(request, onUnknown);
    try {
      const { $metadata: _, ...response } = await deadline.over(
        client.send(new Command(request as never) as Sdk.DescribeIdentityPoolCommand),
      );
      return response;
    } catch (error) {
      if (error instanceof Error && credentialErrorNames.has(error.name)) forget();
      throw deadline.timedOut ? Object.assign(new Error("no time left"), { name: "TimeoutError" }) : error;
    }
  }

  return {
    async defaultRegion() {
      if (options.region !== undefined) return options.region;
      const { CognitoIdentityClient } = await load();
      try {
        configuredRegion ??= await new CognitoIdentityClient(connection(options)).config.region();
        return configuredRegion;
      } catch (error) {
        if (error instanceof Error && error.message.includes("Region is missing")) return undefined;
        throw error;
      }
    },
    async caller(region) {
      const { config } = await clientFor(region, "any");
      const { accountId, accessKeyId } = await config.credentials();
      if (options.inProcess) return { caller: "local", account: "the embedded service" };
      return accountId === undefined
        ? { caller: accessKeyId, account: `the account of access key …${accessKeyId.slice(-4)}` }
        : { caller: accountId, account: `account ${accountId}` };
    },
    reader:
      (region, signal, onUnknown): Read =>
      (command, request) =>
        send(command, request, region, "any", signal, onUnknown) as Promise<never>,
    send: ({ command, effect, request, region }, signal) => send(command, request, region, retriesOf(effect), signal),
  };
}

function isSigned(request: unknown): boolean {
  const { headers = {} } = request as { headers?: object };
  return "authorization" in headers;
}

/** What the SDK is about to drop of an answer. Of an error, and of what is not JSON, that is nothing: the SDK raises an error for it. */
function unknownMembersIn(response: unknown, context: object): UnknownMembers {
  const { statusCode, body } = response as { statusCode: number; body: Uint8Array };
  if (statusCode >= 300) return { paths: [], count: 0 };
  const { __smithy_context: smithy } = context as { __smithy_context?: { operationSchema?: readonly unknown[] } };
  const output = smithy?.operationSchema?.at(5);
  // Without the schema nobody would notice a member that is lost.
  if (output === undefined) throw new TypeError("the SDK has no schema of the answer");
  return findUnknownMembers(output, parsed(body));
}

function parsed(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString());
  } catch {
    return undefined;
  }
}

/** What every client is made with. */
export function connection(
  { profile, endpoint, trustedHost, inProcess }: AwsOptions,
  { logger }: CredentialLog = createCredentialLog(),
) {
  if (inProcess)
    return {
      ...cachedMiddleware,
      requestHandler: handlerFor(inProcess),
      endpoint: "http://localhost",
      credentials: { accessKeyId: "AKIDLOCAL", secretAccessKey: "local" },
    };
  const requestHandler = createHttpHandler(trustedHost);
  return {
    requestHandler,
    // For the clients of single sign-on: their own would send a token wherever a variable says, and wait without end.
    clientConfig: { requestHandler },
    logger,
    // Handed on to the credential providers: otherwise a profile's files are read once and never again.
    ignoreCache: true,
    ...cachedMiddleware,
    ...(profile !== undefined && { profile }),
    ...(endpoint !== undefined && { endpoint }),
  };
}

/** Hands the SDK's requests to the service in this process, and its answers back. */
function handlerFor(service: InProcess): HttpHandler {
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
