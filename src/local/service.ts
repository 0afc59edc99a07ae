import { randomBytes, randomUUID } from "node:crypto";
import type { JWK } from "jose";
import type { Fields } from "../util/json.ts";
import type { HeldLock } from "../util/lock-file.ts";
import { isUserError } from "../util/user-error.ts";
import type { Context, NewId } from "./context.ts";
import { type Control, chosenGuid, handleControl } from "./control.ts";
import { handleIam, isIamRequest } from "./iam/iam.ts";
import { describeState } from "./inspect.ts";
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
import { isQueryRequest } from "./protocol/aws-query.ts";
import { checkInput } from "./protocol/constraints.ts";
import { ServiceError } from "./protocol/errors.ts";
import { createPageTokens } from "./protocol/page-tokens.ts";
import { createThrottle } from "./protocol/throttle.ts";
import type { LocalCall, LocalSession, LocalState } from "./public.ts";
import { callOf } from "./request-log.ts";
import { applySeed, DEFAULT_REGION, readSeed } from "./seed.ts";
import { createDocuments, type Documents } from "./state/documents.ts";
import {
  checkStateFile,
  openStateFile,
  type Progress,
  type Secrets,
  type StateChange,
  type StateFile,
} from "./state/state-file.ts";
import { createStore, type Store } from "./state/store.ts";
import { createSessions } from "./sts/session-credentials.ts";
import { handleSts } from "./sts/sts.ts";
import { handleDiscovery } from "./tokens/discovery.ts";
import { createOpenIdTokens } from "./tokens/openid-tokens.ts";
import { isUserPoolRequest, runUserPoolOperation } from "./user-pools/user-pools.ts";

/** External dependencies of the service. Equal options and requests produce equal responses. */
export interface LocalOptions {
  /** Milliseconds since the epoch. */
  readonly clock?: () => number;
  /** Returns a new GUID. */
  readonly newId?: NewId;
  readonly randomBytes?: (size: number) => Uint8Array;
  /** The RSA private key that signs tokens. Defaults to a new key. The key in a state file takes precedence. */
  readonly signingKey?: JWK;
  /** The 12-digit ID of the account that owns all resources. */
  readonly accountId?: string | undefined;
  /** Whether to apply the request rate quotas of AWS. Defaults to false. */
  readonly throttle?: boolean | undefined;
  /** Whether roles that nobody defined are refused. Defaults to false: any role is accepted. */
  readonly strictRoles?: boolean | undefined;
  /** Called before an operation runs, including calls that fail afterwards. */
  readonly onCall?: (operation: string, input: unknown) => void;
  /** What a seed in memory creates, at the start and on each reset. The seed file of `LocalFiles` takes precedence. */
  readonly seed?: unknown;
  /** The region of pools in a seed that name none. */
  readonly seedRegion?: string;
  /** Switches on the control addresses and the header for chosen IDs. */
  readonly control?: Control | undefined;
  /** Called after each request was answered, except those to control addresses. */
  readonly onAnswer?: (call: LocalCall) => void;
  readonly onReset?: () => void;
  /** Called now and then while a state file is opened. */
  readonly onProgress?: (progress: Progress) => void;
  /** Called with internal errors. Clients only receive an InternalErrorException. */
  readonly onFault?: (error: unknown) => void;
}

/** Files that a service reads and writes. */
export interface LocalFiles {
  /** The state file, which persists the state across restarts. */
  readonly state?: string | undefined;
  /** The seed file with what is there at first. Ignored if the state already contains pools or anything else. */
  readonly seed?: string | undefined;
}

/** A Cognito Identity service. */
export interface LocalService {
  /** Handles a request; never throws. With a state file, the state is on disk before the response is returned. */
  handle(request: LocalRequest): Promise<LocalResponse>;
  /** Adds the pools of a seed. Rejects with a UserError for an invalid one, and then adds nothing. */
  seed(seed: unknown): Promise<void>;
  /** Removes everything, and loads this seed or that of the start. Rejects with a UserError, and then changes nothing. */
  reset(seed?: unknown): Promise<void>;
  /** Everything that exists, in the form of a seed. */
  state(): LocalState;
  describeSession(sessionToken: string): LocalSession | undefined;
  /** Closes the state file. */
  close(): Promise<void>;
}

/** The default account ID. It cannot be mistaken for a real account. */
const DEFAULT_ACCOUNT_ID = "000000000000";

