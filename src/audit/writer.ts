import { randomBytes } from "node:crypto";
import { basename } from "node:path";
import { openAuditFile } from "./file.ts";
import { writeIdList } from "./id-list.ts";
import type { AuditRecord, AuditWriter } from "./types.ts";

interface Options {
  /** Redacts everything that is written. */
  readonly sanitize: <Value>(value: Value) => Value;
  /** Called with the error if a record cannot be written. */
  readonly onTrouble: (error: unknown) => void;
}

/** The intent cannot be written, so the call must not be sent. */
class AuditError extends Error {
  override readonly name = "AuditError";
}

/** Opens the audit in the file at `path`. Raises UserError. */
export async function openAudit(
  path: string,
  { sanitize, onTrouble }: Options,
): Promise<AuditWriter & { close(): Promise<void> }> {
  const file = await openAuditFile(path);
  const write = async (record: AuditRecord) => file.append(JSON.stringify(sanitize(record)));
  const time = () => new Date().toISOString();
  const newCall = () => randomBytes(9).toString("base64url");
  const writeIntent = async (call: string, intent: Parameters<AuditWriter["recordIntent"]>[0]) => {
    await write({ time: time(), call, record: "intent", ...intent }).catch(refuse);
    return call;
  };
  const refuse = (error: unknown) => {
    onTrouble(error);
    throw new AuditError();
  };
  return {
    recordIntent: (intent) => writeIntent(newCall(), intent),
    async recordBatch(intent, ids) {
      const call = newCall();
      const file = `${path}.${call}.ids`;
      await writeIdList(file, ids, sanitize).catch(refuse);
      return await writeIntent(call, { ...intent, batch: { ...intent.batch, file: basename(file) } });
    },
    // The call is finished and cannot be undone if this record fails. Its outcome stays unknown in the audit.
    recordOutcome: (call, outcome) => write({ time: time(), call, record: "outcome", ...outcome }).catch(onTrouble),
    recordRejection: (unsent) =>
      write({ time: time(), call: newCall(), record: "refused", ...unsent }).catch(onTrouble),
    recordQuestion: (unsent) =>
      write({ time: time(), call: newCall(), record: "question", ...unsent }).catch(onTrouble),
    recordScreening: (screening) =>
      write({ time: time(), call: newCall(), record: "screened", ...screening }).catch(onTrouble),
    recordDecision: (decision) =>
      write({ time: time(), call: newCall(), record: "decision", ...decision }).catch(onTrouble),
    recordChannelRejections: (rejections) =>
      write({ time: time(), call: newCall(), record: "rejected", ...rejections }).catch(onTrouble),
    close: () => file.close(),
  };
}
