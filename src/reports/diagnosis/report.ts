/** The report `diagnose-identity-pool`. */
import * as z from "zod";
import { identityId, identityPoolId, providerName, region } from "../../tools/members.ts";
import type { Fields } from "../../util/json.ts";
import { isRecord } from "../../util/json.ts";
import { defineReport } from "../report.ts";
import { branches } from "./catalogue.ts";
import { type Cause, type Diagnosis, diagnose, MAX_TEXT } from "./diagnose.ts";
import { type Asked, valueIn } from "./facts.ts";
import { type NotRead, type ReadCase, readFacts } from "./read-facts.ts";

export const diagnoseIdentityPool = defineReport({
  name: "diagnose-identity-pool",
  summary:
    "Finds out why an identity gets no credentials, the wrong role, or AccessDenied. Reads the pool, its roles and their policies in IAM; answers with causes, evidence and fixes. Changes nothing.",
  input: {
    IdentityPoolId: identityPoolId.optional(),
    IdentityId: identityId.optional(),
    errorText: z
      .string()
      .min(1)
      .max(MAX_TEXT)
      .describe("Exact error that the application saw, or: wrong role")
      .optional(),
    flow: z.enum(["enhanced", "classic"]).describe("classic: GetOpenIdToken, then STS").optional(),
    kind: z.enum(["guest", "user", "developer"]).describe("Whose credentials").optional(),
    provider: providerName.describe("As in Logins").optional(),
    login: z
      .string()
      .regex(
        /^login:[A-Za-z0-9_-]{1,64}$/,
        "must be login:NAME, a reference that the operator defined; a token is not taken",
      )
      .describe("login:NAME, to check its token; needs provider")
      .optional(),
    region,
  },
  output: {
    summary: z.string(),
    causes: z.array(
      z.object({
        branch: z.string(),
        certainty: z.enum(["found", "possible"]),
        cause: z.string(),
        evidence: z.record(z.string(), z.unknown()),
        fix: z.array(z.record(z.string(), z.unknown())),
        tell: z.string().optional(),
      }),
    ),
    ruledOut: z.array(z.string()).optional(),
    read: z.array(z.string()).optional(),
    notRead: z
      .array(z.object({ what: z.string(), id: z.string().optional(), permission: z.string(), reason: z.string() }))
      .optional(),
    next: z.string(),
  },
  async run({ IdentityPoolId, IdentityId, errorText, flow, kind, provider, login }, readers) {
    if (IdentityPoolId === undefined && IdentityId === undefined && errorText === undefined) return NOTHING_GIVEN;
    const claims = login !== undefined ? readers.claimsOf(login, provider, IdentityPoolId) : undefined;
    const asked: Asked = {
      errorText,
      flow,
      kind: kind ?? (login === undefined ? undefined : "user"),
      provider,
      claims,
    };
    const read = await readFacts({ poolId: IdentityPoolId, identityId: IdentityId, asked }, readers, Date.now());
    return answerOf(diagnose(read.facts), read);
  },
});

/** Causes that an answer has at most. */
const MAX_CAUSES = 20;

function answerOf({ causes, ruledOut, textKnown }: Diagnosis, { facts, read, notRead }: ReadCase) {
  const shown = causes.slice(0, MAX_CAUSES);
  const titles = branches.filter(({ id }) => ruledOut.includes(id)).map(({ id, title }) => `${id}: ${title}`);
  return {
    summary: summaryOf(shown, textKnown, read.length > 0, notRead),
    causes: shown.map((cause) => ({
      ...cause,
      evidence: bounded(cause.evidence),
      fix: cause.fix.map((fix) => ({ ...fix })),
    })),
    ...(titles.length > 0 && { ruledOut: titles }),
    ...(read.length > 0 && { read: [...read] }),
    ...(notRead.length > 0 && { notRead: [...notRead] }),
    next: nextStep(
      shown,
      facts.poolId !== undefined || facts.identityId !== undefined,
      facts.asked,
      notRead,
      valueIn(facts.pool) !== undefined,
    ),
  };
}

const NOTHING_GIVEN = {
  summary: "Nothing was read, because no identity pool, identity or error text is given.",
  causes: [],
  next: "Pass IdentityPoolId, IdentityId or errorText.",
};

