/** The addresses that control the service over HTTP. They are no part of Cognito, and answer only where they are switched on. */
import type { LocalRequest, LocalResponse } from "./protocol/aws-json.ts";
import { failure, inputOf } from "./protocol/aws-json.ts";
import { ServiceError } from "./protocol/errors.ts";
import type { LocalCall } from "./public.ts";
import { withoutTokens } from "./request-log.ts";

/** What the addresses show and do. */
export interface Control {
  /** The requests since the last reset. */
  readonly requests: () => readonly LocalCall[];
}

const PREFIX = "/_local/";

/** The addresses, and the method of each. */
const methods: Readonly<Record<string, string>> = { health: "GET", reset: "POST", requests: "GET" };

/**
 * Handles a request to a control address. Returns undefined for other paths. Throws UnknownOperationException for another
 * address, and the errors of `reset`.
 */
export async function handleControl(
  request: LocalRequest,
  requestId: string,
  { requests }: Control,
  reset: (seed: unknown) => Promise<void>,
): Promise<LocalResponse | undefined> {
  if (!request.path.startsWith(PREFIX)) return undefined;
  const name = request.path.slice(PREFIX.length);
  const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
  if (method === undefined)
    throw new ServiceError(
      "UnknownOperationException",
      "The control addresses are GET /_local/health, POST /_local/reset and GET /_local/requests",
    );
  if (request.method !== method) {
    const error = new ServiceError("MethodNotAllowedException", `The method of ${PREFIX}${name} is ${method}`);
    const refused = failure(error, requestId);
    return { ...refused, headers: { ...refused.headers, allow: method } };
  }
  if (name === "health") return json({ status: "ok" });
  if (name === "requests") return json({ requests: requests().map(withoutTokens) });
  await reset(request.body.byteLength === 0 ? undefined : inputOf(request));
  return json({});
}

function json(body: object): LocalResponse {
  return { status: 200, headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}

/**
 * The GUID that a caller chose with the header `x-local-id`: a GUID, or a whole id of the region. Undefined without the header.
 * Throws ValidationException.
 */
export function chosenGuid({ headers }: LocalRequest, region: string): string | undefined {
  const id = headers["x-local-id"];
  if (id === undefined) return undefined;
  const [, idRegion = region, guid] = /^(?:([\w-]+):)?([0-9a-f-]{1,40})$/.exec(id) ?? [];
  if (guid === undefined || idRegion !== region)
    throw new ServiceError("ValidationException", `The header x-local-id must be a GUID or an id of region ${region}`);
  return guid;
}
