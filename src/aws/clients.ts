import type * as Sdk from "@aws-sdk/client-cognito-identity";
import { type ClearedCall, consumeClearance } from "../guards/approval/clearance.ts";
import type { CommandName } from "../plans/command.ts";
import { type Read, readCommands } from "../plans/command.ts";
import { createAccountIds } from "./account-ids.ts";
import { type AccountReader, createAccountReader } from "./account-reader.ts";
import { type Attempts, type BeforeRetry, createAttempts } from "./attempts.ts";
import { type CredentialLog, createCredentialLog, withFailureReasons } from "./credentials.ts";
import { withoutFalseDates } from "./dates.ts";
import { createDeadline, type Deadline } from "./deadline.ts";
import { noteServiceAnswer } from "./errors/quoted.ts";
import { attachDeadline, createHttpHandler, type HttpHandler } from "./http-handler.ts";
import { cachedMiddleware, trimMiddleware } from "./middleware.ts";
import { maxAttempts, type Retries, retriesOf, retryOnlyUnprocessed } from "./retries.ts";
import { findUnknownMembers, type UnknownMembers } from "./unknown-members.ts";

/** How to connect to AWS. The SDK finds omitted values itself, in the environment and the AWS configuration files. */
export interface AwsOptions {
  readonly region?: string | undefined;
  readonly profile?: string | undefined;
  readonly endpoint?: string | undefined;
  /** A host outside of AWS and this machine that the operator trusts. */
  readonly trustedHost?: string | undefined;
  /** Identifies this program in AWS's logs, as in `name/1.2.3`. */
  readonly product?: string | undefined;
  /** Called with the credentials that sign a request, before it is sent. */
  readonly onCredentials?: ((credentials: SigningCredentials) => void) | undefined;
  /** Replaces AWS by a service in this process, without a socket and without the user's credentials. */
  readonly inProcess?: InProcess | undefined;
}

/** What the server signs its requests with. */
export interface SigningCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
  readonly expiration?: Date | undefined;
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

/** The connection to AWS. Its methods raise the SDK's errors; `explain` turns them into a Failure. */
export interface Aws {
  /** The region for calls that name none: from the option, or as the SDK finds it; undefined if neither has one. */
  defaultRegion(): Promise<string | undefined>;
  /**
   * Whose credentials sign the calls of a region: the account if the SDK knows it, otherwise the access key. `account` is the same in
   * words for people, with only the end of the key.
   */
  caller(region: string): Promise<{ readonly caller: string; readonly account: string }>;
  /** The id of the account whose credentials sign the calls, from the SDK or else from STS; undefined if it cannot be found out. */
  accountId(region: string, signal: AbortSignal): Promise<string | undefined>;
  /** Sends commands that change nothing. `onUnknown` is told of members of an answer that the SDK does not know and drops. */
  reader(region: string, signal: AbortSignal, onUnknown?: OnUnknown): Read;
  /** Reads roles and user pools of the region's account, with the same credentials. Close it after the last read. */
  accountReader(region: string, signal: AbortSignal): AccountReader;
  /** Sends a call that the guards cleared. Returns the response without the SDK's metadata. `beforeRetry` is called before each retry. */
  send(call: ClearedCall, signal: AbortSignal, beforeRetry?: BeforeRetry): Promise<object>;
  /**
   * The same with the credentials of this moment, whatever the chain of credentials gives later. What is read and then changed
   * so belongs to one account, even if a profile or a credential program changes between the two.
   */
  withFixedCredentials(region: string): Promise<Pick<Aws, "caller" | "reader" | "send">>;
}

type OnUnknown = (members: UnknownMembers) => void;

/** A call with all its attempts ends within this. */
const CALL_MS = 30_000;

/**
 * Clients that are kept. Each takes some 300 KB, and a caller can name any region. More exist only while calls are in progress over
 * them.
 */
const MAX_CLIENTS = 16;

/** A client with the number of calls in progress over it. */
interface KeptClient {
  readonly client: Sdk.CognitoIdentityClient;
  calls: number;
}

/** A client for one call, which is not closed before this is disposed of. */
interface Lease extends Disposable {
  readonly client: Sdk.CognitoIdentityClient;
}

/** Errors for invalid or expired credentials: the next call reads the credentials again. */
const credentialErrorNames = new Set([
  "ExpiredToken",
  "ExpiredTokenException",
  "InvalidClientTokenId",
  "InvalidSignatureException",
  "SignatureDoesNotMatch",
  "UnrecognizedClientException",
]);

