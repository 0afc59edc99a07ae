/** Explains an error of AWS or of the connection in our own words. What of AWS's text is shown beside them: see quoted.ts. */
import { connectionErrors, explainConnection, isConnectionCode, unreachable } from "./connection.ts";
import { credentialErrors, credentialMessages } from "./credentials.ts";
import { denialPattern, explainDenial } from "./denials.ts";
import type { Explainer, Explanation, FailedCall } from "./explanation.ts";
import { isServiceAnswer, quotable } from "./quoted.ts";
import { serviceErrors, serviceMessages } from "./service.ts";

/** A call that failed, whether it was sent or not. */
export interface Failure {
  readonly kind: "failure";
  /** AWS's error code, or ours if the call never reached AWS. */
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  /** What may be shown of AWS's own text. */
  readonly aws?: string;
  readonly requestId?: string;
  /** It is unknown whether the change was made. */
  readonly unknown?: true;
  /** Of any call but a read: AWS may have carried it out. */
  readonly mayBeCarriedOut?: true;
  /** The faults of the login tokens, one sentence each. */
  readonly logins?: readonly string[];
}

/** For errors that only a defect in this program raises. */
const fault: Explanation = {
  message: "This server has an internal error.",
  hint: "Report it with the lines that the server wrote to stderr. They contain no secrets.",
};

const texts = [...serviceMessages, ...credentialMessages];

/** Error names of AWS. Maps, because an error could have the name of a property that every object has, such as `constructor`. */
const names = new Map(Object.entries<Explainer>({ ...serviceErrors, ...credentialErrors }));

/** Names of errors that this process raises itself, without a response from AWS. */
const ownNames = new Map(
  Object.entries<Explanation>({
    ...connectionErrors,
    TypeError: fault,
    RangeError: fault,
    ReferenceError: fault,
    AbortError: {
      message: "The call was cancelled.",
      hint: "The server sends nothing more. Call again if the call is still needed.",
    },
    AuditError: {
      message: "The audit file cannot be written, so nothing was sent.",
      hint: "The operator finds the reason on the server's stderr.",
    },
  }),
);

const unknownOutcome: Explanation = {
  message: "It is not known whether the change was made.",
  hint: "Read the current state before you call again.",
};

/** Raised before anything is sent. */
const errorsBeforeSending = new Set(["AuditError", "EndpointError"]);

/** For an error of which no call is known. Nothing of AWS's text is shown. */
const noCall: FailedCall = { members: [], region: undefined, unsigned: false, holdsSecrets: true, values: [] };

/**
 * Turns any error of a call into a Failure: what happened, and what to do next. `mutates` says whether the call changes
 * something: then the outcome is unknown, unless AWS itself rejected the call. `call` is what is known of the call. The member `aws`
 * is untrusted and as long as AWS wrote it.
 */
export function explain(error: unknown, mutates: boolean, call: FailedCall = noCall): Failure {
  const { name, code, status, requestId, unsent } = read(error);
  const { message, hint } = explanationFor(error, call);
  const reason = isConnectionCode(code) ? code : name;
  const refused = status !== undefined && status >= 400 && status < 500;
  const isEarly = status === undefined && errorsBeforeSending.has(name);
  const unknown = mutates && !refused && !unsent && !isEarly;
  const aws = isServiceAnswer(error) ? quotable(name, error.message, call) : undefined;
  return {
    kind: "failure",
    code: /^\w{1,64}$/.test(reason) ? reason : "UnknownError",
    ...(unknown
      ? { message: `${message} ${unknownOutcome.message}`, hint: unknownOutcome.hint, unknown }
      : { message, hint }),
    ...(aws !== undefined && { aws }),
    ...(requestId !== undefined && { requestId }),
  };
}

/** Whether AWS rejected the call because of its rates. */
export function isThrottling(error: unknown): boolean {
  const { name, status } = read(error);
  return throttling.has(name) || status === 429;
}

