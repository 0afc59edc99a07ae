import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import type { JSONRPCMessage } from "@modelcontextprotocol/sdk/types.js";
import type { Services } from "../call/types.ts";
import type { Redactor } from "../guards/redaction/redactor.ts";
import { type ScreenReason, screenRefusals } from "../guards/screen.ts";
import { membersToKeep } from "./modern/results.ts";
import { outcomeOf, resultOf, textOf } from "./result.ts";
import { errorMessage } from "./screening-transport.ts";
import { withheldOutcome } from "./withheld.ts";

type Redaction = Pick<Services, "redactor" | "reveal" | "screen">;

/** A question or notification that would hold a piece of a secret. It is not sent: with a part taken out it says something else. */
class SecretInMessageError extends Error {
  override readonly name = "SecretInMessageError";
}

/**
 * The same transport, on which every outgoing message is looked through. An answer that holds a piece of a secret is withheld
 * whole, except for the fact that AWS carried out the call. Sending a question or notification that holds one raises
 * SecretInMessageError. What only looks like a secret is taken out: in a question that can be an old value, because a plan with such text anywhere else is refused before (`refuseIfRedacted`).
 */
export function redactingTransport(transport: Transport, redaction: Redaction): Transport {
  const send = transport.send.bind(transport);
  transport.send = async (message, options) => await send(redactMessage(message, redaction), options);
  return transport;
}

/** The message as it may leave: without secrets, except those that the operator chose to reveal. */
export function redactMessage(message: JSONRPCMessage, redaction: Redaction): JSONRPCMessage {
  const { redactor, reveal, screen } = redaction;
  // Calls that were let through before the server stopped get the constant answer too, whatever they hold.
  if (screen.isClosed && dependsOnMore(message)) return withheld(message, "closed", redaction);
  const checked = withoutRepetition(message);
  // The only place where that is decided: what is looked through is the text that leaves.
  // Protection "answers with a piece of a secret are withheld": without it, `screen.reasonAgainst(checked)` reads `undefined`.
  const reason = screen.reasonAgainst(checked);
  if (reason) return withheld(message, reason, redaction);
  // Protection "messages are redacted": without it, `redactor.redactPatterns(checked)` reads `checked`.
  const isPlain = redactor.redactPatterns(checked) === checked;
  const safe = isPlain ? message : redacted(message, redactor);
  return reveal ? reveal.fillPlaceholders(safe) : safe;
}

/** Whether a message is an answer other than those to `initialize`, `server/discover` and `ping`, which are the same for everybody. */
function dependsOnMore(message: JSONRPCMessage): boolean {
  if ("method" in message || message.id === undefined) return false;
  if (!("result" in message)) return true;
  const { result } = message;
  return !("protocolVersion" in result || "supportedVersions" in result || Object.keys(result).length === 0);
}

/**
 * The constant that stands in place of an answer: the same one that a screened request gets, or that AWS carried the call out. No
 * answer says that nothing was changed unless that is so.
 */
function withheld(message: JSONRPCMessage, reason: ScreenReason, { redactor }: Redaction): JSONRPCMessage {
  if ("method" in message || message.id === undefined) throw new SecretInMessageError();
  const refusal = screenRefusals[reason];
  if (!("result" in message && ("content" in message.result || "inputRequests" in message.result)))
    return errorMessage(message.id, refusal);
  const outcome = outcomeOf(message.result);
  const told = (outcome && withheldOutcome(outcome, reason, redactor)) ?? refusal;
  return { jsonrpc: "2.0", id: message.id, result: { ...resultOf(told), ...membersToKeep(message.result) } };
}

/** The message without what looks like a secret. */
function redacted(message: JSONRPCMessage, redactor: Redactor): JSONRPCMessage {
  const safe = redactor.redactPatterns(message);
  // The client chose the id, and finds the call that is answered by it.
  if ("id" in safe && "id" in message && message.id !== undefined) safe.id = message.id;
  // Generated again from the redacted content, so that it remains valid JSON.
  if ("result" in safe && typeof safe.result["structuredContent"] === "object")
    safe.result["content"] = textOf(safe.result["structuredContent"] ?? {});
  return safe;
}

/**
 * What of a message is to be looked through: all but the id, which the client chose, and an answer's structured content where the
 * text beside it is the same object. Every key and value of the one is in the other, letter by letter, unless something was
 * escaped. To check both would double the time.
 */
function withoutRepetition(message: JSONRPCMessage): object {
  const { jsonrpc: _, ...checked } = message as JSONRPCMessage & { id?: unknown };
  delete checked.id;
  if (!("result" in checked)) return checked;
  const { structuredContent, ...rest } = checked.result;
  const [first] = (rest["content"] ?? []) as { text?: string }[];
  const text = first?.text;
  const isSame = text !== undefined && !text.includes("\\") && text === JSON.stringify(structuredContent);
  return isSame ? { ...checked, result: rest } : checked;
}
