/** Decides plans as the approval page asks for it: each answer alone, or a yes to several with one assertion of a passkey. */
import type { PasskeyEvidence, PasskeyProof } from "../../guards/approval/passkey-proof.ts";
import { readTyped } from "../../guards/approval/question.ts";
import type { ApprovalQueue, QueuedPlan } from "../../guards/approval/queue.ts";
import { quote } from "../../util/visible-text.ts";
import { challengeFor, type Subject } from "../passkeys/challenge.ts";
import type { Passkey } from "../passkeys/passkey.ts";
import type { ChallengeRequest, DecideAnswer, DecideRequest, PageAssertion, PageChallenge } from "./page-protocol.ts";
import { createTickets, newNonce } from "./tickets.ts";

/** Challenges of this page that can be open at once. */
const MAX_TICKETS = 64;

type Result = DecideAnswer["results"][number];

/** Verifies an assertion for a ticket. Gives the key, or why not in a sentence. */
export type Verify = (
  assertion: PageAssertion,
  challenge: string,
) => Promise<{ readonly key: Passkey; readonly unprotected: string | undefined } | { readonly why: string }>;

interface Options {
  readonly queue: ApprovalQueue;
  /** The plans that the page shows. */
  readonly waiting: () => readonly QueuedPlan[];
  readonly verify: Verify;
  readonly keys: () => readonly Passkey[];
  readonly origin: () => string;
  readonly prove: (evidence: PasskeyEvidence) => PasskeyProof;
  /** Called with the reason when an answer decided nothing. */
  readonly onInvalidAnswer: (reason: string) => void;
}

export interface Decisions {
  /** A challenge that a passkey approves these plans with; undefined if they cannot be approved together. */
  challenge(request: ChallengeRequest): PageChallenge | undefined;
  /** Undefined for answers that cannot be given together. */
  decide(request: DecideRequest): Promise<DecideAnswer | undefined>;
}

export function createDecisions(options: Options): Decisions {
  const { queue, waiting, verify, keys, origin, prove, onInvalidAnswer } = options;

  const tickets = createTickets<{ readonly subjects: readonly Subject[]; readonly nonce: string }>({
    now: Date.now,
    max: MAX_TICKETS,
  });

  function find(binding: string): QueuedPlan | undefined {
    return waiting().find((plan) => plan.binding === binding);
  }

  /** Only updates, of which each is shown whole, are approved together. */
  function canDecideTogether(bindings: readonly string[]): boolean {
    if (bindings.length === 0 || new Set(bindings).size < bindings.length) return false;
    return (
      bindings.length === 1 || bindings.every((one) => (find(one)?.question.confirmation.by ?? "choice") === "choice")
    );
  }

  function gone(binding: string, reason: string): Result {
    onInvalidAnswer(reason);
    return { binding, result: "gone", outcome: `${reason} Nothing was approved.` };
  }

  function decideOne(plan: QueuedPlan, approved: boolean, proof?: PasskeyProof): Result {
    const { binding } = plan;
    const isWaitedFor = plan.waitingCalls > 0;
    const by = proof ? (`a person, with the passkey ${labelOf(proof)}` as const) : "a person, on the approval page";
    if (!queue.decide(binding, approved, by, proof)) return gone(binding, "The plan was decided elsewhere meanwhile.");
    if (!approved) return { binding, result: "rejected", outcome: "Rejected. Nothing was changed." };
    return {
      binding,
      result: "approved",
      outcome: isWaitedFor
        ? "Approved. The agent's call was waiting for this, and goes on now."
        : "Approved. Nothing was sent yet: tell the agent to make the same call again within the next minutes.",
    };
  }

  /** The proof that a passkey approved exactly these plans; or why not, in a sentence. */
  async function proofFor(plans: readonly QueuedPlan[], request: DecideRequest): Promise<PasskeyProof | string> {
    // Taken before anything is checked: no ticket is tried twice.
    const ticket = tickets.take(request.ticket);
    if (!request.assertion) return "It takes a passkey, and none was used.";
    if (!ticket) return "The request to the passkey has expired. Approve again.";
    const { subjects, nonce } = ticket;
    const approved = plans.map(({ binding }) => binding);
    const covers = subjects.length === plans.length && subjects.every(({ plan }) => approved.includes(plan));
    if (!covers) return "The passkey was asked for other plans.";
    const verified = await verify(request.assertion, challengeFor("approve", subjects, nonce));
    if ("why" in verified) return verified.why;
    const { id, label, publicKey, algorithm, added } = verified.key;
    return prove({
      purpose: "approve",
      subjects,
      nonce,
      origin: origin(),
      key: { id, label, publicKey, algorithm, added },
      assertion: request.assertion,
      ...(verified.unprotected !== undefined && { unprotected: verified.unprotected }),
    });
  }

  return {
    challenge({ bindings }) {
      const plans = bindings.flatMap((binding) => find(binding) ?? []);
      if (!canDecideTogether(bindings) || plans.length < bindings.length) return undefined;
      if (plans.some(({ level }) => level !== "passkey")) return undefined;
      const subjects = plans.map(subjectOf);
      const nonce = newNonce();
      return {
        ticket: tickets.issue({ subjects, nonce }),
        challenge: challengeFor("approve", subjects, nonce),
        keys: keys().map(({ id, transports }) => ({ id, transports })),
      };
    },

    async decide(request) {
      const { answers } = request;
      if (!canDecideTogether(answers.map(({ binding }) => binding))) return undefined;
      const results: Result[] = [];
      const withPasskey: QueuedPlan[] = [];
      for (const { binding, said } of answers) {
        const plan = find(binding);
        const reading = plan && readTyped(said, plan.question.confirmation);
        if (!plan || !reading) results.push(gone(binding, "The plan waits no more."));
        else if (reading.answer === "unclear") results.push({ binding, result: "unclear", outcome: reading.why });
        else if (reading.answer === "yes" && plan.level === "passkey") withPasskey.push(plan);
        else results.push(decideOne(plan, reading.answer === "yes"));
      }
      if (withPasskey.length > 0) {
        const proof = await proofFor(withPasskey, request);
        if (typeof proof === "string") {
          onInvalidAnswer(proof);
          for (const { binding } of withPasskey) results.push({ binding, result: "unclear", outcome: proof });
        } else for (const plan of withPasskey) results.push(decideOne(plan, true, proof));
      }
      return { results };
    },
  };
}

function subjectOf({ binding, plan: { account, region } }: QueuedPlan): Subject {
  return { account, region, plan: binding };
}

function labelOf({ evidence: { key, unprotected } }: PasskeyProof): string {
  return `${quote(key.label)}${unprotected === undefined ? "" : " (unprotected list of keys)"}`;
}
