/** What hosts send to a server that they start (test/mcp/hosts/README.md has the sources). */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** A message of a host, as it is written. */
export interface HostMessage {
  readonly line: string;
  /** Undefined for a notification. */
  readonly id: string | number | undefined;
  readonly method: string;
}

export interface Host {
  readonly name: string;
  readonly messages: readonly HostMessage[];
}

const folder = fileURLToPath(new URL("../mcp/hosts/", import.meta.url));

export const hosts: readonly Host[] = readdirSync(folder)
  .filter((file) => file.endsWith(".jsonl"))
  .sort()
  .map((file) => ({
    name: file.replace(".jsonl", ""),
    messages: readFileSync(folder + file, "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => {
        const { id, method } = JSON.parse(line);
        return { line, id, method };
      }),
  }));

/** Whether a host waits for the answer to the message before it sends the next one. */
export function isAwaited({ method }: HostMessage): boolean {
  return method === "initialize" || method === "server/discover";
}
