/** The approval page as a way to ask: when it is opened, in which browser, and when it ends. */

import { provePlans } from "../guards/approval/passkey-proof.ts";
import type { ApprovalQueue } from "../guards/approval/queue.ts";
import type { PageOpening, PageView } from "../guards/approval/views.ts";
import type { ShownJobs } from "../guards/shown-jobs.ts";
import { isUserError } from "../util/user-error.ts";
import type { PageAddress } from "./channel-protocol.ts";
import type { KeyRing } from "./passkeys/key-ring.ts";
import type { Opening } from "./web/opener.ts";
import type { PageVended } from "./web/page-protocol.ts";
import type { OpenPage } from "./web/page-server.ts";

interface Options {
  readonly queue: ApprovalQueue;
  /** Whether the operator named the page as a way. */
  readonly isNamed: boolean;
  /** The port; a free one if undefined. */
  readonly port: number | undefined;
  readonly keys: KeyRing;
  /** The command with which a person opens the page. */
  readonly command: string;
  /** The command that enrolls a passkey. */
  readonly enrollCommand: string;
  /** Why no browser can be started; undefined if one can. */
  readonly whyNoBrowser: () => string | undefined;
  readonly openBrowser: (url: string) => Promise<Opening>;
  readonly profile: string | undefined;
  readonly isReadable: (plan: unknown) => boolean;
  readonly sanitize: <Value>(value: Value) => Value;
  readonly vended: () => readonly PageVended[];
  readonly jobs?: (() => Pick<ShownJobs, "running" | "stop">) | undefined;
  readonly onInvalidAnswer: (reason: string) => void;
  readonly onRefused: (reason: string) => void;
  readonly onFault: (error: unknown) => void;
}

export interface ApprovalPage extends PageView {
  /** Where a person opens the page themselves. Raises UserError if it cannot be opened. */
  address(): Promise<PageAddress>;
  close(): void;
}

/** How long a browser may take to load the page, in milliseconds. */
const LOAD_MS = 15_000;

/** How long the page stays after the last plan, in milliseconds: a person reads what became of it. */
const LINGER_MS = 30_000;

/** How often it is checked whether a plan still waits, in milliseconds. */
const CHECK_MS = 1_000;

export function createApprovalPage(options: Options): ApprovalPage {
  const { queue, isNamed, port, keys, command, enrollCommand, whyNoBrowser, openBrowser, onInvalidAnswer, onFault } =
    options;
  let page: Promise<OpenPage> | undefined;
  /** The browser is started once while plans wait, however many there are. */
  let attempt: Promise<PageOpening> | undefined;
  let checking: NodeJS.Timeout | undefined;
  let unsubscribe: (() => void) | undefined;
  /** When a plan last waited, in milliseconds since the epoch. */
  let lastUse = 0;

  async function load(): Promise<OpenPage> {
    const [{ openPage }] = await Promise.all([import("./web/page-server.ts"), keys.prepare()]);
    return await openPage({ ...options, port, keys: keys.current, verify: keys.verify, prove: provePlans });
  }

  function ready(): Promise<OpenPage> {
    page ??= load();
    page.catch(close);
    lastUse = Date.now();
    checking ??= setInterval(closeIfUnused, CHECK_MS).unref();
    // A plan can come and be decided between two checks.
    unsubscribe ??= queue.subscribe(noteUse);
    return page;
  }

  function noteUse(): void {
    // A job is stopped on the page too.
    if (queue.waiting().length > 0 || (options.jobs?.().running().length ?? 0) > 0) lastUse = Date.now();
  }

  function closeIfUnused(): void {
    noteUse();
    if (Date.now() - lastUse >= LINGER_MS) close();
  }

  function close(): void {
    clearInterval(checking);
    checking = undefined;
    unsubscribe?.();
    unsubscribe = undefined;
    page?.then(
      (open) => open.close(),
      () => {},
    );
    page = undefined;
    attempt = undefined;
  }

  async function show(open: OpenPage): Promise<string | undefined> {
    const opening = await openBrowser(open.address);
    if (!opening.started) return `The approval page was not opened: ${opening.why}.`;
    const isShown = await open.whenShown(LOAD_MS);
    opening.loaded();
    return isShown ? undefined : `The approval page was not loaded within ${LOAD_MS / 1000} seconds.`;
  }

  async function start(): Promise<PageOpening> {
    try {
      const open = await ready();
      const failure = open.isShown() ? undefined : await show(open);
      if (failure !== undefined) onInvalidAnswer(failure);
      return { failure, address: keys.current().keys.length > 0 ? open.origin : undefined };
    } catch (error) {
      if (!isUserError(error)) onFault(error);
      const failure = isUserError(error) ? error.message : "The approval page cannot be opened.";
      onInvalidAnswer(failure);
      return { failure };
    }
  }

  return {
    isWanted(level, inForm) {
      if (level === "passkey" || isNamed || keys.current().keys.length > 0) return true;
      return !inForm && whyNoBrowser() === undefined;
    },
    async open(level) {
      if (level === "passkey" && keys.current().keys.length === 0) {
        const failure = `No passkey can approve this: none that was enrolled when the server started is enrolled now. A person enrolls one with ${enrollCommand}, and restarts the server.`;
        onInvalidAnswer(failure);
        return { failure };
      }
      attempt ??= start();
      const { failure, address } = await attempt;
      // A person can have opened or closed it since.
      const isShown = page !== undefined && (await page).isShown();
      if (isShown) return { address };
      return { failure: failure ?? "The approval page was closed.", address, command };
    },
    async address() {
      const { address, origin, isShown } = await ready();
      return { address, withPasskey: keys.current().keys.length > 0 ? origin : undefined, isShown: isShown() };
    },
    close,
  };
}
