/**
 * Forms of values that AWS documents, and the mistakes that people make in them. A value in a wrong form is refused before anything is read, with
 * the right form in place of AWS's "invalid". No text repeats a value, which may be secret, except an id or a name that the form has singled out.
 */
import * as z from "zod";

export interface Mistake {
  readonly found: RegExp;
  /** What is wrong and what is right, without the member's name: a predicate such as `must be …`, or a sentence of its own without its full stop. */
  readonly text: string | ((...groups: string[]) => string);
}

export interface Form {
  /** A value that matches is taken. */
  readonly right: RegExp;
  /** Looked for in any other value. The first that is found counts. */
  readonly mistakes: readonly Mistake[];
  /** About a value with another mistake. */
  readonly otherwise: string;
}

/** What is wrong with the text; undefined if nothing is. */
export function problemIn({ right, mistakes, otherwise }: Form, text: string): string | undefined {
  if (right.test(text)) return undefined;
  if (text === "") return "must not be empty";
  for (const { found, text: problem } of mistakes) {
    const match = found.exec(text);
    if (match) return typeof problem === "string" ? problem : problem(...match.slice(1).map((group) => group ?? ""));
  }
  return otherwise;
}

/** A string in this form. Further checks of it do not run if it is not. */
export function inForm(form: Form): z.ZodString {
  return z.string().refine((text) => problemIn(form, text) === undefined, {
    error: ({ input }) => problemIn(form, String(input)),
    abort: true,
  });
}

/** Mistakes that are made with every kind of value. */
export const anyMistakes: readonly Mistake[] = [
  { found: /^\s|\s$/, text: "has spaces around it" },
  { found: /^["'`]|["'`]$/, text: "has quotes around it, which do not belong to the value" },
  {
    found: /\$\{|^!(Ref|Sub|GetAtt)\b|\{\{|^<.*>$/,
    text: "is a placeholder of a template or of documentation, and not a value",
  },
];
