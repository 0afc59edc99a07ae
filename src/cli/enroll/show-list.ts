/** `enroll --list`. */
import {
  ADMINISTRATOR_NEEDS_NO_PASSWORD,
  administratorNeedsNoPassword,
  type KeyList,
} from "../../operator/passkeys/key-list.ts";
import type { Algorithm } from "../../operator/passkeys/passkey.ts";
import { fingerprintOf } from "../../operator/passkeys/proof.ts";
import { isolate, quote } from "../../util/visible-text.ts";

const algorithmNames: Readonly<Record<Algorithm, string>> = { [-7]: "ES256", [-8]: "EdDSA", [-257]: "RS256" };

/** Returns the exit code. */
export async function showList(list: KeyList, command: string, say: (line: string) => void): Promise<number> {
  const { path, owner, keys, unprotected, requires } = list;
  if (owner === "none") {
    say(`No passkey is enrolled. To enroll one, run: ${command} enroll`);
    return 0;
  }
  say(`Passkeys in ${path}: ${keys.length}`);
  for (const { label, added, algorithm, publicKey, id } of keys) {
    say(`  ${isolate(quote(label))}`);
    say(
      `    added ${added.slice(0, 10)} (${ageOf(added, Date.now())}), ${algorithmNames[algorithm]}, public key ${fingerprintOf(publicKey)}`,
    );
    say(`    id ${id}`);
  }
  const why = unprotected ?? ((await administratorNeedsNoPassword()) ? ADMINISTRATOR_NEEDS_NO_PASSWORD : undefined);
  say(why === undefined ? "Protected: only the administrator can change this list." : `Unprotected: ${why}`);
  if (requires) say("Every gated call to AWS takes a passkey (--require).");
  return 0;
}

/** As in `3 hours ago`. */
function ageOf(added: string, now: number): string {
  const minutes = Math.max(0, Math.floor((now - Date.parse(added)) / 60_000));
  const [count, unit] =
    minutes < 60
      ? [minutes, "minute"]
      : minutes < 1_440
        ? [Math.floor(minutes / 60), "hour"]
        : [Math.floor(minutes / 1_440), "day"];
  return `${count} ${unit}${count === 1 ? "" : "s"} ago`;
}
