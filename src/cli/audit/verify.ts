/** The command `audit --verify`: verifies the passkeys' approvals that an audit file keeps. */

import type { PasskeyEvidence } from "../../guards/approval/passkey-proof.ts";
import { readKeyList } from "../../operator/passkeys/key-list.ts";
import type { KeyPlace } from "../../operator/passkeys/key-place.ts";
import type { Passkey } from "../../operator/passkeys/passkey.ts";
import { fingerprintOf, verifyEvidence } from "../../operator/passkeys/proof.ts";
import { isUserError } from "../../util/user-error.ts";
import { isolate, quote } from "../../util/visible-text.ts";
import { type Call, type Decision, readAudit, shortTime, subjectOf } from "./audit.ts";
import { checkSteps } from "./steps.ts";

type Decided = Exclude<Decision, { readonly decision: "none" }>;

/**
 * Verifies each stored approval with the public key in its record. Returns the exit code: 1 if one of them is not valid. Raises
 * UserError.
 */
export async function verifyAudit(path: string, place: KeyPlace, say: (line: string) => void): Promise<number> {
  const { calls, decisions, unreadable } = await readAudit(path);
  const approvals = decisions.filter((record): record is Decided => record.decision === "approved");
  const signed = approvals.filter(({ passkey }) => passkey !== undefined);
  const says = (by: string) => by.startsWith(WITH_PASSKEY);
  const known = knownKeys(place, say);
  const used = new Set<string>();
  let invalid = 0;
  if (signed.length > 0) say("Approvals with a passkey:");
  for (const approval of signed) {
    const verified = await verifyApproval(approval, used);
    if ("why" in verified) invalid += 1;
    const result = "why" in verified ? `NOT VALID: ${verified.why}` : `valid: ${keyOf(verified.evidence, known)}`;
    say(`  ${isolate(shortTime(approval.time))}  ${subjectOf(approval)}`);
    say(`    ${result}`);
  }
  const checked = await checkSteps(path, calls, says);
  const { problems, undecided } = matchCalls(calls, checked.steps, approvals);
  const missing = [
    ...approvals
      .filter(({ by, passkey }) => says(by) && passkey === undefined)
      .map(() => "A decision names a passkey, and has no proof."),
    ...decisions
      .filter((record) => record.decision === "rejected" && (record.passkey !== undefined || says(record.by)))
      .map(() => "A rejection has the proof of an approval."),
    ...problems,
    ...checked.problems,
  ];
  for (const note of checked.notes) say(`  ${note}`);
  for (const problem of missing) say(`  NOT VALID: ${problem}`);
  const without = [
    ...approvals.filter(({ by, passkey }) => passkey === undefined && !says(by)).map(({ by }) => by),
    ...undecided,
  ];
  say(`With a passkey: ${signed.length - invalid} valid, ${invalid} not valid.`);
  say(`Without a passkey: ${without.length}${without.length === 0 ? "" : ` (${counted(without)})`}.`);
  if (unreadable > 0) say(`Lines that cannot be read: ${unreadable}.`);
  return invalid + missing.length + unreadable === 0 ? 0 : 1;
}

/** How `by` begins where a passkey approved. */
const WITH_PASSKEY = "a person, with the passkey ";

/**
 * Finds the decision of each call that was sent. Gives what is wrong with calls that name a passkey, and who approved the others of which
 * the file has no decision.
 */
function matchCalls(calls: readonly Call[], steps: ReadonlySet<Call>, approvals: readonly Decided[]) {
  const left = [...approvals];
  const problems: string[] = [];
  const undecided: string[] = [];
  for (const call of calls) {
    const { entry } = call;
    if (entry.record !== "intent" || !entry.approved) continue;
    // It has the approval of its batch.
    if (steps.has(call)) continue;
    if (entry.step) {
      if (entry.approved.by.startsWith(WITH_PASSKEY))
        problems.push(`The step ${isolate(entry.call)} names a passkey, and its batch is not in the file.`);
      else undecided.push(entry.approved.by);
      continue;
    }
    const { tool, region, approved } = entry;
    const candidates = left.filter(
      (one) => one.tool === tool && one.by === approved.by && one.target.id === approved.target.id,
    );
    const isSignedFor = (decision: Decided) => {
      const signed = decision.passkey?.subjects.find(({ plan }) => plan === decision.plan);
      return !signed || (signed.region === region && signed.account === approved.account);
    };
    // An approval that no call used may be for other credentials.
    const decision = candidates.find(isSignedFor) ?? candidates[0];
    if (decision) left.splice(left.indexOf(decision), 1);
    if (!approved.by.startsWith(WITH_PASSKEY)) undecided.push(...(decision ? [] : [approved.by]));
    else if (!decision)
      problems.push(`The call ${isolate(entry.call)} names a passkey, and no decision on it is in the file.`);
    else if (!isSignedFor(decision))
      problems.push(`The call ${isolate(entry.call)} names another account or region than the passkey approved.`);
  }
  return { problems, undecided };
}

/** `used` holds what was approved so far: an approval that was copied into another record is not valid. */
async function verifyApproval(
  { plan, passkey }: Decided,
  used: Set<string>,
): Promise<{ readonly evidence: PasskeyEvidence } | { readonly why: string }> {
  const verified = await verifyEvidence(passkey);
  if ("why" in verified) return verified;
  const { subjects, nonce } = verified.evidence;
  if (plan === undefined || !subjects.some((subject) => subject.plan === plan))
    return { why: "The passkey approved another plan." };
  const use = JSON.stringify([nonce, plan]);
  if (used.has(use)) return { why: "The same approval is in another record." };
  used.add(use);
  return verified;
}

/** The keys of this machine; undefined if they cannot be read. */
function knownKeys(place: KeyPlace, say: (line: string) => void): readonly Passkey[] | undefined {
  try {
    return readKeyList(place).keys;
  } catch (error) {
    if (!isUserError(error)) throw error;
    say(`The list of keys on this machine cannot be used. ${error.message}`);
    return undefined;
  }
}

function keyOf(
  { key: { label, publicKey }, unprotected }: PasskeyEvidence,
  known: readonly Passkey[] | undefined,
): string {
  const listed = known?.find((key) => key.publicKey === publicKey);
  const place =
    listed === undefined
      ? known && "not in the list of this machine"
      : listed.label === label
        ? "in the list of this machine"
        : `in the list of this machine as ${isolate(quote(listed.label))}`;
  const list = unprotected === undefined ? undefined : "its list was unprotected";
  const about = [place, list].filter((part) => part !== undefined);
  return `key ${isolate(quote(label))}, public key ${fingerprintOf(publicKey)}${about.map((part) => `, ${part}`).join("")}`;
}

/** As in `2 by a person, at a terminal; 1 by plan token`. */
function counted(names: readonly string[]): string {
  return [...new Set(names)]
    .map((name) => `${names.filter((other) => other === name).length} by ${isolate(name)}`)
    .join("; ");
}
