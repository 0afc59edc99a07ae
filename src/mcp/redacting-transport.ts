import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import type { JSONRPCMessage } from "@modelcontextprotocol/sdk/types.js";
import type { Services } from "../call/types.ts";
import type { Redactor } from "../guards/redaction/redactor.ts";
import { textOf } from "./result.ts";

type Redaction = Pick<Services, "redactor" | "reveal">;

/** The same transport, which redacts every outgoing message: responses, errors and requests. */
export function redactingTransport(transport: Transport, redaction: Redaction): Transport {
  const send = transport.send.bind(transport);
  transport.send = (message, options) => send(redactMessage(message, redaction), options);
  return transport;
}

/** The message without secrets, except those that the operator chose to reveal. */
export function redactMessage(message: JSONRPCMessage, { redactor, reveal }: Redaction): JSONRPCMessage {
  // Protection "messages are redacted": without it, `withoutSecrets(message, redactor)` reads `message`.
  const safe = withoutSecrets(message, redactor);
  return reveal ? reveal.fillPlaceholders(safe) : safe;
}

function withoutSecrets(message: JSONRPCMessage, redactor: Redactor): JSONRPCMessage {
  const checked = withoutRepetition(message);
  if (redactor.redactDeep(checked) === checked) return message;
  const safe = redactor.redactDeep(message);
  // The id stays unchanged: the client chose it, and needs it to match the response to its request.
  if ("id" in safe && "id" in message && message.id !== undefined) safe.id = message.id;
  // Generated again from the redacted content, so that it remains valid JSON.
  if ("result" in safe && typeof safe.result["structuredContent"] === "object")
    safe.result["content"] = textOf(safe.result["structuredContent"] ?? {});
  return safe;
}

/**
 * The message without the structured content of a response if its text is the same object: every key and value of the
 * one is literally in the other, unless something was escaped. Checking both would double the time.
 */
function withoutRepetition(message: JSONRPCMessage): JSONRPCMessage {
  if (!("result" in message)) return message;
  const { structuredContent, ...rest } = message.result;
  const [first] = (rest["content"] ?? []) as { text?: string }[];
  const text = first?.text;
  const isSame = text !== undefined && !text.includes("\\") && text === JSON.stringify(structuredContent);
  return isSame ? { ...message, result: rest } : message;
}
