/** The approval page on a server of its own, which shows given plans and keeps what the page sends. */
import { randomBytes } from "node:crypto";
import { makeDocuments } from "../../scripts/documents.ts";
import { type Answer, type LoopbackPage, openLoopbackPage } from "../../src/operator/web/loopback.ts";
import type {
  DecideAnswer,
  DecideRequest,
  PageChallenge,
  PageState,
  UnlockAnswer,
} from "../../src/operator/web/page-protocol.ts";

let documents: ReturnType<typeof makeDocuments> | undefined;

/** As the build makes them. */
export async function pageDocuments(): ReturnType<typeof makeDocuments> {
  documents ??= makeDocuments();
  return await documents;
}

interface Script {
  /** What the page shows first. */
  readonly state?: PageState;
  readonly keys?: PageChallenge["keys"];
  readonly port?: number;
  /** What a decision leads to. */
  readonly onDecide?: (request: DecideRequest, page: ApprovalPage) => DecideAnswer;
  /** Whether a job was stopped. */
  readonly onStop?: () => boolean;
  readonly onUnlock?: (page: ApprovalPage) => UnlockAnswer;
}

export interface ApprovalPage extends Disposable {
  readonly origin: string;
  readonly port: number;
  readonly token: string;
  /** The address with the token. */
  readonly address: string;
  /** What the page sent, but for the requests of the plans. */
  readonly sent: readonly { readonly path: string; readonly body: unknown }[];
  readonly refused: readonly string[];
  /** How many streams are open. */
  readonly streams: () => number;
  /** How often the document was sent. */
  readonly loads: () => number;
  show(state: PageState): void;
  /** Ends the server, as one does that has nothing to show. */
  end(): void;
}

export async function startApprovalPage(script: Script = {}): Promise<ApprovalPage> {
  const { keys = [], onDecide, onUnlock } = script;
  let state: PageState = script.state ?? { plans: [], ended: [], vended: [], jobs: [], keys: [] };
  const sent: { path: string; body: unknown }[] = [];
  const refused: string[] = [];
  const streams = new Map<(line: string) => void, AbortSignal>();
  let loads = 0;

  const route = (path: string, needsToken: boolean, answer: (body: unknown) => object) => ({
    needsToken,
    answer(body: unknown): Answer {
      sent.push({ path, body });
      return { json: answer(body) };
    },
  });
  const challenge = (): PageChallenge => ({
    ticket: randomBytes(8).toString("base64url"),
    challenge: randomBytes(32).toString("base64url"),
    keys,
  });
  const server: LoopbackPage = await openLoopbackPage({
    document: (await pageDocuments()).approve,
    port: script.port,
    onDocument: () => {
      loads += 1;
    },
    onRefused: (reason) => refused.push(reason),
    onFault: (error) => refused.push(String(error)),
    routes: {
      "/plans": {
        needsToken: true,
        answer: () => ({
          stream(write, closed) {
            streams.set(write, closed);
            closed.addEventListener("abort", () => streams.delete(write));
            write(JSON.stringify(state));
            write("");
          },
        }),
      },
      "/challenge": route("/challenge", true, challenge),
      "/unlock-challenge": route("/unlock-challenge", false, challenge),
      "/decide": route("/decide", true, (body) => onDecide?.(body as DecideRequest, page) ?? { results: [] }),
      "/stop": route("/stop", true, () => ({ stopped: script.onStop?.() ?? true })),
      "/unlock": route("/unlock", false, () => onUnlock?.(page) ?? { token: server.token }),
    },
  });
  const page: ApprovalPage = {
    origin: server.origin,
    port: server.port,
    token: server.token,
    address: `${server.origin}/#${server.token}`,
    sent,
    refused,
    streams: () => streams.size,
    loads: () => loads,
    show(next) {
      state = next;
      for (const write of streams.keys()) write(JSON.stringify(state));
    },
    end: () => server.close(),
    [Symbol.dispose]: () => server.close(),
  };
  return page;
}
