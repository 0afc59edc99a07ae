/** The command `enroll`: adds, removes and lists the passkeys that can approve. */

import { type KeyList, readKeyList } from "../../operator/passkeys/key-list.ts";
import type { KeyPlace } from "../../operator/passkeys/key-place.ts";
import type { ListedKeys, Passkey } from "../../operator/passkeys/passkey.ts";
import { MAX_KEYS } from "../../operator/passkeys/passkey.ts";
import {
  type Administrator,
  findAdministrator,
  writeSystemList,
  writeUserList,
} from "../../operator/passkeys/write-list.ts";
import { isUserError, UserError } from "../../util/user-error.ts";
import { isolate, quote } from "../../util/visible-text.ts";
import { canPrompt } from "../terminal/plan-display.ts";
import { uniqueLabel } from "./ceremony.ts";
import { type Machine, openEnrollPage } from "./enroll-page.ts";
import { showList } from "./show-list.ts";

export type EnrollAction =
  | {
      readonly is: "add";
      /** Whether the list is the user's, which needs no administrator. */
      readonly user: boolean;
      /** Whether the new key replaces all others, none of which has to agree. */
      readonly recover: boolean;
      readonly label: string | undefined;
    }
  | { readonly is: "remove"; readonly key: string }
  /** Whether every gated call takes a passkey. */
  | { readonly is: "require"; readonly on: boolean }
  | { readonly is: "list" };

export interface Enroll extends Machine {
  readonly action: EnrollAction;
  readonly keys: KeyPlace;
  /** The PATH. */
  readonly path: string | undefined;
  /** Whether sudo started the program: then it runs as root, for a user whose list would be another one. */
  readonly isUnderSudo: boolean;
  /** Runs this program from a shell. */
  readonly command: string;
}

/** Returns the exit code: 0 if the list is as it was wanted. Raises UserError. */
export async function enroll(given: Enroll, say: (line: string) => void): Promise<number> {
  const { action, keys: place, isUnderSudo, command } = given;
  if (action.is === "list") return await showList(readKeyList(place), command, say);
  if (!canPrompt(process.stdout))
    throw problem("enroll runs only at a terminal, without redirection. Nothing was changed.");
  if (isUnderSudo)
    throw problem(
      "enroll was started with sudo, so it would enroll a passkey for root. Nothing was changed.",
      "Run it as yourself. It asks for the administrator's password when it needs it.",
    );
  switch (action.is) {
    case "add":
      return await add(given, action, say);
    case "remove":
      return await remove(given, action.key, say);
    case "require":
      return await setRequired(given, action.on, say);
  }
}

async function add(
  given: Enroll,
  { user, recover, label }: Extract<EnrollAction, { is: "add" }>,
  say: (line: string) => void,
): Promise<number> {
  const { keys: place, command } = given;
  const found = recover ? readForRecovery(given) : readKeyList(place);
  if (user && found?.owner === "system")
    throw problem(
      `${found.path} exists, so a list of the user would not count. Nothing was changed.`,
      `To add a passkey to it, run: ${command} enroll`,
    );
  const target = user ? userTarget(place) : systemTarget(given);
  /** Keys of a list of the user never get into that of the system: anybody could have added them. */
  const existing = !recover && found && found.owner === target.owner ? found.keys : [];
  if (existing.length >= MAX_KEYS)
    throw problem(
      `The list has ${MAX_KEYS} passkeys, which is the maximum.`,
      `Remove one with ${command} enroll --remove.`,
    );
  if (target.owner === "system") say("The list of passkeys will belong to the administrator.");
  if (found?.owner === "user" && target.owner === "system")
    say(`It will count instead of ${found.path}, whose passkeys will no longer approve.`);
  const number = existing.length + 1;
  const page = await openEnrollPage(given, say, {
    agreeing: existing,
    adds: { label: label ?? uniqueLabel(`passkey ${number}`, existing), existing },
    confirms: { is: "add" },
    asksCode: target.owner === "system",
  });
  if (!page?.key) return 1;
  const key: Passkey = { ...page.key, added: new Date().toISOString() };
  await target.write({ keys: [...existing, key], requires: found?.owner === target.owner && found.requires }, say);
  say(`Enrolled ${isolate(quote(key.label))}. It can approve after the servers are started again.`);
  return 0;
}

