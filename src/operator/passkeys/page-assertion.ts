/** The form of an assertion, as a page or a record has it. */
import { isRecord } from "../../util/json.ts";
import type { PageAssertion } from "../web/page-protocol.ts";
import { isBase64Url } from "./passkey.ts";

/** Limits for the parts of an assertion, in bytes. */
const MAX = { id: 1_023, clientDataJSON: 4_096, authenticatorData: 4_096, signature: 1_024 };

/** Whether the value has the form of an assertion. */
export function isPageAssertion(value: unknown): value is PageAssertion {
  if (!isRecord(value)) return false;
  return (["id", "clientDataJSON", "authenticatorData", "signature"] as const).every((name) =>
    isBase64Url(value[name], MAX[name]),
  );
}
