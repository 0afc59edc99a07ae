/** A program in the place of the browser: it keeps what it is told to open. */
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

export interface FakeBrowser extends Disposable {
  readonly env: Readonly<Record<string, string>>;
  /** The addresses that it was led to, with their tokens. */
  opened(): string[];
  /** The first of them, as soon as there is one. */
  address(): Promise<string>;
}

const PATIENCE_MS = 20_000;

export function fakeBrowser(): FakeBrowser {
  const folder = mkdtempSync(join(tmpdir(), "cognito-identity-browser-"));
  const program = join(folder, "browser");
  const pages = join(folder, "pages");
  writeFileSync(program, `#!/bin/sh\ncat "$1" >> '${pages}'\n`);
  chmodSync(program, 0o755);
  const opened = () =>
    existsSync(pages)
      ? [...readFileSync(pages, "utf8").matchAll(/url=(http[^"]+)"/g)].flatMap(([, address]) => address ?? [])
      : [];
  return {
    env: { COGNITO_IDENTITY_MCP_BROWSER: program },
    opened,
    async address() {
      for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await wait(20)) {
        const [first] = opened();
        if (first !== undefined) return first;
      }
      throw new Error("no browser was opened");
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}
