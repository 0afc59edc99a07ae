import { randomBytes, randomUUID } from "node:crypto";
import { checkInput } from "./constraints.ts";
import { ServiceError } from "./errors.ts";
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
} from "./protocol.ts";
import { createStore } from "./store.ts";
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
  const world = {
    accountId,
    now,
    newId,
    randomBytes: options.randomBytes ?? randomBytes,
    store: createStore(),
    tokens: createTokens(now),
  };

  async function answer(request: LocalRequest): Promise<object> {
    const name = operationOf(request);
    const operation = name !== undefined && Object.hasOwn(operations, name) ? operations[name] : undefined;
    if (request.method !== "POST" || name === undefined || !operation)
      throw new ServiceError("UnknownOperationException", "The operation is not one of this service");
    const signedRegion = signedRegionOf(request);
    if (operation.signed && signedRegion === undefined)
      throw new ServiceError("MissingAuthenticationTokenException", "Missing Authentication Token");
    const input = inputOf(request);
    // A member that is null counts as left out.
    for (const [member, value] of Object.entries(input)) if (value === null) delete input[member];
    onCall?.(name, input);
    checkInput(operation.input, input);
    const region = operation.signed && signedRegion !== undefined ? signedRegion : regionOf(input);
    return await operation.run(input, { ...world, region });
  }

  return {
    async handle(request) {
      const requestId = randomUUID();
      if (request.method === "OPTIONS") return preflight(requestId);
      try {
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