const readCommandNames: ReadonlySet<string> = new Set(readCommands);

/** A command that no guard cleared: a defect of this program. It is never sent. */
class UnclearedError extends TypeError {
  override readonly name = "UnclearedError";
}

export function createAws(options: AwsOptions): Aws {
  let sdk: Promise<typeof Sdk> | undefined;
  /** By region and retries, the one that was used last at the end. */
  const clients = new Map<string, KeptClient>();
  /** The deadline of each request. */
  const deadlines = new WeakMap<object, Deadline>();
  /** By request: who is told of members of the answer that the SDK does not know. */
  const unknownListeners = new WeakMap<object, OnUnknown>();
  /** By request: its attempts, where something must be checked before each retry. */
  const attemptsOf = new WeakMap<object, Attempts>();
  let configuredRegion: string | undefined;
  /** From the first client, for all clients: getting credentials can mean running a program or asking a person for a code. */
  let credentials: Sdk.CognitoIdentityClient["config"]["credentials"] | undefined;
  const listener = createCredentialLog();
  const accountIds = createAccountIds();

  function load(): Promise<typeof Sdk> {
    sdk ??= import("@aws-sdk/client-cognito-identity");
    return sdk;
  }

  function forget(): void {
    const forgotten = [...clients.values()];
    clients.clear();
    credentials = undefined;
    for (const { client, calls } of forgotten) if (calls === 0) client.destroy();
  }

  /** Closes the clients that were not used for the longest, as far as no call is in progress over them. */
  function closeSurplus(): void {
    for (const [key, { client, calls }] of clients) {
      if (clients.size <= MAX_CLIENTS) return;
      if (calls > 0) continue;
      clients.delete(key);
      client.destroy();
    }
  }

  async function clientFor(region: string, retries: Retries): Promise<Lease> {
    const sdkLoaded = await load();
    const key = `${region} ${retries}`;
    const kept = clients.get(key) ?? { client: createClient(sdkLoaded, region, retries, credentials), calls: 0 };
    credentials ??= withFailureReasons(kept.client.config.credentials, listener);
    kept.client.config.credentials = credentials;
    clients.delete(key);
    clients.set(key, kept);
    kept.calls += 1;
    closeSurplus();
    return {
      client: kept.client,
      [Symbol.dispose]() {
        kept.calls -= 1;
        // One that was forgotten meanwhile is used by nobody any more.
        if (kept.calls === 0 && clients.get(key) !== kept) kept.client.destroy();
        closeSurplus();
      },
    };
  }

  function createClient(
    { CognitoIdentityClient }: typeof Sdk,
    region: string,
    retries: Retries,
    own: Sdk.CognitoIdentityClientConfig["credentials"],
  ): Sdk.CognitoIdentityClient {
    const client = new CognitoIdentityClient({
      ...connection(options, listener),
      ...(own && { credentials: own }),
      region,
      maxAttempts: maxAttempts[retries],
    });
    if (retries !== "any") retryOnlyUnprocessed(client, retries);
    // A second check, in addition to the types: a command is sent only if it changes nothing, or if the
    // guards cleared exactly this request. It runs before the SDK's retries, so one clearance covers one call.
    client.middlewareStack.add(
      (next, { commandName = "" }) =>
        async (args) => {
          if (!readCommandNames.has(commandName) && !consumeClearance(commandName, args.input))
            throw new UnclearedError();
          return await next(args);
        },
      { name: "refuseUncleared", step: "initialize", priority: "high" },
    );
    // Innermost, so that it runs for every attempt.
    client.middlewareStack.add(
      (next, context) => async (args) => {
        // An unsigned request must not wait for credentials, which may not exist.
        if (isSigned(args.request)) options.onCredentials?.(await client.config.credentials());
        attachDeadline(args.request as object, deadlines.get(args.input));
        const result = await (attemptsOf.get(args.input)?.attempt(() => next(args)) ?? next(args));
        const response = result.response as { statusCode: number; body: Uint8Array };
        const body = response.statusCode < 300 && withoutFalseDates(context.commandName ?? "", response.body);
        if (body) response.body = body;
        const onUnknown = unknownListeners.get(args.input);
        if (onUnknown) onUnknown(unknownMembersIn(result.response, context));
        return result;
      },
      { name: "beforeSending", step: "deserialize", priority: "low" },
    );
    trimMiddleware(client, options.product ?? "cognito-identity-mcp");
    return client;
  }

  async function send(
    command: CommandName,
    request: object,
    region: string,
    retries: Retries,
    signal: AbortSignal,
    clientOf = clientFor,
    { onUnknown, beforeRetry }: { onUnknown?: OnUnknown | undefined; beforeRetry?: BeforeRetry | undefined } = {},
  ): Promise<object> {
    using lease = await clientOf(region, retries);
    const { client } = lease;
    // The types of command and request were tied together where the tool was declared.
    const Command: new (request: never) => object = (await load())[command];
    signal.throwIfAborted();
    using deadline = createDeadline(CALL_MS, signal);
    deadlines.set(request, deadline);
    if (onUnknown) unknownListeners.set(request, onUnknown);
    const attempts = beforeRetry && createAttempts(beforeRetry);
    if (attempts) attemptsOf.set(request, attempts);
    try {
      const { $metadata: _, ...response } = await deadline.over(
        client.send(new Command(request as never) as Sdk.DescribeIdentityPoolCommand),
      );
      return response;
    } catch (error) {
      if (error instanceof (await load()).CognitoIdentityServiceException) noteServiceAnswer(error);
      if (error instanceof Error && credentialErrorNames.has(error.name)) forget();
      if (deadline.timedOut) throw Object.assign(new Error("the call took too long"), { name: "TimeoutError" });
      throw attempts ? attempts.meaningOf(error) : error;
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
    caller: (region) => callerOf(region, clientFor),
    accountId,
    accountReader: (region, signal) =>
      createAccountReader({
        product: options.product,
        onCredentials: options.onCredentials,
        region,
        signal,
        connection: connection(options, listener),
        async credentials() {
          using lease = await clientFor(region, "any");
          return await lease.client.config.credentials();
        },
        ownAccount: () => accountId(region, signal),
      }),
    ...callsOver(clientFor),
    async withFixedCredentials(region) {
      using lease = await clientFor(region, "any");
      const fixed = await lease.client.config.credentials();
      const clientOf: typeof clientFor = async (other, retries) => {
        const client = createClient(await load(), other, retries, fixed);
        return { client, [Symbol.dispose]: () => client.destroy() };
      };
      return { caller: (other) => callerOf(other, clientOf), ...callsOver(clientOf) };
    },
  };

  async function accountId(region: string, signal: AbortSignal): Promise<string | undefined> {
    using lease = await clientFor(region, "any");
    const found = await lease.client.config.credentials();
    if (found.accountId !== undefined) return found.accountId;
    options.onCredentials?.(found);
    const { CognitoIdentityClient, GetIdCommand } = await load();
    const clientOf = () => new CognitoIdentityClient({ ...connection(options, listener), credentials: found, region });
    // This command is not signed, and not sent.
    return await accountIds.of(
      found.accessKeyId,
      clientOf,
      new GetIdCommand({ IdentityPoolId: `${region}:0` }),
      signal,
    );
  }

  function callsOver(clientOf: typeof clientFor): Pick<Aws, "reader" | "send"> {
    return {
      reader:
        (region, signal, onUnknown): Read =>
        (command, request) =>
          send(command, request, region, "any", signal, clientOf, { onUnknown }) as Promise<never>,
      send: ({ command, effect, request, region }, signal, beforeRetry) =>
        send(command, request, region, retriesOf(effect), signal, clientOf, { beforeRetry }),
    };
  }

  async function callerOf(region: string, clientOf: typeof clientFor): ReturnType<Aws["caller"]> {
    using lease = await clientOf(region, "any");
    const { accountId, accessKeyId } = await lease.client.config.credentials();
    if (options.inProcess) return { caller: "local", account: "the embedded service" };
    return accountId === undefined
      ? { caller: accessKeyId, account: `the account of access key …${accessKeyId.slice(-4)}` }
      : { caller: accountId, account: `account ${accountId}` };
  }
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

/** The settings of every client. */
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
    // For the SSO clients: their own handler would send a token to any endpoint that a variable names, and wait without a timeout.
    clientConfig: { requestHandler },
    logger,
    // Passed on to the credential providers: otherwise they read a profile's files once and never again.
    ignoreCache: true,
    ...cachedMiddleware,
    ...(profile !== undefined && { profile }),
    ...(endpoint !== undefined && { endpoint }),
  };
}

/** Passes the SDK's requests to the service in this process, and returns its responses. */
function handlerFor(service: InProcess): HttpHandler {
  return {
    metadata: { handlerProtocol: "in-process" },
    updateHttpClientConfig() {},
    httpHandlerConfigs: () => ({}),
    destroy() {},
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
