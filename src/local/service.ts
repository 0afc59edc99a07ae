import { randomBytes, randomUUID } from "node:crypto";
import type { JWK } from "jose";
import type { Fields } from "../util/json.ts";
import type { HeldLock } from "../util/lock-file.ts";
import type { Context } from "./context.ts";
import { operations } from "./operations/catalogue.ts";
import {
  failure,
  inputOf,
  type LocalRequest,
  type LocalResponse,
  operationOf,
  signedRegionOf,
  success,
} from "./protocol/aws-json.ts";
import { checkInput } from "./protocol/constraints.ts";
import { ServiceError } from "./protocol/errors.ts";
import { createPageTokens } from "./protocol/page-tokens.ts";
import { createThrottle } from "./protocol/throttle.ts";
import { loadSeed } from "./seed.ts";
import { checkStateFile, openStateFile, type Secrets, type StateFile } from "./state/state-file.ts";
import { createStore, type Store } from "./state/store.ts";
import { createSessions } from "./sts/session-credentials.ts";
import { handleSts, isStsRequest } from "./sts/sts.ts";
import { handleDiscovery } from "./tokens/discovery.ts";
import { createOpenIdTokens } from "./tokens/openid-tokens.ts";

/** External dependencies of the service. Equal options and requests produce equal responses. */
export interface LocalOptions {
  /** Milliseconds since the epoch. */
  readonly clock?: () => number;
  /** Returns a new GUID. */
  readonly newId?: () => string;
  readonly randomBytes?: (size: number) => Uint8Array;
  /** The RSA private key that signs tokens. Defaults to a new key. The key in a state file takes precedence. */
  readonly signingKey?: JWK;
  /** The 12-digit ID of the account that owns all resources. */
  readonly accountId?: string;
  /** Whether to apply the request rate quotas of AWS. Defaults to false. */
  readonly throttle?: boolean;
  /** Called before an operation runs, including calls that fail afterwards. */
  readonly onCall?: (operation: string, input: unknown) => void;
  /** Called with internal errors. Clients only receive an InternalErrorException. */
  readonly onFault?: (error: unknown) => void;
}

/** Files that a service reads and writes. */
export interface LocalFiles {
  /** The state file, which persists the state across restarts. */
  readonly state?: string | undefined;
  /** The seed file with initial pools. Ignored if the state already contains pools. */
  readonly seed?: string | undefined;
}

/** A Cognito Identity service. */
export interface LocalService {
  /** Handles a request; never throws. With a state file, the state is on disk before the response is returned. */
  handle(request: LocalRequest): Promise<LocalResponse>;
  /** Closes the state file. */
  close(): Promise<void>;
}

/** The default account ID. It cannot be mistaken for a real account. */
const DEFAULT_ACCOUNT_ID = "000000000000";

/** Creates a service that keeps its state in memory. */
export function createLocalService(options: LocalOptions = {}): LocalService {
  return createService(createServiceContext(options, createStore(), newSecrets(options)), options);
}

/** Opens a service with files. Throws a UserError if a file cannot be used, and does not change that file. */
export async function openLocalService(files: LocalFiles, options: LocalOptions = {}): Promise<LocalService> {
  let file: StateFile | undefined;
  const store = createStore((change) => file?.append(change));
  if (files.state !== undefined)
    file = await openStateFile(files.state, {
      newSecrets: () => newSecrets(options),
      replay: store.replay,
      snapshot: store.snapshot,
    });
  const context = createServiceContext(options, store, file?.secrets ?? newSecrets(options), file);
  try {
    if (files.seed !== undefined && store.isEmpty()) {
      // Load the seed into a temporary store first, so that an invalid pool leaves no partial seed in the state.
      const trialStore = createStore();
      loadSeed(files.seed, (region) => ({ ...context, store: trialStore, region }));
      loadSeed(files.seed, (region) => ({ ...context, region }));
    }
    await file?.flush();
  } catch (error) {
    await file?.close();
    throw error;
  }
  return createService(context, options, file);
}

