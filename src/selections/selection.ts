/** Lists whose entries are chosen by filters. A selection is data; `call/select.ts` carries out every one of them. */
import type * as z from "zod";
import type { Fields } from "../util/json.ts";

/** A filter of a list. `Facts` has what is known of one entry, `Value` is the filter's argument. */
export interface Filter<Facts, Value> {
  readonly schema: z.ZodType;
  /** Names of the reads without which an entry cannot be judged; none if the list's own entry suffices. */
  readonly needs?: readonly string[];
  matches(facts: Facts, value: Value): boolean;
  /** What an answer shows of a match, because it was asked for by this filter. */
  shows?(facts: Facts, value: Value): Fields;
  /** Whether an entry must match it also where `any` of the others suffices. */
  readonly narrows?: true;
}

/** One read of each entry, with a tool's command. */
interface EntryRead {
  readonly command: "DescribeIdentityPoolCommand" | "GetIdentityPoolRolesCommand";
  /** The member that names the target, in the entry and in the request. */
  readonly id: "IdentityPoolId";
}

/** Filters by the name of their argument. */
export type Filters = Readonly<Record<string, Filter<unknown, unknown>>>;

export interface Selection {
  readonly filters: Filters;
  /** The reads by the name under which facts have them; `entry` is the list's own entry. */
  readonly reads: Readonly<Record<string, EntryRead>>;
  /** The member that identifies an entry. */
  readonly id: string;
  /** The member that names an entry, for answers with too many matches for ids. */
  readonly name?: string;
  /** What `details` shows of every match. */
  readonly details?: { readonly needs: readonly string[]; shows(facts: unknown): Fields };
  /** A filter that no entry answers: its entries are those that the list leaves out if `member` of the request is true. */
  readonly hidden?: { readonly filter: string; readonly member: string };
}

/** The schemas of the filters, each optional, to be members of a tool. */
export function schemasOf<const F extends Readonly<Record<string, { readonly schema: z.ZodType }>>>(filters: F) {
  const schemas = Object.entries(filters).map(([name, { schema }]) => [name, schema.optional()]);
  return Object.fromEntries(schemas) as { [Name in keyof F]: z.ZodOptional<F[Name]["schema"]> };
}

/** Whether one of these provider names is the asked one: in full, or a user pool by its id, or an IAM provider by what follows its kind. */
export function namesProvider(name: string, asked: string): boolean {
  if (name === asked) return true;
  const [, iamName] = /^arn:[^:]*:iam::\d*:(?:oidc|saml)-provider\/(.+)$/.exec(name) ?? [];
  const [, userPool] = /^cognito-idp\.[^/]+\/([^/:]+)$/.exec(name) ?? [];
  return iamName === asked || userPool === asked;
}
