import { randomBytes } from "node:crypto";
import { openAuditFile } from "./file.ts";
import type { Record } from "./record.ts";
import type { Audit } from "./types.ts";

interface Options {
  /** Goes over all that is written. */
  readonly clean: <Value>(value: Value) => Value;
  /** Told why something cannot be written. */
  readonly onTrouble: (error: unknown) => void;
}

/** A call whose intent cannot be written is not sent. */
class AuditError extends Error {
  override readonly name = "AuditError";
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
      await write({ time: time(), call, record: "intent", ...intent }).catch((error: unknown) => {
        onTrouble(error);
        throw new AuditError();
      });
      return call;
    },
    // A call that is over cannot be taken back for want of a record: in the audit its outcome stays unknown.
    ending: (call, ending) => write({ time: time(), call, record: "outcome", ...ending }).catch(onTrouble),
    refused: (turned) => write({ time: time(), call: newCall(), record: "refused", ...turned }).catch(onTrouble),
    close: () => file.close(),
  };
}