/** Creates a service that keeps its state in memory. It is empty until its first reset. */
export function createLocalService(options: LocalOptions = {}): LocalService {
  return createService(createServiceContext(options, createState(), newSecrets(options)), options);
}

/** Opens a service with files. Throws a UserError if a file cannot be used, and does not change that file. */
export async function openLocalService(files: LocalFiles, options: LocalOptions = {}): Promise<LocalService> {
  let file: StateFile | undefined;
  const state = createState((change) => file?.append(change));
  if (files.state !== undefined)
    file = await openStateFile(files.state, {
      newSecrets: () => newSecrets(options),
      replay: state.replay,
      snapshot: state.snapshot,
      size: state.size,
      onProgress: options.onProgress,
    });
  const context = createServiceContext(options, state, file?.secrets ?? newSecrets(options), file);
  try {
    const source = { name: `--seed ${files.seed}`, region: DEFAULT_REGION };
    const seed = files.seed === undefined ? undefined : { ...source, document: readSeed(files.seed) };
    if (seed && state.isEmpty()) loadSeed(seed, context);
    await file?.flush();
    return createService(context, options, { file, seed });
  } catch (error) {
    await file?.close();
    throw error;
  }
}

interface Seed {
  readonly document: unknown;
  /** As errors name it. */
  readonly name: string;
  readonly region: string;
}

/** Adds the pools of a seed. Raises a UserError for an invalid seed, and then adds nothing. */
function loadSeed({ document, ...source }: Seed, context: ServiceContext): void {
  const trial = createState();
  for (const change of context.store.snapshot()) trial.replay(change);
  for (const change of context.documents.snapshot()) trial.replay(change);
  const { store, documents } = trial;
  applySeed(document, source, (region) => ({ ...context, newId: newGuid, store, documents, region }));
  applySeed(document, source, (region) => ({ ...context, region }));
}

/**
 * Reads a state file as `openLocalService` does, and changes nothing. Gives the number of its pools and
 * whether it holds anything, or the process that uses it. Throws a UserError for a file that cannot be used.
 */
export async function checkState(
  path: string,
): Promise<{ readonly pools: number; readonly isEmpty: boolean } | HeldLock> {
  const state = createState();
  const held = await checkStateFile(path, state.replay);
  return (
    held ?? {
      pools: [...state.store.snapshot()].filter((change) => "pool" in change).length,
      isEmpty: state.isEmpty(),
    }
  );
}

/** Reads a seed file as `openLocalService` does. Returns the number of its pools. Throws a UserError for an invalid file. */
export function checkSeed(path: string): number {
  const context = createServiceContext({}, createState(), newSecrets({}));
  const source = { name: `--seed ${path}`, region: DEFAULT_REGION };
  return applySeed(readSeed(path), source, (region) => ({ ...context, region }));
}

type ServiceContext = Omit<Context, "region">;

/** Everything that the service keeps. */
interface State {
  readonly store: Store;
  readonly documents: Documents;
  isEmpty(): boolean;
  /** Applies a recorded change. */
  replay(change: StateChange): void;
  /** Returns the changes that create this state where there is none. */
  snapshot(): Iterable<StateChange>;
  /** The number of changes of `snapshot`. */
  size(): number;
}

/** Calls `onChange` after every change. */
function createState(onChange?: (change: StateChange) => void): State {
  const store = createStore(onChange);
  const documents = createDocuments(onChange);
  return {
    store,
    documents,
    isEmpty: () => store.isEmpty() && documents.isEmpty(),
    replay(change) {
      if ("document" in change || "documentRemoved" in change) documents.replay(change);
      else store.replay(change);
    },
    *snapshot() {
      yield* store.snapshot();
      yield* documents.snapshot();
    },
    size: () => store.size() + documents.total(),
  };
}

function newSecrets({ randomBytes: bytes = randomBytes }: LocalOptions): Secrets {
  const secret = () => Buffer.from(bytes(32)).toString("base64");
  return { pages: secret(), sessions: secret() };
}

function createServiceContext(
  options: LocalOptions,
  { store, documents }: State,
  secrets: Secrets,
  file?: StateFile,
): ServiceContext {
  const {
    clock = Date.now,
    newId = newGuid,
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
    documents,
    strictRoles: options.strictRoles === true,
    tokens: createOpenIdTokens(now, file?.signingKey ?? options.signingKey, (signingKey) =>
      file?.append({ signingKey }),
    ),
    pageTokens: createPageTokens(key(secrets.pages)),
    sessions: createSessions(key(secrets.sessions), { now, randomBytes: bytes }),
  };
}

