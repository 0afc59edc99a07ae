import { randomBytes, randomUUID } from "node:crypto";
import { checkInput } from "./constraints.ts";
import { discover } from "./discovery.ts";
import { ServiceError } from "./errors.ts";
import { operations } from "./operations/catalogue.ts";
import { createPages } from "./pages.ts";
import {
  failure,
  inputOf,
  type LocalRequest,
  type LocalResponse,
  operationOf,
  preflight,
  signedRegionOf,
  success,
} from "./protocol.ts";
import { createSessions } from "./session-credentials.ts";
import { createStore } from "./store.ts";
import { handleSts, isForSts } from "./sts.ts";
import { createTokens } from "./tokens.ts";

export type { LocalRequest, LocalResponse } from "./protocol.ts";

/** What the service takes from the world; the same in gives the same out. */
export interface LocalOptions {
  /** Milliseconds since the epoch. */
  readonly clock?: () => number;
  /** A new GUID. */
  readonly newId?: () => string;
  readonly randomBytes?: (size: number) => Uint8Array;
  /** The account that everything belongs to, 12 digits. */
  readonly accountId?: string;
  /** Told of every call that reaches an operation, before it runs, and also when it then fails. */
  readonly onCall?: (operation: string, input: unknown) => void;
}

/** A Cognito Identity service in memory. */
export interface LocalService {
  /** Answers a request; never throws. */
  handle(request: LocalRequest): Promise<LocalResponse>;
}

/** The account of a service that is told of none: one that no real account can be mistaken for. */
const NO_ACCOUNT = "000000000000";

export function createLocalService(options: LocalOptions = {}): LocalService {
  const { clock = Date.now, newId = randomUUID, accountId = NO_ACCOUNT, onCall } = options;
  const now = () => new Date(clock());
  const bytes = options.randomBytes ?? randomBytes;
  const world = {
    accountId,
    now,
    newId,
    store: createStore(),
    tokens: createTokens(now),
    pages: createPages(bytes(32)),
    sessions: createSessions(bytes(32), { now, randomBytes: bytes }),
  };

  async function answer(request: LocalRequest): Promise<object> {
    const name = operationOf(request);
    const operation = name !== undefined && Object.hasOwn(operations, name) ? operations[name] : undefined;
    if (request.method !== "POST" || request.path !== "/" || name === undefined || !operation)
      throw new ServiceError("UnknownOperationException", "The operation is not one of this service");
    const signedRegion = operation.signed ? signedRegionOf(request) : undefined;
    const sent = inputOf(request);
    onCall?.(name, sent);
    const input = checkInput(operation.input, sent);
    return await operation.run(input, { ...world, region: signedRegion ?? regionOf(input) });
  }

  return {
    async handle(request) {
      const requestId = randomUUID();
      if (request.method === "OPTIONS") return preflight(requestId);
      if (isForSts(request)) return await handleSts(request, requestId, world);
      try {
        const discovered = await discover(request, world.tokens);
        if (discovered) return discovered;
        return success(await answer(request), requestId);
      } catch (error) {
        return failure(error, requestId);
      }
    },
  };
}

/** Where an unsigned call goes: its ids say so. */
function regionOf({ IdentityPoolId, IdentityId }: Readonly<Record<string, unknown>>): string {
  return String(IdentityPoolId ?? IdentityId).split(":", 1)[0] ?? "";
}
