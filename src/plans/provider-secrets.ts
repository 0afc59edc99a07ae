/**
 * Values of SupportedLoginProviders that hold a secret: AWS takes `KEY;SECRET` for a provider such as api.twitter.com. What stands
 * after the first semicolon is never shown, except for the providers of which AWS takes app ids only.
 */
import type { Fields } from "../util/json.ts";
import { REDACTED } from "../util/redacted.ts";
import { quote } from "../util/visible-text.ts";
import type { Change } from "./plan.ts";

const MEMBER = "SupportedLoginProviders";

/** Providers whose values hold no secret. A semicolon separates app ids, each of which grants access, so a person must see them all. */
const publicProviders = new Set(["accounts.google.com", "appleid.apple.com", "graph.facebook.com", "www.amazon.com"]);

/** The part of a provider's value that is a secret; undefined where there is none. */
function providerSecret(value: string, provider: string | undefined): string | undefined {
  const at = value.indexOf(";");
  return at < 0 || (provider !== undefined && publicProviders.has(provider)) ? undefined : value.slice(at + 1);
}

/** `KEY;[redacted]` for `KEY;SECRET`; any other value as it is. Without the provider, what is after a semicolon counts as a secret. */
export function maskProviderSecret(value: string, provider?: string): string {
  return providerSecret(value, provider) === undefined ? value : `${value.slice(0, value.indexOf(";"))};${REDACTED}`;
}

/** The provider whose value stands at this path in a call or an answer; undefined at any other place. */
export function providerAt(path: readonly string[]): string | undefined {
  return path.at(-2) === MEMBER ? path.at(-1) : undefined;
}

/** The changes with secrets masked, and a note for each provider whose secret changes from one to another. */
export function maskChanges(changes: readonly Change[]): { changes: Change[]; notes: string[] } {
  const notes: string[] = [];
  const masked = changes.map((change): Change => {
    if (!change.path.startsWith(`${MEMBER}.`)) return change;
    const { path, before, after } = change;
    const provider = path.slice(MEMBER.length + 1);
    const [old, given] = [secretOf(before, provider), secretOf(after, provider)];
    const isChanged = old !== undefined && given !== undefined && old !== given;
    if (isChanged) notes.push(`The secret of ${quote(provider)} changes.`);
    const [shownBefore, shownAfter] = [mask(before, provider), mask(after, provider)];
    return {
      path,
      ...("before" in change && { before: shownBefore }),
      ...("after" in change && { after: isChanged ? `${shownAfter} (a new secret)` : shownAfter }),
    };
  });
  return { changes: masked, notes };
}

/** The members of a pool with secrets masked. */
export function maskProviders<Pool extends Fields>(pool: Pool): Pool {
  const providers = pool[MEMBER];
  if (typeof providers !== "object" || providers === null) return pool;
  const masked = Object.entries(providers).map(([provider, value]) => [provider, mask(value, provider)]);
  return { ...pool, [MEMBER]: Object.fromEntries(masked) };
}

/** The providers among the members of a pool, or of an update, whose values hold a secret. */
export function providersWithSecrets({ [MEMBER]: providers }: Fields): string[] {
  return Object.entries({ ...(providers as object | undefined) }).flatMap(([provider, value]) =>
    secretOf(value, provider) === undefined ? [] : provider,
  );
}

function secretOf(value: unknown, provider: string): string | undefined {
  return typeof value === "string" ? providerSecret(value, provider) : undefined;
}

function mask(value: unknown, provider: string): unknown {
  return typeof value === "string" ? maskProviderSecret(value, provider) : value;
}
