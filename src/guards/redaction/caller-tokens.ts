/**
 * Login tokens that a caller brings. They are taken out of what AWS answers to this one call, and are never searched for in
 * plans, in the audit, in ids or in our own sentences: a caller may pass any text as a token, also a pool's id.
 */
import { isPublicShape } from "./public-parts.ts";
import { createRedactor, type Redactor } from "./redactor.ts";
import { Secret } from "./secret.ts";

/** Takes the tokens out of every string and key of a value. Strings with the form of an id stay. */
export type TokenFilter = <Value>(value: Value) => Value;

const keepAll: TokenFilter = (value) => value;

export function createTokenFilter(tokens: readonly string[]): TokenFilter {
  if (tokens.length === 0) return keepAll;
  let redactor: Redactor | undefined;
  // Made when there is an answer: the table of long tokens takes a hundred times their memory, and AWS can take long to answer.
  const made = () => {
    redactor = createRedactor();
    for (const token of tokens) redactor.remember(new Secret(token));
    return redactor;
  };
  return (value) => (redactor ?? made()).redactKnown(value, isPublicShape);
}
