/**
 * What an error of AWS or of the way to it means, in our own words. AWS's text is looked at and never passed on: it can
 * echo a login token.
 */
import { connectionErrors, explainConnection, isConnectionCode, unreachable } from "./connection.ts";
import { credentialErrors, credentialMessages } from "./credentials.ts";
import type { Explanation } from "./explanation.ts";
import { serviceErrors, serviceMessages } from "./service.ts";

/** A call that was sent, or could not be, and failed. */
export interface Failure {
  readonly kind: "failure";
  /** AWS's error code, or ours for what never reached AWS. */
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly requestId?: string;
  /** The change may have been made, or not. */
  readonly unknown?: true;
  /** What is wrong with the login tokens, one sentence each. */
  readonly logins?: readonly string[];
}

/** What a mistake in this program raises. */
const fault: Explanation = {
  message: "This server has an internal error.",
  hint: "Report it with what the server wrote to stderr; it holds no secrets.",
};

const texts = [...serviceMessages, ...credentialMessages];

/** What AWS names its errors. Maps, since one could be named as what every object has. */
const names = new Map(Object.entries({ ...serviceErrors, ...credentialErrors }));

/** What is raised on this side of the wire, where nothing came over it. */
const ownNames = new Map(
  Object.entries<Explanation>({
    ...connectionErrors,
    TypeError: fault,
    RangeError: fault,
    ReferenceError: fault,
    AbortError: { message: "The call was cancelled.", hint: "Nothing more is sent." },
    AuditError: {
      message: "The audit file cannot be written, so nothing was sent.",
      hint: "The operator finds the reason in what the server wrote to stderr.",
    },
  }),
);

const unknownOutcome: Explanation = {
  message: "It is not known whether the change was made.",
  hint: "Look at the present state before calling again.",
};

/** Raised before anything is sent. */
const errorsBeforeSending = new Set(["AuditError", "EndpointError"]);

/**
 * Turns whatever a call raised into what happened and what to do next. `mutates` tells whether the call was one that changes
 * something: then anything but AWS's own refusal leaves the account in doubt.
 */
export function explain(error: unknown, mutates: boolean): Failure {
  const { name, code, status, requestId, unsent } = read(error);
  const { message, hint } = explanationFor(error);
  const reason = isConnectionCode(code) ? code : name;
  const refused = status !== undefined && status >= 400 && status < 500;
  const isEarly = status === undefined && errorsBeforeSending.has(name);
  const unknown = mutates && !refused && !unsent && !isEarly;
  return {
    kind: "failure",
    code: /^\w{1,64}$/.test(reason) ? reason : "UnknownError",
    ...(unknown
      ? { message: `${message} ${unknownOutcome.message}`, hint: unknownOutcome.hint, unknown }
      : { message, hint }),
    ...(requestId !== undefined && { requestId }),
  };
}

function explanationFor(error: unknown): Explanation {
  const { name, message, code, status, requestId, waitSeconds, unsent } = read(error);
  if (throttling.has(name) || status === 429) return throttled(waitSeconds);
  // Before the names: the SDK calls a broken connection a TimeoutError too.
  if (isConnectionCode(code)) return explainConnection(code, unsent);
  if (unsent && name === "TimeoutError") return unreachable;
  const text = texts.find((entry) => entry.name === name && entry.pattern.test(message));
  const known = text ?? names.get(name) ?? (status === undefined ? ownNames.get(name) : undefined);
  if (known) return known;
  if (status !== undefined && status >= 500)
    return { message: "AWS had an internal error.", hint: "Try again in a moment." };
  if (error instanceof SyntaxError)
    return {
      message: "The response is not one of AWS.",
      hint: "Check the endpoint, and proxies on the way to it.",
    };
  return {
    message: "The call failed for a reason this server does not know.",
    hint:
      requestId === undefined ? "Call again, or look at the server's set-up." : "AWS support can trace the request id.",
  };
}

/** The service's own code, AWS's common one, and that of STS. */
const throttling = new Set(["TooManyRequestsException", "ThrottlingException", "Throttling"]);

/** Seconds to wait where AWS does not say: its rates are counted by the second, and the tries so far were turned away. */
const PAUSE = 5;

function throttled(seconds = PAUSE): Explanation {
  return {
    message: "AWS throttled this call and did not process it.",
    hint: `Call again in ${seconds} seconds, and then one at a time.`,
  };
}

interface Parts {
  readonly name: string;
  readonly message: string;
  readonly code: string;
  /** Of HTTP. */
  readonly status: number | undefined;
  readonly requestId: string | undefined;
  readonly waitSeconds: number | undefined;
  /** It was raised before the request could leave. */
  readonly unsent: boolean;
}

/** Characters of an error's text that are looked at. */
const MAX_TEXT = 10_000;

/** The parts of an error that may be looked at. */
function read(error: unknown): Parts {
  if (!(error instanceof Error))
    return {
      name: "UnknownError",
      message: "",
      code: "",
      status: undefined,
      requestId: undefined,
      waitSeconds: undefined,
      unsent: false,
    };
  const { code, unsent, $metadata, $response } = error as {
    code?: unknown;
    unsent?: unknown;
    $metadata?: { requestId?: unknown; httpStatusCode?: unknown };
    $response?: { statusCode?: unknown; headers?: Readonly<Record<string, unknown>> };
  };
  const status = $metadata?.httpStatusCode ?? $response?.statusCode;
  const requestId = $metadata?.requestId;
  const wait = Number($response?.headers?.["retry-after"]);
  return {
    name: error.name,
    message: error.message.slice(0, MAX_TEXT),
    code: String(code ?? ""),
    status: typeof status === "number" ? status : undefined,
    requestId: typeof requestId === "string" && /^[\w-]{1,64}$/.test(requestId) ? requestId : undefined,
    waitSeconds: Number.isInteger(wait) && wait > 0 && wait <= 3600 ? wait : undefined,
    unsent: unsent === true,
  };
}
