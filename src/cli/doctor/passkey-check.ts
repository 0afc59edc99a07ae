import {
  ADMINISTRATOR_NEEDS_NO_PASSWORD,
  administratorNeedsNoPassword,
  readKeyList,
} from "../../operator/passkeys/key-list.ts";
import type { KeyPlace } from "../../operator/passkeys/key-place.ts";
import { isolate, quote } from "../../util/visible-text.ts";
import { type Finding, startProblem } from "./finding.ts";

/** Checks the list of passkeys. No finding if there is none, and none is needed. `command` runs this program from a shell. */
export async function* checkPasskeys(place: KeyPlace, isNeeded: boolean, command: string): AsyncGenerator<Finding> {
  const about = "Passkeys";
  try {
    const { owner, keys, path, unprotected, requires } = readKeyList(place);
    if (owner === "none" && !isNeeded) return;
    if (keys.length === 0) {
      yield {
        mark: isNeeded || requires ? "problem" : "note",
        about,
        says: owner === "none" ? "no passkey is enrolled" : `no passkey is in ${path}`,
        next: `To enroll one, run: ${command} enroll`,
      };
      return;
    }
    const labels = keys.map(({ label }) => isolate(quote(label))).join(", ");
    const counted = `${keys.length} ${keys.length === 1 ? "passkey" : "passkeys"} in ${path}: ${labels}`;
    const says = requires ? `${counted}; every gated call to AWS takes one (enroll --require)` : counted;
    const why = unprotected ?? ((await administratorNeedsNoPassword()) ? ADMINISTRATOR_NEEDS_NO_PASSWORD : undefined);
    if (why === undefined) yield { mark: "ok", about, says: `${says}; only the administrator can change the list` };
    else yield { mark: "note", about, says: `${says}. The list is unprotected: ${why}`, next: next(owner, command) };
  } catch (error) {
    yield startProblem(about, error);
  }
}

function next(owner: "system" | "user" | "none", command: string): string {
  return owner === "user"
    ? `To keep the passkeys in a list of the administrator, run: ${command} enroll`
    : "Approvals are marked as unprotected. See docs/passkeys.md for what this means.";
}