async function remove(given: Enroll, wanted: string, say: (line: string) => void): Promise<number> {
  const { command } = given;
  const found = withKeys(given);
  const key = found.keys.find(({ id, label }) => label === wanted || id === wanted);
  if (!key)
    throw problem(
      `No passkey has the label or the id ${quote(wanted)}. Nothing was changed.`,
      `To see them, run: ${command} enroll --list`,
    );
  const target = found.owner === "system" ? systemTarget(given) : userTarget(given.keys);
  const page = await openEnrollPage(given, say, {
    agreeing: found.keys,
    adds: undefined,
    confirms: { is: "remove", label: key.label },
    asksCode: false,
  });
  if (!page) return 1;
  const left = found.keys.filter(({ id }) => id !== key.id);
  await target.write({ keys: left, requires: found.requires }, say);
  say(`Removed ${isolate(quote(key.label))}. It no longer approves, also in servers that run.`);
  if (left.length === 0) say(`No passkey is left. To enroll one, run: ${command} enroll`);
  return 0;
}

async function setRequired(given: Enroll, on: boolean, say: (line: string) => void): Promise<number> {
  const found = withKeys(given);
  if (found.owner !== "system")
    throw problem(
      "--require needs a list that belongs to the administrator, because the user can change this one. Nothing was changed.",
      `To enroll a passkey in such a list, run: ${given.command} enroll`,
    );
  if (found.requires === on) {
    say(on ? "Every gated call takes a passkey already." : "Gated calls do not need a passkey by this list.");
    return 0;
  }
  const target = systemTarget(given);
  if (!on) {
    const page = await openEnrollPage(given, say, {
      agreeing: found.keys,
      adds: undefined,
      confirms: { is: "stop requiring" },
      asksCode: false,
    });
    if (!page) return 1;
  }
  await target.write({ keys: found.keys, requires: on }, say);
  say(
    on
      ? "Every gated call to AWS takes a passkey now, however the program is started."
      : "The approval level of each call decides again whether it takes a passkey.",
  );
  return 0;
}

/** A list with at least one key. */
function withKeys({ keys: place, command }: Enroll): KeyList {
  const found = readKeyList(place);
  if (found.keys.length > 0) return found;
  throw problem("No passkey is enrolled.", `To enroll one, run: ${command} enroll`);
}

/** The list that counts, even if it is damaged. */
function readForRecovery({ keys: place, command }: Enroll): KeyList | undefined {
  try {
    const found = readKeyList(place);
    if (found.owner === "system") return found;
    throw problem(
      found.owner === "none"
        ? "There is no list of passkeys, so there is nothing to recover. Nothing was changed."
        : `${found.path} belongs to the user, so it needs no recovery. Nothing was changed.`,
      found.owner === "none" ? `To enroll a passkey, run: ${command} enroll` : `Delete it. Then run: ${command} enroll`,
    );
  } catch (error) {
    if (isUserError(error) && error.problem.startsWith(place.system?.path ?? "\0")) return undefined;
    throw error;
  }
}

/** A list that is written. */
interface Target {
  readonly owner: "system" | "user";
  readonly write: (list: ListedKeys, say: (line: string) => void) => Promise<void>;
}

function userTarget({ user }: KeyPlace): Target {
  return {
    owner: "user",
    async write(list, say) {
      await writeUserList(user, list);
      say(`Saved ${user}. It is unprotected: every program of this user can change it.`);
    },
  };
}

/** Raises UserError if this program cannot become administrator. */
function systemTarget({ keys: place, path, command }: Enroll): Target {
  const instead = `To keep the list in a file of the user, which does not protect against other programs of the user, run: ${command} enroll --user`;
  if (!place.system)
    throw problem(
      "This program has no list of the administrator on this system, because it cannot check who can change it. Nothing was changed.",
      instead,
    );
  const administrator = findAdministrator(place, path);
  if (!administrator)
    throw problem("Neither sudo nor pkexec was found, so the list cannot be written. Nothing was changed.", instead);
  const { path: file } = place.system;
  return {
    owner: "system",
    async write(list, say) {
      if (administrator.by !== "nothing") say(`${administrator.by} asks for a password now, to write ${file}.`);
      const { neededPassword } = await writeSystemList(place, list, administrator);
      say(`Saved ${file}.`);
      const weakness = weaknessOf(administrator, neededPassword);
      if (weakness !== undefined) say(`It is unprotected: ${weakness}`);
    },
  };
}

function weaknessOf({ by }: Administrator, neededPassword: boolean): string | undefined {
  if (by === "nothing") return "this program runs as root, and every program of root can change the list.";
  return neededPassword
    ? undefined
    : "sudo asks this user for no password, so every program of the user can change it.";
}

function problem(text: string, hint = ""): UserError {
  return new UserError("passkeys", text, hint);
}
