/**
 * Values of SupportedLoginProviders that hold a secret: AWS takes `KEY;SECRET` for a provider such as api.twitter.com. What stands
 * after the first semicolon is never shown. A value that has several app ids between semicolons shows the first.
 */
import type { Fields } from "../util/json.ts";
import { REDACTED } from "../util/redacted.ts";
import { quote } from "../util/visible-text.ts";
import type { Change } from "./plan.ts";

const MEMBER = "SupportedLoginProviders";

/** The part of a provider's value that is a secret; undefined where there is none. */
function providerSecret(value: string): string | undefined {
  const at = value.indexOf(";");
  return at < 0 ? undefined : value.slice(at + 1);
}

/** `KEY;[redacted]` for `KEY;SECRET`; any other value as it is. */
export function maskProviderSecret(value: string): string {
  return providerSecret(value) === undefined ? value : `${value.slice(0, value.indexOf(";"))};${REDACTED}`;
}

/** The changes with secrets masked, and a note for each provider whose secret changes from one to another. */
export function maskChanges(changes: readonly Change[]): { changes: Change[]; notes: string[] } {
  const notes: string[] = [];
  const masked = changes.map((change): Change => {
    if (!change.path.startsWith(`${MEMBER}.`)) return change;
    const { path, before, after } = change;
    const isChanged =
      secretOf(before) !== undefined && secretOf(after) !== undefined && secretOf(before) !== secretOf(after);
    if (isChanged) notes.push(`The secret of ${quote(path.slice(MEMBER.length + 1))} changes.`);
    return {
      path,
      ...("before" in change && { before: mask(before) }),
      ...("after" in change && { after: isChanged ? `${mask(after)} (a new secret)` : mask(after) }),
    };
  });
  return { changes: masked, notes };
}

/** The members of a pool with secrets masked. */
export function maskProviders<Pool extends Fields>(pool: Pool): Pool {
  const providers = pool[MEMBER];
  if (typeof providers !== "object" || providers === null) return pool;
  const masked = Object.entries(providers).map(([provider, value]) => [provider, mask(value)]);
  return { ...pool, [MEMBER]: Object.fromEntries(masked) };
}

/** The providers among the members of a pool, or of an update, whose values hold a secret. */
export function providersWithSecrets({ [MEMBER]: providers }: Fields): string[] {
  return Object.entries({ ...(providers as object | undefined) }).flatMap(([provider, value]) =>
    secretOf(value) === undefined ? [] : provider,
  );
}

function secretOf(value: unknown): string | undefined {
  return typeof value === "string" ? providerSecret(value) : undefined;
}

function mask(value: unknown): unknown {
  return typeof value === "string" ? maskProviderSecret(value) : value;
}
