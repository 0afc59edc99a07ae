/** A real server whose approval page opens in a program that a test controls, and the plans as the page gets them. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AuditRecord } from "../../src/audit/types.ts";
import { type Passkey, renderList } from "../../src/operator/passkeys/passkey.ts";
import {
  type ChallengeRequest,
  type DecideAnswer,
  type DecideRequest,
  DOCUMENT_HEADER,
  type PageChallenge,
  type PageState,
  TOKEN_HEADER,
} from "../../src/operator/web/page-protocol.ts";
import { type Respond, type Service, type Session, type SessionOptions, startServer } from "./client.ts";
import { type FakeBrowser, fakeBrowser } from "./fake-browser.ts";
import { loadPage, type OpenPage } from "./page-client.ts";

export interface PageSession extends AsyncDisposable {
  readonly session: Session;
  readonly browser: FakeBrowser;
  /** The file of the audit. */
  readonly auditFile: string;
  /** The folder in which the server keeps its files. */
  readonly folder: string;
  audit(): AuditRecord[];
  /** Writes the list of passkeys of the user. */
  setKeys(keys: readonly Passkey[]): void;
  /** Loads the page that the server opened, as a browser does. It shows the plans until `close` is called. */
  open(address?: string): Promise<Shown>;
}

/** A page that a browser shows. */
export interface Shown extends Disposable {
  readonly page: OpenPage;
  /** Resolves to the state of the page as soon as it fits. */
  state(fits?: (state: PageState) => boolean): Promise<PageState>;
  challenge(...bindings: string[]): Promise<PageChallenge>;
  decide(request: DecideRequest): Promise<DecideAnswer["results"]>;
}

interface Options {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly keys?: readonly Passkey[];
  readonly respond?: Respond;
  readonly capabilities?: SessionOptions["capabilities"];
  readonly era?: SessionOptions["era"];
}

export async function startPageSession(
  service: Service,
  { args = ["--ask", "page"], env = {}, keys = [], respond, capabilities, era }: Options = {},
): Promise<PageSession> {
  const folder = mkdtempSync(join(tmpdir(), "cognito-identity-page-"));
  const auditFile = join(folder, "audit.jsonl");
  const browser = fakeBrowser();
  const setKeys = (list: readonly Passkey[]) => {
    mkdirSync(join(folder, "cognito-identity-mcp"), { recursive: true, mode: 0o700 });
    writeFileSync(join(folder, "cognito-identity-mcp", "passkeys.json"), renderList({ keys: list, requires: false }), {
      mode: 0o600,
    });
  };
  if (keys.length > 0) setKeys(keys);
  const session = await startServer({
    args: ["--audit", auditFile, "--call-wait", "20", ...args],
    env: {
      ...service.env,
      ...browser.env,
      XDG_CONFIG_HOME: folder,
      XDG_RUNTIME_DIR: folder,
      COGNITO_IDENTITY_MCP_CALL_WAIT: "",
      ...env,
    },
    ...(respond && { respond }),
    ...(capabilities && { capabilities }),
    ...(era && { era }),
  });
  return {
    session,
    browser,
    auditFile,
    folder,
    audit: () =>
      readFileSync(auditFile, "utf8")
        .split("\n")
        .slice(0, -1)
        .map((line) => JSON.parse(line) as AuditRecord),
    setKeys,
    open: async (address) => await show(address ?? (await browser.address())),
    async [Symbol.asyncDispose]() {
      await session[Symbol.asyncDispose]();
      browser[Symbol.dispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Loads the page at an address with its token. It shows the plans until it is disposed of. */
export async function show(address: string): Promise<Shown> {
  const page = await loadPage(address);
  const [, value = ""] = /<meta name="document" content="([^"]+)"/.exec(page.html) ?? [];
  const looks = new Set<(state: PageState) => void>();
  let latest: PageState | undefined;
  let text = "";
  const { port, host, hash } = new URL(address);
  const stream = request(
    {
      host: "127.0.0.1",
      port,
      method: "POST",
      path: "/plans",
      agent: false,
      headers: {
        host,
        origin: page.origin,
        "content-type": "application/json",
        "sec-fetch-site": "same-origin",
        [DOCUMENT_HEADER]: value,
        [TOKEN_HEADER]: hash.slice(1),
      },
    },
    (response) => {
      response.on("data", (chunk: Buffer) => {
        text += chunk.toString();
        const lines = text.split("\n");
        text = lines.pop() ?? "";
        for (const line of lines) {
          if (line === "") continue;
          latest = JSON.parse(line) as PageState;
          for (const look of looks) look(latest);
        }
      });
      response.on("error", () => {});
    },
  );
  // The server ends the stream when it ends.
  stream.on("error", () => {});
  stream.end("{}");
  return {
    page,
    async state(fits = ({ plans }) => plans.length > 0) {
      return await new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`the page never was so: ${JSON.stringify(latest)}`)), 20_000);
        const look = (state: PageState) => {
          if (!fits(state)) return;
          clearTimeout(timer);
          looks.delete(look);
          resolve(state);
        };
        looks.add(look);
        if (latest) look(latest);
      });
    },
    challenge: async (...bindings) =>
      await page.post<PageChallenge>("/challenge", { bindings } satisfies ChallengeRequest),
    decide: async (decision) => (await page.post<DecideAnswer>("/decide", decision)).results,
    [Symbol.dispose]: () => stream.destroy(),
  };
}