function explanationFor(error: unknown, call: FailedCall): Explanation {
  const { name, message, code, status, requestId, waitSeconds, unsent } = read(error);
  if (isThrottling(error)) return throttled(waitSeconds);
  // Before the names: the SDK calls a broken connection a TimeoutError too.
  if (isConnectionCode(code)) return explainConnection(code, unsent);
  if (unsent && name === "TimeoutError") return unreachable;
  const text = texts.find(
    (entry) => entry.name === name && entry.pattern.test(message) && (entry.when?.(call) ?? true),
  );
  if (text) return text;
  // Proxies, endpoint policies and some denials of IAM name no code, or one that is not the service's.
  const isDenial = isServiceAnswer(error) && denialPattern.test(message);
  const known = isDenial ? explainDenial : (names.get(name) ?? (status === undefined ? ownNames.get(name) : undefined));
  if (known) return typeof known === "function" ? known(call, message) : known;
  if (rejectedValues.has(name)) return rejectedValue(message, call.members);
  if (status !== undefined && status >= 500)
    return { message: "AWS had an internal error.", hint: "Try again in a moment." };
  if (error instanceof SyntaxError)
    return {
      message: "The response is not a valid AWS response.",
      hint: "Check the endpoint and any proxy in between.",
    };
  return {
    message: "The call failed for an unknown reason.",
    hint:
      requestId === undefined
        ? "Call again. If it fails again, run the command doctor."
        : "Contact AWS Support with the request id.",
  };
}

/** Errors about a value of the call, if no known message tells more. */
const rejectedValues = new Set(["InvalidParameterException", "ValidationException"]);

/** What to check first, by the member that AWS may mean. */
const memberHints: Readonly<Record<string, string>> = {
  NextToken: "NextToken must come from the previous answer of the same list.",
  RoleMappings:
    "In RoleMappings, each mapping needs AmbiguousRoleResolution, and one of type Rules needs RulesConfiguration with at most 25 rules.",
};

/** Names the members whose values AWS may mean. Where AWS's text names some of them, only those. */
function rejectedValue(message: string, members: readonly string[]): Explanation {
  const meant = namedIn(message, members);
  const possible = meant.length > 0 ? meant : members;
  const which = possible.length > 1 ? "It is one of these" : "It is";
  const hints = possible.flatMap((member) => memberHints[member] ?? []);
  return {
    message: `AWS rejected a value in the call.${possible.length > 0 ? ` ${which}: ${possible.join(", ")}.` : ""}`,
    hint: [...hints, "Check the values against describe-identity-pool and the tool's schema."].join(" "),
  };
}

/** The members that a text names: as the place of a value (`at 'roles.unauthenticated'`), otherwise as a word. */
function namedIn(message: string, members: readonly string[]): string[] {
  const words = (pattern: RegExp) => new Set([...message.matchAll(pattern)].map(([, word = ""]) => word.toLowerCase()));
  const among = (found: ReadonlySet<string>) => members.filter((member) => found.has(member.toLowerCase()));
  const places = among(words(/\bat '(\w+)/g));
  // The value itself stands in quotes, and can be any word.
  return places.length > 0 ? places : among(words(/(?<!['\w])(\w+)(?!['\w])/g));
}

/** The service's own error name, AWS's common one, and the one of STS. */
const throttling = new Set(["TooManyRequestsException", "ThrottlingException", "Throttling"]);

/** Whether AWS rejected the call because of its rate, and did not process it. */
export function isThrottled(error: unknown): boolean {
  const { name, status } = read(error);
  return throttling.has(name) || status === 429;
}

/** Seconds to wait if AWS does not say. AWS counts its rates per second, and the retries so far were throttled. */
const PAUSE = 5;

function throttled(seconds = PAUSE): Explanation {
  return {
    message: "AWS throttled this call and did not process it.",
    hint: `Call again in ${seconds} seconds, and make one call at a time.`,
  };
}

interface Parts {
  readonly name: string;
  readonly message: string;
  readonly code: string;
  /** The HTTP status. */
  readonly status: number | undefined;
  readonly requestId: string | undefined;
  readonly waitSeconds: number | undefined;
  /** It was raised before the request was sent. */
  readonly unsent: boolean;
}

/** Characters of an error's text that are looked at. */
const MAX_TEXT = 10_000;

/** The parts of an error that `explain` uses. */
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