function summaryOf(
  causes: readonly Cause[],
  textKnown: boolean | undefined,
  isRead: boolean,
  notRead: readonly NotRead[],
): string {
  const found = named(causes.filter(({ certainty }) => certainty === "found"));
  const others = named(causes.filter(({ certainty }) => certainty === "possible"));
  const unknown = [
    ...(textKnown === false ? [" The error text is none that this server knows."] : []),
    ...(notRead.length > 0 ? [" A part of the account could not be read: see notRead."] : []),
  ].join("");
  if (found.length > 0) {
    const later = found.length > 1 ? " The first one applies first and hides the others." : "";
    return `Found: ${found.join(", ")}.${later}${unknown}`;
  }
  if (others.length > 0) return `Not certain. Possible, in this order: ${others.join(", ")}.${unknown}`;
  return `${isRead ? "No cause was found in what was read." : "No cause was found."}${unknown}`;
}

/** Each branch once, with its number. */
function named(causes: readonly Cause[]): string[] {
  const ids = new Set(causes.map(({ branch }) => branch));
  return [...ids].map((id) => `${branches.find((branch) => branch.id === id)?.title} (${id})`);
}

function nextStep(
  causes: readonly Cause[],
  hasId: boolean,
  asked: Asked,
  notRead: readonly NotRead[],
  hasPool: boolean,
): string {
  const found = causes.some(({ certainty }) => certainty === "found");
  const hasIam = causes.some(({ fix }) => fix.some((one) => "iam" in one));
  const steps = [
    ...(found
      ? [
          "Tell the person the first cause and its fix. Only if they want it repaired, apply it, then call again to check.",
        ]
      : []),
    ...(hasIam && (found || notRead.length === 0)
      ? ["A fix with `iam` is for a person with IAM permissions, and takes some seconds to apply."]
      : []),
    ...(!hasId
      ? ["Pass IdentityPoolId, to read the pool and its roles."]
      : !hasPool && notRead.length === 0 && !found
        ? ["Pass IdentityPoolId: the pool of this identity is not known."]
        : []),
    ...(found ? [] : stepsToRead(notRead)),
    ...(!found && asked.errorText === undefined ? ["Pass errorText, the exact error that the application saw."] : []),
    ...(!found && asked.kind === undefined ? ["Pass kind: guest, user or developer."] : []),
  ];
  return steps.length > 0 ? steps.join(" ") : "Compare the possible causes by what `tell` names.";
}

/** What helps to read the rest, by why it was not read. */
function stepsToRead(notRead: readonly NotRead[]): string[] {
  const isFor = (kind: RegExp) => notRead.some(({ reason }) => kind.test(reason));
  const [denied, forbidden] = [/Denied|Unauthorized|NotAuthorized/, /^the policy of this server/];
  return [
    ...(isFor(denied)
      ? [
          "Give this server's AWS credentials the permissions in notRead and call again, or have somebody with them compare the trust policies with the statement in fix.",
        ]
      : []),
    ...(isFor(forbidden) ? ["The operator can allow this server the reads that its policy denies."] : []),
    ...(notRead.some(({ reason }) => !denied.test(reason) && !forbidden.test(reason))
      ? [
          "Call again in some seconds: a part could not be read for another reason than permissions. If it stays so, run the command doctor.",
        ]
      : []),
  ];
}

/** Entries of a list, and characters of a text, in evidence. */
const MAX_ENTRIES = 20;
const MAX_CHARACTERS = 1024;

/** Evidence of a size that a reader can take. What is left out is counted. */
function bounded(evidence: Fields): Record<string, unknown> {
  return Object.fromEntries(Object.entries(evidence).map(([name, value]) => [name, boundedValue(value)]));
}

function boundedValue(value: unknown): unknown {
  if (typeof value === "string" && value.length > MAX_CHARACTERS)
    return `${value.slice(0, MAX_CHARACTERS).replace(/[\ud800-\udbff]$/, "")}… (${value.length} characters)`;
  if (Array.isArray(value)) {
    const shown = value.slice(0, MAX_ENTRIES).map(boundedValue);
    return value.length > MAX_ENTRIES ? [...shown, `… ${value.length - MAX_ENTRIES} more`] : shown;
  }
  return isRecord(value) ? bounded(value) : value;
}
