/** Opens the page of `enroll`, and waits for the person. */
import { randomInt } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import type { Passkey } from "../../operator/passkeys/passkey.ts";
import { fingerprintOf } from "../../operator/passkeys/proof.ts";
import { documents } from "../../operator/web/documents.ts";
import type { Confirmed } from "../../operator/web/enroll-protocol.ts";
import { openLoopbackPage } from "../../operator/web/loopback.ts";
import { openBrowser } from "../../operator/web/opener.ts";
import { isolate, quote } from "../../util/visible-text.ts";
import { readLine } from "../terminal/read-line.ts";
import { createCeremony, type NewKey } from "./ceremony.ts";

export interface Machine {
  /** The channel folder. */
  readonly folder: string;
  /** The program that opens the page, if it is not that of the system; `none` for no browser. */
  readonly browser: string | undefined;
  readonly platform: NodeJS.Platform;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The port of the page; a free one if undefined. */
  readonly port: number | undefined;
  /** What browsers and password managers show for a new key. */
  readonly userName: string;
}

interface Wanted {
  readonly agreeing: readonly Passkey[];
  readonly adds: { readonly label: string; readonly existing: readonly Passkey[] } | undefined;
  readonly confirms: Confirmed;
  /** Whether the person types a code from the page: a program that is faster than the person sees it instead of them. */
  readonly asksCode: boolean;
}

/** How long the person has, in milliseconds. */
const TIMEOUT_MS = 300_000;

/** For the last answer, so that the page shows it before its server ends, in milliseconds. */
const LINGER_MS = 500;

const CODE_CHARACTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

const MAX_CODE_TRIES = 3;

/** Gives the new key if one was to be made; undefined if nothing was decided. Raises UserError. */
export async function openEnrollPage(
  machine: Machine,
  say: (line: string) => void,
  wanted: Wanted,
): Promise<{ readonly key: NewKey | undefined } | undefined> {
  const { adds, asksCode } = wanted;
  const code = Array.from({ length: 6 }, () => CODE_CHARACTERS[randomInt(CODE_CHARACTERS.length)]).join("");
  let resolve = (_: { readonly key: NewKey | undefined }) => {};
  const done = new Promise<{ readonly key: NewKey | undefined }>((settle) => {
    resolve = settle;
  });
  const problems = new Set<string>();
  const report = (reason: string) => {
    // Each once, however often a program repeats it.
    if (problems.size < 16 && !problems.has(reason)) say(`Refused: ${reason}`);
    problems.add(reason);
  };
  let loaded = () => {};
  const page = await openLoopbackPage({
    document: documents.enroll,
    port: machine.port,
    onDocument: () => loaded(),
    onRefused: (reason) => report(`${reason}.`),
    // A defect ends the command, as anywhere else.
    onFault: (error) => {
      throw error;
    },
    routes: createCeremony({
      ...wanted,
      adds: adds && { ...adds, userName: machine.userName },
      origin: () => page.origin,
      now: Date.now,
      onRefused: report,
      onDone(key) {
        resolve({ key });
        if (!key) return "Confirmed. Go back to the terminal.";
        return asksCode
          ? `The passkey was made, and is not saved yet. Go back to the terminal, and type this code there: ${code}`
          : "The passkey was made. The terminal shows whether it was saved.";
      },
    }),
  });
  try {
    const url = `${page.origin}/#${page.token}`;
    const opening = await openBrowser({ ...machine, url });
    if (opening.started) loaded = opening.loaded;
    say(
      opening.started
        ? "A page was opened in your browser. It is also at this address:"
        : `No browser was opened: ${opening.why}. Open this page in a browser on this machine:`,
    );
    say(`  ${url}`);
    say("The page ends after 5 minutes. To cancel, press Ctrl+C.");
    const result = await Promise.race([done, wait(TIMEOUT_MS, undefined, { ref: false })]);
    if (!result) {
      say("Nothing happened on the page within 5 minutes. Nothing was changed.");
      return undefined;
    }
    await wait(LINGER_MS);
    if (result.key) {
      say(`New passkey ${isolate(quote(result.key.label))}, public key ${fingerprintOf(result.key.publicKey)}.`);
      if (asksCode && !(await isTyped(code))) {
        say("The code is not that of the page. Nothing was changed.");
        return undefined;
      }
    }
    return result;
  } finally {
    loaded();
    page.close();
  }
}

async function isTyped(code: string): Promise<boolean> {
  for (let tries = 0; tries < MAX_CODE_TRIES; tries += 1) {
    const { said } = await readLine("Type the code that the page shows: ", process.stdout);
    if (said === undefined) return false;
    if (said.trim().toUpperCase() === code) return true;
  }
  return false;
}
