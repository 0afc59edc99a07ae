/** Filters of a pool's identities: for lists, and for every call that takes a selection of identities. */
import * as z from "zod";
import { type Filter, type Filters, namesProvider, type Selection, schemasOf } from "./selection.ts";

/** What is known of an identity. Dates are as the SDK gives them, or in ISO form. */
export interface IdentityFacts {
  readonly IdentityId?: string | undefined;
  readonly Logins?: readonly string[] | undefined;
  readonly CreationDate?: Date | string | undefined;
  /** Undefined where it equals the CreationDate. */
  readonly LastModifiedDate?: Date | string | undefined;
}

const DATE = "an ISO date or date-time such as 2026-01-31 or 2026-01-31T09:30:00Z";

/** A date stands for its first moment in UTC; a date-time has its offset. */
const moment = z.string().refine((text) => momentOf(text) !== undefined, `must be ${DATE}`);

const DATE_TIME = /^(\d{4})-(\d\d)-(\d\d)(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d))?$/;

/** Milliseconds since the epoch; undefined for a text that is no ISO date or date-time. */
export function momentOf(text: string): number | undefined {
  const [, year, month, day] = DATE_TIME.exec(text) ?? [];
  if (year === undefined) return undefined;
  // JavaScript takes 31 February for a day in March.
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  if (date.toISOString().slice(0, 10) !== `${year}-${month}-${day}`) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
}

/** Facts of a list's entry. */
type Listed = { readonly entry: IdentityFacts };

const filters = {
  withoutLogins: {
    schema: z.boolean(),
    matches: ({ entry: { Logins = [] } }, without) => (Logins.length === 0) === without,
  } satisfies Filter<Listed, boolean>,
  provider: {
    schema: z.string().min(1).max(2048).describe("Has a login of it"),
    matches: ({ entry: { Logins = [] } }, provider) => Logins.some((name) => namesProvider(name, provider)),
  } satisfies Filter<Listed, string>,
  createdBefore: {
    schema: moment.describe("ISO date or date-time"),
    matches: ({ entry: { CreationDate } }, before) => isBefore(CreationDate, before),
  } satisfies Filter<Listed, string>,
  lastModifiedBefore: {
    schema: moment,
    matches: ({ entry: { CreationDate, LastModifiedDate = CreationDate } }, before) =>
      isBefore(LastModifiedDate, before),
  } satisfies Filter<Listed, string>,
};

/** Whether a date is known and lies before the moment. An identity without the date is in no selection by it. */
function isBefore(date: Date | string | undefined, before: string): boolean {
  const [at, limit] = [date === undefined ? Number.NaN : new Date(date).getTime(), momentOf(before) ?? Number.NaN];
  return at < limit;
}

/** Zod schemas of the filters that one identity alone can be judged by, each optional. */
export const identityFilterSchemas = schemasOf(filters);

/** What the filters ask for: the arguments, as their schemas have checked them. */
export type IdentityWhere = {
  readonly [Name in keyof typeof filters]?: z.output<(typeof filters)[Name]["schema"]> | undefined;
};

/** Whether the identity matches every filter that is given. Pure. */
export function matchesIdentity(identity: IdentityFacts, where: IdentityWhere): boolean {
  return Object.entries(filters as Filters).every(([name, { matches }]) => {
    const value = (where as Readonly<Record<string, unknown>>)[name];
    return value === undefined || matches({ entry: identity }, value);
  });
}

/** The filter that only the list answers: AWS says who is disabled by leaving them out. */
const disabled = {
  schema: z.boolean().describe("By a merge"),
  // Never asked: the list is.
  matches: () => true,
} satisfies Filter<Listed, boolean>;

export const identityListSchemas = { ...identityFilterSchemas, ...schemasOf({ disabled }) };

export const identitySelection: Selection = {
  filters: { ...filters, disabled },
  reads: {},
  id: "IdentityId",
  hidden: { filter: "disabled", member: "HideDisabled" },
};
