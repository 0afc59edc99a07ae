/** The server of the approval page: shows the plans that wait, as they change, and takes decisions on them. */
import type { PasskeyEvidence, PasskeyProof } from "../../guards/approval/passkey-proof.ts";
import type { ApprovalQueue } from "../../guards/approval/queue.ts";
import type { ShownJobs } from "../../guards/shown-jobs.ts";
import { isRecord } from "../../util/json.ts";
import { quoteUnlessIds } from "../../util/visible-text.ts";
import { challengeFor } from "../passkeys/challenge.ts";
import { isPageAssertion } from "../passkeys/page-assertion.ts";
import type { Passkey } from "../passkeys/passkey.ts";
import { createDecisions, type Verify } from "./decisions.ts";
import { documents } from "./documents.ts";
import { openLoopbackPage, type Route } from "./loopback.ts";
import type { DecideRequest, PageAssertion, PageState, PageVended } from "./page-protocol.ts";
import { createPageQueue } from "./page-view.ts";
import { createTickets, newNonce } from "./tickets.ts";

export interface PageOptions {
  readonly queue: ApprovalQueue;
  readonly isReadable: (plan: unknown) => boolean;
  /** Redacts everything that the page gets. */
  readonly sanitize: <Value>(value: Value) => Value;
  readonly profile: string | undefined;
  /** The port; a free one if undefined. */
  readonly port: number | undefined;
  /** The passkeys that approve, and why their list does not protect, if it does not. */
  readonly keys: () => { readonly keys: readonly Passkey[]; readonly unprotected: string | undefined };
  /** Verifies an assertion that is for this origin. */
  readonly verify: (assertion: PageAssertion, challenge: string, origin: string) => ReturnType<Verify>;
  readonly prove: (evidence: PasskeyEvidence) => PasskeyProof;
  readonly vended: () => readonly PageVended[];
  /** The jobs that run; undefined where there can be none. */
  readonly jobs?: (() => Pick<ShownJobs, "running" | "stop">) | undefined;
  readonly onInvalidAnswer: (reason: string) => void;
  readonly onRefused: (reason: string) => void;
  readonly onFault: (error: unknown) => void;
}

export interface OpenPage {
  /** `http://localhost:PORT`: without the token it shows nothing. */
  readonly origin: string;
  /** The same with the token. */
  readonly address: string;
  /** Resolves with true when a page with the token asks for the plans, and with false after `timeoutMs`. */
  whenShown(timeoutMs: number): Promise<boolean>;
  /** Whether a page is open that shows the plans. */
  isShown(): boolean;
  close(): void;
}

/** How often a line is sent that keeps the connection alive, and plans are looked at that may have expired, in milliseconds. */
const TICK_MS = 1_000;

/** Challenges to unlock a page that can be open at once. */
const MAX_UNLOCKING = 64;

