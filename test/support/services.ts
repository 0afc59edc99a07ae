/** Services for tests that dispatch calls without a server process: no policy, no audit, no person. */
import type { Aws } from "../../src/aws/clients.ts";
import { createPace } from "../../src/call/lists/pace.ts";
import type { Services } from "../../src/call/types.ts";
import type { ApprovalQuestion } from "../../src/guards/approval/question.ts";
import { createApprovalQueue } from "../../src/guards/approval/queue.ts";
import type { FormView } from "../../src/guards/approval/views.ts";
import type { Asking } from "../../src/guards/approval/ways.ts";
import { createChangeLock } from "../../src/guards/change-lock.ts";
import { createConcurrency } from "../../src/guards/concurrency.ts";
import { createAccountMemory } from "../../src/guards/logins/account-memory.ts";
import { createLoginReferences } from "../../src/guards/logins/references.ts";
import type { Policy } from "../../src/guards/policy.ts";
import { createRedactor } from "../../src/guards/redaction/redactor.ts";
import type { ShownPlan } from "../../src/guards/refusal.ts";
import { DEFAULT_ANSWER_BYTES } from "../../src/guards/response-size.ts";
import { createScreen } from "../../src/guards/screen.ts";
import { createTerminalView } from "../../src/operator/terminal-view.ts";
import { catalogue } from "../../src/tools/catalogue.ts";

/** A policy that forbids nothing, and asks a person for every update and delete. */
export const openPolicy: Policy = {
  readOnly: false,
  rules: new Map(),
  pools: undefined,
  regions: undefined,
  maxDeletedIdentities: { byIds: 10, bySelection: 1_000 },
};

/** Defines no login reference. */
export const noLoginReferences = createLoginReferences({ references: new Map(), only: false });

/** Asks in forms, and does not wait for terminals. */
export const asking: Asking = {
  ways: new Set(["form"]),
  namesPage: false,
  pagePort: undefined,
  answerWithinMs: 1_000,
  callWaitMs: 1_000,
};

/** A plan for tests of the queue. */
export const shownPlan: ShownPlan = {
  action: "Tag",
  target: { id: "a" },
  region: "eu-west-1",
  account: "account 000000000000",
  reversible: true,
  notes: [],
  changes: [{ path: "IdentityPoolTags.team", after: "one" }],
};

/** A queue in which plans get codes that do not repeat soon, and a terminal for it. */
export function testApprovals(now: () => number = Date.now) {
  let state = 1;
  const random = (below: number) => {
    // A Park-Miller generator: the same numbers each time.
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
  const queue = createApprovalQueue({ now, random });
  const invalidAnswers: string[] = [];
  const terminal = createTerminalView({
    queue,
    isReadable: () => true,
    onInvalidAnswer: (reason) => invalidAnswers.push(reason),
  });
  return { queue, terminal, invalidAnswers, approvals: { queue, terminal: async () => "approve" } };
}

/** Forms in which a person types `answer`. */
export function formAnswering(answer: (question: ApprovalQuestion) => string): FormView {
  return {
    unavailable: () => undefined,
    open: async (question) => ({ action: "accept", content: { answer: answer(question) } }),
  };
}

/** The way to an AWS that a test plays itself. */
export function fakeAws(parts: Pick<Aws, "reader" | "send"> & Partial<Aws>): Aws {
  const aws: Aws = {
    defaultRegion: async () => "eu-west-1",
    caller: async () => ({ caller: "000000000000", account: "account 000000000000" }),
    accountId: async () => "000000000000",
    accountReader() {
      throw new Error("this test reads no roles");
    },
    ...parts,
    withFixedCredentials: async () => aws,
  };
  return aws;
}

/** Services with the given parts, and usual ones in the place of the others. A defect fails the test. */
export function testServices(parts: Pick<Services, "aws"> & Partial<Services>): Services {
  const { redactor = createRedactor() } = parts;
  return {
    screen: createScreen({ redactor, onHit: () => {} }),
    renewals: createConcurrency(),
    pace: createPace(),
    changeLock: createChangeLock(),
    tools: catalogue,
    maxAnswerBytes: DEFAULT_ANSWER_BYTES,
    policy: { ...openPolicy },
    redactor,
    concurrency: createConcurrency(),
    loginReferences: noLoginReferences,
    accountMemory: createAccountMemory(),
    onFault(error) {
      throw error;
    },
    ...parts,
  };
}
