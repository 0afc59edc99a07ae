/**
 * Bounds around every request: where it may go, how long it may take, and how much may come back. The SDK has none of its
 * own: it waits without end, reads bodies of any size, and takes any endpoint that a profile names.
 */
import { type Readable, Transform } from "node:stream";
import type * as Sdk from "@aws-sdk/client-cognito-identity";
import { type Deadline, deadlineIn } from "./deadline.ts";

type Handler = Sdk.CognitoIdentityClient["config"]["requestHandler"];
type Handle = Handler["handle"];

/** Milliseconds until a request is answered in full. */
const REQUEST_MS = 10_000;

/** Bytes of an answer: a page of the service is far below. */
const MOST_BYTES = 5_000_000;

/** A request that is not sent, since nobody vouched for where it would go. */
class EndpointError extends Error {
  override readonly name = "EndpointError";
}

/** An answer without end, or one that nobody could have meant. */
class OversizeError extends Error {
  override readonly name = "OversizeError";
}

/** Named as the SDK's own, so that it is tried again where that is safe. */
class LateError extends Error {
  override readonly name = "TimeoutError";
}

/**
 * The handler, held to the bounds. `operatorsHost` is the one endpoint outside of AWS and this machine that is trusted;
 * `hosts` are AWS's names for the service that is meant.
 */
export function bounded(handler: Handler, operatorsHost: string | undefined, hosts = awsHost): Handler {
  const send = handler.handle.bind(handler);
  const handle: Handle = async (request, options = {}) => {
    if (!isTrusted(request.protocol, request.hostname, operatorsHost, hosts))
      throw new EndpointError("the endpoint is neither AWS's nor on this machine, and the operator did not name it");
    const { abortSignal } = options as { abortSignal?: AbortSignal };
    const deadline = deadlineIn(REQUEST_MS, abortSignal);
    try {
      const { response } = await send(request, { ...options, abortSignal: deadline.signal });
      if (isStream(response.body)) response.body = limited(response.body, deadline);
      else deadline[Symbol.dispose]();
      return { response };
    } catch (error) {
      deadline[Symbol.dispose]();
      throw deadline.isUp ? new LateError("no answer in time") : error;
    }
  };
  handler.handle = handle;
  return handler;
}

/** AWS's own names for the service, its private links among them; see https://docs.aws.amazon.com/general/latest/gr/cognito_identity.html. */
const awsHost =
  /^(cognito-identity(-fips)?\.[a-z\d-]+|vpce-[a-z\d-]+\.cognito-identity\.[a-z\d-]+\.vpce)\.(amazonaws\.(com(\.cn)?|eu)|api\.aws|api\.amazonwebservices\.com\.cn|c2s\.ic\.gov|sc2s\.sgov\.gov|csp\.hci\.ic\.gov|cloud\.adc-e\.uk)$/;

/** Whether requests may go there: to AWS, to this machine, or to the host that the operator named. */
export function isTrusted(protocol: string, hostname: string, operatorsHost?: string, hosts = awsHost): boolean {
  if (isLoopback(hostname)) return true;
  return protocol === "https:" && (hosts.test(hostname) || hostname === operatorsHost);
}

/** Whether a host name can only be this machine. */
export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
}

function isStream(body: unknown): body is Readable {
  return typeof body === "object" && body !== null && "pipe" in body;
}

/** The body up to the bound, as long as there is time. Ends the deadline with itself. */
function limited(body: Readable, deadline: Deadline): Readable {
  let bytes = 0;
  const gate = new Transform({
    transform(chunk: Buffer, _, done) {
      bytes += chunk.length;
      if (bytes > MOST_BYTES) done(new OversizeError(`more than ${MOST_BYTES} bytes`));
      else done(null, chunk);
    },
  });
  const stop = () => gate.destroy(deadline.isUp ? new LateError() : new DOMException("cancelled", "AbortError"));
  deadline.signal.addEventListener("abort", stop);
  // A body that breaks off raises here, and closing the gate closes the connection.
  body.once("error", (error) => gate.destroy(error));
  body.once("aborted", () => gate.destroy(Object.assign(new Error("cut off"), { code: "ECONNRESET" })));
  gate.once("close", () => {
    deadline.signal.removeEventListener("abort", stop);
    deadline[Symbol.dispose]();
    body.destroy();
  });
  return body.pipe(gate);
}
