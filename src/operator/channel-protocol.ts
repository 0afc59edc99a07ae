/**
 * The requests and answers of the operator channel, whatever carries them. Approvals and vended secrets pass through this
 * channel and never through the model. A request is one line of JSON, and so is the answer.
 */

import type { ShownJobs } from "../guards/shown-jobs.ts";
import type { Vended } from "../guards/vended.ts";
import type { TerminalView } from "./terminal-view.ts";
import type { VaultReader } from "./vault.ts";

export type ChannelRequest =
  | { readonly ask: "waiting" }
  | { readonly ask: "page" }
  | { readonly ask: "jobs" }
  | { readonly ask: "stop"; readonly job: string }
  | { readonly ask: "why gone"; readonly code: string }
  | { readonly ask: "vended"; readonly kind: Vended["kind"]; readonly handle: string }
  | { readonly ask: "answer"; readonly code: string; readonly binding: string; readonly said: string };

/** Where a person opens the approval page of a server. */
export interface PageAddress {
  /** With the token of the page. */
  readonly address: string;
  /** Without it: the page then asks for a passkey first. Absent where there is none. */
  readonly withPasskey?: string | undefined;
  /** Whether a browser shows it. */
  readonly isShown: boolean;
}

/** The requests that a person can send to a server. */
export interface ChannelHandlers extends TerminalView, VaultReader {
  /** Opens the page, without a browser. Undefined if the operator does not want it. */
  page(): Promise<PageAddress | undefined>;
  /** The jobs that run. */
  readonly jobs: Pick<ShownJobs, "running" | "stop">;
}

/** The maximum length of a request, in characters. No command sends a longer one. */
export const MAX_REQUEST = 65_536;

/** The maximum length of an answer, in characters. 32 plans of full length are shorter. */
export const MAX_ANSWER = 33_554_432;

/** The time limit for a client to send its request, and for a server to answer, in milliseconds. */
export const CHANNEL_TIMEOUT_MS = 5_000;

/** The time limit for an answer that needs a renewal, which calls AWS, in milliseconds. */
const VEND_TIMEOUT_MS = 40_000;

/** The time limit for the answer to a request, in milliseconds. */
export function patienceFor(request: ChannelRequest): number {
  return request.ask === "vended" ? VEND_TIMEOUT_MS : CHANNEL_TIMEOUT_MS;
}

/** The request in a line; undefined if it is none. */
export function parseRequest(line: string): ChannelRequest | undefined {
  try {
    const asked = JSON.parse(line) as Record<string, unknown>;
    if (asked["ask"] === "waiting") return { ask: "waiting" };
    if (asked["ask"] === "page") return { ask: "page" };
    if (asked["ask"] === "jobs") return { ask: "jobs" };
    if (asked["ask"] === "stop" && typeof asked["job"] === "string") return { ask: "stop", job: asked["job"] };
    const { ask, code, binding, said, handle, kind } = asked;
    if (ask === "why gone" && typeof code === "string") return { ask, code };
    if (ask === "vended" && typeof handle === "string" && (kind === "credentials" || kind === "token"))
      return { ask, kind, handle };
    if (ask === "answer" && typeof code === "string" && typeof binding === "string" && typeof said === "string")
      return { ask, code, binding, said };
  } catch {
    // Invalid JSON is an invalid request.
  }
  return undefined;
}

/**
 * The answer to a request. `sanitize` redacts every answer except vended secrets. Rejects if a secret cannot be collected.
 */
export async function answerTo(
  request: ChannelRequest | undefined,
  handlers: ChannelHandlers,
  sanitize: <Value>(value: Value) => Value,
): Promise<object> {
  if (request?.ask === "page") return sanitize({ page: await handlers.page() });
  if (request?.ask !== "vended")
    return sanitize(request ? answerOf(request, handlers) : { refused: "The request is invalid." });
  const vended = await handlers.collect(request.handle, request.kind);
  // The only answer that delivers a secret, and therefore the only one that is not redacted.
  return vended ? { vended } : sanitize(noSecret(request, handlers));
}

/** The answer without a secret: which kind of secret there is for the handle, if it is another one. */
function noSecret({ handle, kind }: Extract<ChannelRequest, { ask: "vended" }>, handlers: ChannelHandlers): object {
  const there = handlers.kindOf(handle);
  return {
    refused: "There is no secret of this kind for this handle.",
    ...(there !== undefined && there !== kind && { otherKind: there }),
  };
}

function answerOf(asked: Exclude<ChannelRequest, { ask: "vended" | "page" }>, handlers: ChannelHandlers): object {
  switch (asked.ask) {
    case "waiting":
      return { waiting: handlers.waiting() };
    case "jobs":
      return { jobs: handlers.jobs.running() };
    case "stop":
      return { stopped: handlers.jobs.stop(asked.job) };
    case "why gone":
      return { reason: handlers.whyGone(asked.code) };
    case "answer":
      return handlers.answer(asked.code, asked.binding, asked.said);
  }
}
