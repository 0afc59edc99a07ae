/** What the page of `enroll` asks, step by step: a key that is enrolled agrees, then a new key is made. */
import { randomBytes } from "node:crypto";
import { verifyAssertion } from "../../operator/passkeys/assertion.ts";
import { challengeFor } from "../../operator/passkeys/challenge.ts";
import { isPageAssertion } from "../../operator/passkeys/page-assertion.ts";
import { isLabel, MAX_LABEL, type Passkey } from "../../operator/passkeys/passkey.ts";
import { isPageCredential, verifyRegistration } from "../../operator/passkeys/registration.ts";
import type { Confirmed, EnrollEnd, EnrollStep } from "../../operator/web/enroll-protocol.ts";
import type { Route } from "../../operator/web/loopback.ts";
import { createTickets, newNonce } from "../../operator/web/tickets.ts";
import { isRecord } from "../../util/json.ts";

export type NewKey = Omit<Passkey, "added">;

interface Options {
  /** The keys one of which must agree. If there is none, nobody has to. */
  readonly agreeing: readonly Passkey[];
  /** The new key; undefined if none is made. */
  readonly adds:
    | {
        /** What the page suggests as the label. */
        readonly label: string;
        /** What browsers and password managers show for the key. */
        readonly userName: string;
        /** The keys that are enrolled already. */
        readonly existing: readonly Passkey[];
      }
    | undefined;
  /** What an enrolled key confirms, if one must. */
  readonly confirms: Confirmed;
  /** The origin of the page. */
  readonly origin: () => string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Called once, with the new key if one is made, when everything was verified. Its message is shown on the page. */
  readonly onDone: (key: NewKey | undefined) => string;
  /** Called with the reason when something was not valid. */
  readonly onRefused: (reason: string) => void;
}

/** Challenges that can be open at once. */
const MAX_TICKETS = 32;

interface Ticket {
  readonly state: "assert" | "create";
  readonly challenge: string;
}

/** The routes of the page. */
export function createCeremony({
  agreeing,
  adds,
  confirms,
  origin,
  now,
  onDone,
  onRefused,
}: Options): Readonly<Record<string, Route>> {
  const tickets = createTickets<Ticket>({ now, max: MAX_TICKETS });
  let isDone = false;

  function issue(state: Ticket["state"]): { ticket: string; challenge: string } {
    const challenge = challengeFor("manage keys", [], newNonce());
    return { ticket: tickets.issue({ state, challenge }), challenge };
  }

  /** The challenge of a ticket, which is valid once. */
  function take(ticket: unknown, state: Ticket["state"]): string | undefined {
    const found = tickets.take(ticket);
    return found?.state === state ? found.challenge : undefined;
  }

  function refused(reason: string): EnrollEnd {
    onRefused(reason);
    return { state: "refused", message: `${reason} Nothing was changed. Reload this page to try again.` };
  }

  function done(key: NewKey | undefined): EnrollEnd {
    isDone = true;
    return { state: "done", message: onDone(key) };
  }

  function createStep(): EnrollStep {
    if (!adds) return done(undefined);
    return {
      state: "create",
      ...issue("create"),
      // A new id each time: authenticators replace the key of a user that they know, also one for another machine.
      user: { id: randomBytes(16).toString("base64url"), name: adds.userName },
      exclude: adds.existing.map(({ id }) => id),
      label: adds.label,
    };
  }

  function firstStep(): EnrollStep {
    if (agreeing.length === 0) return createStep();
    const keys = agreeing.map(({ id, transports }) => ({ id, transports }));
    return { state: "assert", ...issue("assert"), keys, confirms };
  }

  async function assert(body: unknown): Promise<EnrollStep | undefined> {
    if (!isRecord(body) || !isPageAssertion(body["assertion"])) return undefined;
    const challenge = take(body["ticket"], "assert");
    if (challenge === undefined) return refused("It took too long.");
    const verified = await verifyAssertion({
      assertion: body["assertion"],
      challenge,
      origin: origin(),
      keys: agreeing,
    });
    if (isDone) return finished;
    // The next step goes to whoever had the key, in this answer alone.
    return "why" in verified ? refused(verified.why) : createStep();
  }

  async function register(body: unknown): Promise<EnrollEnd | undefined> {
    if (!isRecord(body) || !isPageCredential(body["credential"]) || typeof body["label"] !== "string") return undefined;
    const challenge = take(body["ticket"], "create");
    if (challenge === undefined || !adds) return refused("It took too long.");
    const label = body["label"].trim();
    if (!isLabel(label)) return refused(`The name must have 1 to ${MAX_LABEL} characters, all of which can be seen.`);
    const verified = await verifyRegistration({ credential: body["credential"], challenge, origin: origin() });
    if (isDone) return finished;
    if ("why" in verified) return refused(verified.why);
    const { existing } = adds;
    if (existing.some(({ id }) => id === verified.key.id)) return refused("This passkey is enrolled already.");
    return done({ ...verified.key, label: uniqueLabel(label, existing) });
  }

  const route = (answer: (body: unknown) => EnrollStep | undefined | Promise<EnrollStep | undefined>): Route => ({
    needsToken: true,
    async answer(body) {
      const step = isDone ? finished : await answer(body);
      return step && { json: step };
    },
  });
  return {
    "/enroll-options": route(firstStep),
    "/assert": route(assert),
    "/register": route(register),
  };
}

const finished: EnrollEnd = {
  state: "refused",
  message:
    "This page was used already, and nothing was changed by it now. If that was not you, press Ctrl+C in the terminal.",
};

/** The label, or the label with a number if another key has it. */
export function uniqueLabel(label: string, existing: readonly Passkey[]): string {
  const isTaken = (text: string) => existing.some((key) => key.label === text);
  if (!isTaken(label)) return label;
  for (let number = 2; ; number += 1) {
    const ending = ` (${number})`;
    const numbered = `${label.slice(0, MAX_LABEL - ending.length).trim()}${ending}`;
    if (!isTaken(numbered)) return numbered;
  }
}
