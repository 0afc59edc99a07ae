import { randomBytes } from "node:crypto";
import type { Audit } from "../guards/audit.ts";
import { openAuditFile } from "./file.ts";
import type { Record } from "./record.ts";

interface Options {
  /** Goes over all that is written. */
  readonly clean: <Value>(value: Value) => Value;
  /** Told when an ending or a refusal cannot be written: the call itself is over then. */
  readonly onTrouble: (error: unknown) => void;
}

/** The audit in the file at `path`. Raises AuditFileError. */
export async function openAudit(
  path: string,
  { clean, onTrouble }: Options,
): Promise<Audit & { close(): Promise<void> }> {
  const file = await openAuditFile(path);
  const write = (record: Record) => file.append(JSON.stringify(clean(record)));
  const time = () => new Date().toISOString();
  const newCall = () => randomBytes(9).toString("base64url");
  return {
    async intent(intent) {
      const call = newCall();
      await write({ time: time(), call, record: "intent", ...intent });
      return call;
    },
    ending: (call, ending) => write({ time: time(), call, record: "outcome", ...ending }).catch(onTrouble),
    refused: (turned) => write({ time: time(), call: newCall(), record: "refused", ...turned }).catch(onTrouble),
    close: () => file.close(),
  };
}
