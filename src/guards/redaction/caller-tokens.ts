/**
 * Login tokens that a caller brings. They are taken out of what AWS answers to this one call, and are never searched for in
 * plans, in the audit, in ids or in our own sentences: a caller may pass any text as a token, also a pool's id.
 */
import { isPublicShape } from "./public-parts.ts";
import { createRedactor } from "./redactor.ts";
import { Secret } from "./secret.ts";

/** Takes the tokens out of every string and key of a value. Strings with the form of an id stay. */
export type TokenFilter = <Value>(value: Value) => Value;

const keepAll: TokenFilter = (value) => value;

export function createTokenFilter(tokens: readonly string[]): TokenFilter {
  if (tokens.length === 0) return keepAll;
  const redactor = createRedactor();
  for (const token of tokens) redactor.remember(new Secret(token));
  return (value) => redactor.redactKnown(value, isPublicShape);
}