/** Raises UserError if the page cannot be opened. */
export async function openPage(options: PageOptions): Promise<OpenPage> {
  const { queue, isReadable, sanitize, profile, port, keys, verify, prove, vended, jobs } = options;
  const { onInvalidAnswer, onRefused, onFault } = options;
  const view = createPageQueue({ queue, isReadable, profile });
  // Apart from those of plans, because every program of the machine can ask for these.
  const unlocking = createTickets<{ readonly challenge: string }>({ now: Date.now, max: MAX_UNLOCKING });
  let origin = "";
  let open = 0;
  const waiters = new Set<() => void>();
  const decisions = createDecisions({
    queue,
    waiting: view.waiting,
    verify: async (assertion, challenge) => await verify(assertion, challenge, origin),
    keys: () => keys().keys,
    origin: () => origin,
    prove,
    onInvalidAnswer,
  });

  function state(): PageState {
    const { plans, ended } = view.read();
    const list = keys();
    return {
      plans,
      ended,
      vended: vended(),
      jobs: (jobs?.().running() ?? []).map(({ id, tool, target, progress }) => ({
        id,
        title: `${tool}, ${quoteUnlessIds(target)}: ${progress}`,
      })),
      keys: list.keys.map(({ id, label, added, transports }) => ({ id, label, added, transports })),
      ...(list.unprotected !== undefined && list.keys.length > 0 && { unprotected: list.unprotected }),
    };
  }

  function stream(write: (line: string) => void, closed: AbortSignal): void {
    let last = "";
    const send = () => {
      const line = JSON.stringify(sanitize(state()));
      write(line === last ? "" : line);
      last = line;
    };
    const unsubscribe = queue.subscribe(() => setImmediate(() => closed.aborted || send()));
    const timer = setInterval(send, TICK_MS).unref();
    open += 1;
    closed.addEventListener("abort", () => {
      open -= 1;
      unsubscribe();
      clearInterval(timer);
    });
    send();
    for (const shown of waiters) shown();
  }

  const routes: Readonly<Record<string, Route>> = {
    "/plans": { needsToken: true, answer: () => ({ stream }) },
    "/challenge": {
      needsToken: true,
      answer(body) {
        const bindings = isRecord(body) ? body["bindings"] : undefined;
        const challenge = isTexts(bindings) ? decisions.challenge({ bindings }) : undefined;
        return challenge && { json: challenge };
      },
    },
    "/decide": {
      needsToken: true,
      async answer(body) {
        const request = readDecision(body);
        const answer = request && (await decisions.decide(request));
        return answer && { json: sanitize(answer) };
      },
    },
    "/stop": {
      needsToken: true,
      answer(body) {
        const job = isRecord(body) ? body["job"] : undefined;
        return typeof job === "string" ? { json: { stopped: jobs?.().stop(job) === true } } : undefined;
      },
    },
    "/unlock-challenge": {
      needsToken: false,
      answer() {
        const challenge = challengeFor("unlock", [], newNonce());
        const ticket = unlocking.issue({ challenge });
        return { json: { ticket, challenge, keys: keys().keys.map(({ id, transports }) => ({ id, transports })) } };
      },
    },
    "/unlock": {
      needsToken: false,
      async answer(body) {
        if (!isRecord(body) || !isPageAssertion(body["assertion"])) return undefined;
        const ticket = unlocking.take(body["ticket"]);
        if (!ticket) return { json: { refused: "The request to the passkey has expired. Try again." } };
        const verified = await verify(body["assertion"], ticket.challenge, origin);
        if ("key" in verified) return { json: { token: page.token } };
        onInvalidAnswer(verified.why);
        return { json: { refused: verified.why } };
      },
    },
  };
  const page = await openLoopbackPage({ document: documents.approve, routes, port, onRefused, onFault });
  ({ origin } = page);
  return {
    origin,
    address: `${origin}/#${page.token}`,
    isShown: () => open > 0,
    async whenShown(timeoutMs) {
      if (open > 0) return true;
      return await new Promise((resolve) => {
        const end = (shown: boolean) => {
          clearTimeout(timer);
          waiters.delete(onShown);
          resolve(shown);
        };
        const onShown = () => end(true);
        const timer = setTimeout(() => end(false), timeoutMs);
        waiters.add(onShown);
      });
    },
    close: page.close,
  };
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}

function readDecision(body: unknown): DecideRequest | undefined {
  if (!isRecord(body) || !Array.isArray(body["answers"])) return undefined;
  const answers = (body["answers"] as unknown[]).flatMap((one) =>
    isRecord(one) && typeof one["binding"] === "string" && typeof one["said"] === "string"
      ? { binding: one["binding"], said: one["said"] }
      : [],
  );
  if (answers.length < body["answers"].length) return undefined;
  const { ticket, assertion } = body;
  if (assertion === undefined) return { answers };
  if (typeof ticket !== "string" || !isPageAssertion(assertion)) return undefined;
  return { answers, ticket, assertion };
}
