import { randomBytes, randomUUID } from "node:crypto";
import type { JWK } from "jose";
import type { Context } from "./context.ts";
import { operations } from "./operations/catalogue.ts";
import {
  failure,
  inputOf,
  type LocalRequest,
  type LocalResponse,
  operationOf,
  preflight,
  signedRegionOf,
  success,
} from "./protocol/aws-json.ts";
import { checkInput } from "./protocol/constraints.ts";
import { ServiceError } from "./protocol/errors.ts";
import { createPageTokens } from "./protocol/page-tokens.ts";
import { createThrottle } from "./protocol/throttle.ts";
import { loadSeed } from "./seed.ts";
import { openStateFile, type Secrets, type StateFile } from "./state/state-file.ts";
import { createStore, type Store } from "./state/store.ts";
import { createSessions } from "./sts/session-credentials.ts";
import { handleSts, isForSts } from "./sts/sts.ts";
import { discover } from "./tokens/discovery.ts";
import { createTokens } from "./tokens/openid-tokens.ts";

/** What the service takes from outside; equal options give equal answers. */
export interface LocalOptions {
  /** Milliseconds since the epoch. */
  readonly clock?: () => number;
  /** A new GUID. */
  readonly newId?: () => string;
  readonly randomBytes?: (size: number) => Uint8Array;
  /** The private key that signs tokens, RSA; a new one when left out. A state file's own key goes before it. */
  readonly signingKey?: JWK;
  /** The account that everything belongs to, 12 digits. */
  readonly accountId?: string;
  /** Whether the rates of AWS apply; they do not when it is left out. */
  readonly throttle?: boolean;
  /** Told of every call that reaches an operation, before it runs, and also when it then fails. */
  readonly onCall?: (operation: string, input: unknown) => void;
  /** Told of what went wrong inside the service; its callers see an InternalErrorException and no more. */
  readonly onFault?: (error: unknown) => void;
}

/** Files that a service lives with. */
export interface LocalFiles {
  /** Keeps the state across restarts. */
  readonly state?: string | undefined;
  /** Pools to begin with; not looked at when the state has any already. */
  readonly seed?: string | undefined;
}

/** A Cognito Identity service. */
export interface LocalService {
  /** Answers a request; never throws. What it answers is on disk before, if the service has a state file. */
  handle(request: LocalRequest): Promise<LocalResponse>;
  /** Lets go of the state file. */
  close(): Promise<void>;
}

/** The account of a service that is told of none: one that no real account can be mistaken for. */
const NO_ACCOUNT = "000000000000";

/** A service whose state lives as long as it does. */
export function createLocalService(options: LocalOptions = {}): LocalService {
  return serviceWith(createContext(options, createStore(), newSecrets(options)), options);
}

/** A service with files. Raises UserError for one that cannot be used, and leaves it as it is. */
export async function openLocalService(files: LocalFiles, options: LocalOptions = {}): Promise<LocalService> {
  let file: StateFile | undefined;
  const store = createStore((change) => file?.note(change));
  if (files.state !== undefined)
    file = await openStateFile(files.state, {
      newSecrets: () => newSecrets(options),
      replay: store.replay,
      snapshot: store.snapshot,
    });
  const context = createContext(options, store, file?.secrets ?? newSecrets(options), file);
  try {
    if (files.seed !== undefined && store.isEmpty()) {
      // Once where nobody sees it, so that a seed with a bad pool leaves no half of itself in the state.
      const trial = createStore();
      loadSeed(files.seed, (region) => ({ ...context, store: trial, region }));
      loadSeed(files.seed, (region) => ({ ...context, region }));
    }
    await file?.flush();
  } catch (error) {
    await file?.close();
    throw error;
  }
  return serviceWith(context, options, file);
}

type ServiceContext = Omit<Context, "region">;

function newSecrets({ randomBytes: bytes = randomBytes }: LocalOptions): Secrets {
  const secret = () => Buffer.from(bytes(32)).toString("base64");
  return { pages: secret(), sessions: secret() };
}

function createContext(options: LocalOptions, store: Store, secrets: Secrets, file?: StateFile): ServiceContext {
  const { clock = Date.now, newId = randomUUID, accountId = NO_ACCOUNT, randomBytes: bytes = randomBytes } = options;
  const now = () => new Date(clock());
  const key = (secret: string) => Buffer.from(secret, "base64");
  return {
    accountId,
    now,
    newId,
    store,
    tokens: createTokens(now, file?.signingKey ?? options.signingKey, (signingKey) => file?.note({ signingKey })),
    pages: createPageTokens(key(secrets.pages)),
    sessions: createSessions(key(secrets.sessions), { now, randomBytes: bytes }),
  };
}

function serviceWith(context: ServiceContext, options: LocalOptions, file?: StateFile): LocalService {
  const { onCall, onFault } = options;
  const throttle = options.throttle ? createThrottle(context.now) : undefined;

  async function answer(request: LocalRequest): Promise<object> {
    const name = operationOf(request);
    const operation = name !== undefined && Object.hasOwn(operations, name) ? operations[name] : undefined;
    if (request.method !== "POST" || request.path !== "/" || name === undefined || !operation)
      throw new ServiceError("UnknownOperationException", "The operation is not one of this service");
    const signedRegion = operation.signed ? signedRegionOf(request) : undefined;
    const sent = inputOf(request);
    onCall?.(name, sent);
    const input = checkInput(operation.input, sent);
    const region = signedRegion ?? regionOf(input);
    throttle?.(name, region);
    return await operation.run(input, { ...context, region });
  }

  return {
    async handle(request) {
      const requestId = randomUUID();
      const response = await respond(request, requestId);
      try {
        // Reads too: what one tells of may be another's write that is still under way.
        await file?.flush();
        return response;
      } catch (error) {
        return fail(error, requestId);
      }
    },
    close: async () => await file?.close(),
  };

  async function respond(request: LocalRequest, requestId: string): Promise<LocalResponse> {
    if (request.method === "OPTIONS") return preflight(requestId);
    if (isForSts(request)) return await handleSts(request, requestId, context);
    try {
      const discovered = await discover(request, context.tokens);
      return discovered ?? success(await answer(request), requestId);
    } catch (error) {
      return fail(error, requestId);
    }
  }

  function fail(error: unknown, requestId: string): LocalResponse {
    if (!(error instanceof ServiceError)) onFault?.(error);
    return failure(error, requestId);
  }
}

/** Where an unsigned call goes: its ids say so. */
function regionOf({ IdentityPoolId, IdentityId }: Readonly<Record<string, unknown>>): string {
  return String(IdentityPoolId ?? IdentityId).split(":", 1)[0] ?? "";
}
