/** The requests to a service, for tests and for the command's log. */
import { isRecord } from "../util/json.ts";
import { isIamRequest } from "./iam/iam.ts";
import { type LocalRequest, type LocalResponse, operationOf } from "./protocol/aws-json.ts";
import { formOf, isQueryRequest } from "./protocol/aws-query.ts";
import type { LocalCall } from "./public.ts";
import { userPoolOperationOf } from "./user-pools/user-pools.ts";

export interface RequestLog {
  /** The last requests, oldest first. */
  readonly calls: readonly LocalCall[];
  add(call: LocalCall): void;
  clear(): void;
}

const MAX_CALLS = 1000;

export function createRequestLog(): RequestLog {
  const calls: LocalCall[] = [];
  return {
    calls,
    add(call) {
      calls.push(call);
      if (calls.length > MAX_CALLS) calls.shift();
    },
    clear: () => void calls.splice(0),
  };
}

/** What is kept of a request and its answer. */
export function callOf(request: LocalRequest, response: LocalResponse, now: Date): LocalCall {
  const common = { time: now.toISOString(), status: response.status };
  const body = () => Buffer.from(request.body).toString();
  if (isQueryRequest(request)) {
    const [, error] = response.status === 200 ? [] : (/<Code>(\w+)<\/Code>/.exec(response.body) ?? []);
    const action = formOf(request).get("Action") ?? "";
    return {
      operation: `${isIamRequest(request) ? "iam" : "sts"}:${action}`,
      ...common,
      ...(error !== undefined && { error }),
    };
  }
  const operation = operationOf(request) ?? userPoolOperationOf(request);
  const error = response.headers["x-amzn-errortype"]?.replace(/:$/, "");
  return {
    operation: operation ?? `${request.method} ${request.path}`,
    ...(operation !== undefined && { input: parse(body()) }),
    ...common,
    ...(error !== undefined && { error }),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text || "{}");
  } catch {
    // The service has refused it too.
    return undefined;
  }
}

/** The request without the tokens in `Logins`: for what leaves the process. */
export function withoutTokens(call: LocalCall): LocalCall {
  const { input } = call;
  if (!isRecord(input) || !("Logins" in input)) return call;
  const logins = input["Logins"];
  const hidden = isRecord(logins)
    ? Object.fromEntries(Object.keys(logins).map((provider) => [provider, "***"]))
    : "***";
  return { ...call, input: { ...input, Logins: hidden } };
}