interface Opened {
  readonly file?: StateFile | undefined;
  readonly seed?: Seed | undefined;
}

function createService(
  context: ServiceContext,
  options: LocalOptions,
  { file, seed: fileSeed }: Opened = {},
): LocalService {
  const { onCall, onFault, onAnswer, onReset, control, seedRegion = DEFAULT_REGION } = options;
  const seedOf = (document: unknown): Seed => ({ document, name: "The seed", region: seedRegion });
  const firstSeed = fileSeed ?? seedOf(options.seed ?? { pools: [] });
  let throttle = options.throttle ? createThrottle(context.now) : undefined;

  async function reset(document?: unknown): Promise<void> {
    const seed = document === undefined ? firstSeed : seedOf(document);
    // Not into the trial of `loadSeed`, which would find the pools that go.
    applySeed(seed.document, seed, trialContext());
    context.store.clear();
    context.documents.clear();
    loadSeed(seed, context);
    if (throttle) throttle = createThrottle(context.now);
    onReset?.();
    await file?.flush();
  }

  /** An empty state that nobody sees. */
  function trialContext(): (region: string) => Context {
    const { store, documents } = createState();
    return (region) => ({ ...context, newId: newGuid, store, documents, region });
  }

  async function runOperation(request: LocalRequest): Promise<object | undefined> {
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
    const guid = control && chosenGuid(request, region);
    return await operation.run(input, { ...context, region, ...(guid !== undefined && { newId: () => guid }) });
  }

  /** Reads wait for the disk too: they may return data of another call that is not there yet. */
  async function handleDurably(request: LocalRequest, requestId: string): Promise<LocalResponse> {
    const response = await respond(request, requestId);
    try {
      await file?.flush();
      return response;
    } catch (error) {
      return fail(error, requestId);
    }
  }

  return {
    async handle(request) {
      const requestId = randomUUID();
      const controlled = control && (await answerControl(request, requestId, control));
      if (controlled) return controlled;
      const response = await handleDurably(request, requestId);
      onAnswer?.(callOf(request, response, context.now()));
      return response;
    },
    async seed(document) {
      loadSeed(seedOf(document), context);
      await file?.flush();
    },
    reset,
    state: () => describeState(context),
    describeSession(sessionToken) {
      const session = context.sessions.read(sessionToken);
      return (
        session && {
          RoleArn: session.roleArn,
          RoleSessionName: session.sessionName,
          ...(session.identityId !== undefined && { IdentityId: session.identityId }),
          Expiration: new Date(session.expires).toISOString(),
        }
      );
    },
    close: async () => await file?.close(),
  };

  async function answerControl(request: LocalRequest, requestId: string, control: Control) {
    try {
      return await handleControl(request, requestId, control, reset);
    } catch (error) {
      return isUserError(error)
        ? failure(new ServiceError("ValidationException", error.message), requestId)
        : fail(error, requestId);
    }
  }

  async function respond(request: LocalRequest, requestId: string): Promise<LocalResponse> {
    if (isIamRequest(request))
      return handleIam(request, requestId, { ...context, onCall }, (error) => onFault?.(error));
    if (isQueryRequest(request)) return await handleSts(request, requestId, context);
    try {
      const discovered = await handleDiscovery(request, context);
      if (discovered) return discovered;
      const output = isUserPoolRequest(request)
        ? runUserPoolOperation(request, { ...context, onCall })
        : await runOperation(request);
      return success(output, requestId);
    } catch (error) {
      return fail(error, requestId);
    }
  }

  function fail(error: unknown, requestId: string): LocalResponse {
    if (!(error instanceof ServiceError)) onFault?.(error);
    return failure(error, requestId);
  }
}

/**
 * AWS's identity IDs are not UUIDs of version 4, nor of its variant: a client that checks for them fails. Published ones have
 * the form of `157d6171-ee94-c66b-ed32-62dba3aa1b9b`.
 */
export function newGuid(kind: "pool" | "identity"): string {
  const id = randomUUID();
  return kind === "pool" ? id : `${id.slice(0, 14)}c${id.slice(15, 19)}${id.charAt(0)}${id.slice(20)}`;
}

/** The region of an unsigned call, taken from its ID. */
function regionOf({ IdentityPoolId, IdentityId }: Fields): string {
  return String(IdentityPoolId ?? IdentityId).split(":", 1)[0] ?? "";
}