/**
 * Reads a state file as `openLocalService` does, and changes nothing. Gives the number of its pools, or the process that uses
 * it. Throws a UserError for a file that cannot be used.
 */
export async function checkState(path: string): Promise<{ readonly pools: number } | HeldLock> {
  const store = createStore();
  const held = await checkStateFile(path, store.replay);
  return held ?? { pools: [...store.snapshot()].filter((change) => "pool" in change).length };
}

/** Reads a seed file as `openLocalService` does. Returns the number of its pools. Throws a UserError for an invalid file. */
export function checkSeed(path: string): number {
  const context = createServiceContext({}, createStore(), newSecrets({}));
  return loadSeed(path, (region) => ({ ...context, region }));
}

type ServiceContext = Omit<Context, "region">;

function newSecrets({ randomBytes: bytes = randomBytes }: LocalOptions): Secrets {
  const secret = () => Buffer.from(bytes(32)).toString("base64");
  return { pages: secret(), sessions: secret() };
}

function createServiceContext(options: LocalOptions, store: Store, secrets: Secrets, file?: StateFile): ServiceContext {
  const {
    clock = Date.now,
    newId = randomUUID,
    accountId = DEFAULT_ACCOUNT_ID,
    randomBytes: bytes = randomBytes,
  } = options;
  const now = () => new Date(clock());
  const key = (secret: string) => Buffer.from(secret, "base64");
  return {
    accountId,
    now,
    newId,
    store,
    tokens: createOpenIdTokens(now, file?.signingKey ?? options.signingKey, (signingKey) =>
      file?.append({ signingKey }),
    ),
    pageTokens: createPageTokens(key(secrets.pages)),
    sessions: createSessions(key(secrets.sessions), { now, randomBytes: bytes }),
  };
}

function createService(context: ServiceContext, options: LocalOptions, file?: StateFile): LocalService {
  const { onCall, onFault } = options;
  const throttle = options.throttle ? createThrottle(context.now) : undefined;

  async function runOperation(request: LocalRequest): Promise<object> {
    const name = operationOf(request);
    const operation = name !== undefined && Object.hasOwn(operations, name) ? operations[name] : undefined;
    if (request.method !== "POST" || request.path !== "/" || name === undefined || !operation)
      throw new ServiceError("UnknownOperationException", "The operation is not one of this service");
    const signedRegion = operation.signed ? signedRegionOf(request) : undefined;
    const rawInput = inputOf(request);
    onCall?.(name, rawInput);
    const input = checkInput(operation.input, rawInput);
    const region = signedRegion ?? regionOf(input);
    throttle?.(name, region);
    return await operation.run(input, { ...context, region });
  }

  return {
    async handle(request) {
      const requestId = randomUUID();
      const response = await respond(request, requestId);
      try {
        // Reads wait too: they may return data of another call that is not yet on disk.
        await file?.flush();
        return response;
      } catch (error) {
        return fail(error, requestId);
      }
    },
    close: async () => await file?.close(),
  };

  async function respond(request: LocalRequest, requestId: string): Promise<LocalResponse> {
    if (isStsRequest(request)) return await handleSts(request, requestId, context);
    try {
      const discovered = await handleDiscovery(request, context.tokens);
      return discovered ?? success(await runOperation(request), requestId);
    } catch (error) {
      return fail(error, requestId);
    }
  }

  function fail(error: unknown, requestId: string): LocalResponse {
    if (!(error instanceof ServiceError)) onFault?.(error);
    return failure(error, requestId);
  }
}

/** The region of an unsigned call, taken from its ID. */
function regionOf({ IdentityPoolId, IdentityId }: Fields): string {
  return String(IdentityPoolId ?? IdentityId).split(":", 1)[0] ?? "";
}
