import * as z from "zod";
import type { CommandName, Read, Request, Response } from "../plans/command.ts";
import type { LinkingFacts } from "../plans/linking.ts";
import type { AccountOf, Plan } from "../plans/plan.ts";
import type { identityListSchemas } from "../selections/identity-filters.ts";
import type { poolFilterSchemas } from "../selections/pool-filters.ts";
import type { Selection } from "../selections/selection.ts";
import type { Fields } from "../util/json.ts";
import { identityPoolIds, stop } from "./batches.ts";
import { contradictionsIn } from "./forms/update-controls.ts";

/** What a call does to the account. It is declared for each tool, and never derived from its name. */
export type Effect = "read" | "create" | "update" | "delete" | "vend";

/**
 * Our own parameters in addition to AWS's members: `region` if no id or ARN contains one, `clear`, `remove`, `replace` and `insertRules` for
 * merging updates, `IdentityPoolId` where AWS wants an ARN, `allPages` for paginated lists, the filters of a selection with what controls
 * them, and `everything` for a view of several reads. AWS's members are in PascalCase, ours in camelCase, except where they carry a
 * name of AWS.
 */
type Controls = {
  readonly [Name in
    | "region"
    | "clear"
    | "remove"
    | "replace"
    | "insertRules"
    | "IdentityPoolId"
    | "where"
    | "stop"
    | "allPages"
    | "any"
    | "details"
    | "countOnly"
    | "everything"
    | keyof typeof poolFilterSchemas
    | keyof typeof identityListSchemas]?: z.ZodType;
};

/** A list that is paginated with NextToken. */
export interface Pages<Member = string> {
  /** The member of the answer that is the list. */
  readonly list: Member;
  /** The filters of its entries. */
  readonly selection?: Selection;
}

/** One schema for each AWS member. An extra member, a missing member or a wrong type does not compile. */
type Members<Request> = { readonly [Member in keyof Request]-?: z.ZodType<Request[Member]> };

/** The allow-list of an answer: a member of the response that is not declared here does not leave the server. */
type AllowList<Response> = { readonly [Member in keyof Response]-?: z.ZodType<unknown, Loose<Response[Member]>> };

/** A response may contain an enum value that the SDK does not know yet, or lack a promised member. */
type Loose<T> = T extends string
  ? string
  : T extends Date
    ? Date
    : T extends object
      ? { [Member in keyof T]?: Loose<T[Member]> | undefined }
      : T;

/** The input of a validated call. */
type Parsed<Schemas> = {
  [Member in keyof Schemas]: Schemas[Member] extends z.ZodType ? z.output<Schemas[Member]> : never;
};

/** A requirement of the API that its service model does not express. */
interface Refinement<Input> {
  readonly holds: (input: Input) => boolean;
  readonly message: string;
  readonly member: string;
}

/** What of the account a tool may ask for beside its plan. */
export interface Known {
  readonly region: string;
  /** Reads what the policy allows. Raises the SDK's errors and RefusalError. */
  readonly read: Read;
  readonly accountOf: AccountOf;
}

/** Arguments that cannot be completed or that AWS refused: what is wrong with them, and what to do. */
export interface Mistaken {
  readonly mistake: string;
  readonly next: string;
}

/** How a tool makes up for what a caller cannot know, and finds what is wrong with what a caller gave. */
interface Completion<Input> {
  /** Completes the arguments from the account, before the call is planned or sent. Raises the errors of `known`. */
  readonly complete?: (input: Input, known: Known) => Promise<Input | Mistaken>;
  /** What is wrong with the arguments, where AWS refused to read what they name. */
  readonly mistakeIn?: (input: Input, known: Known) => Promise<Mistaken | undefined>;
}

interface Description<C extends CommandName, Output> {
  /** The subcommand of `aws cognito-identity`. */
  readonly name: string;
  /** One or two sentences for the model: what the tool does, and what the model must know to call it correctly. */
  readonly summary: string;
  /** The command's name, not its class, so that the SDK is loaded on the first call and not at startup. */
  readonly command: C;
  readonly output: Output;
}

interface Ungated<C extends CommandName, Input, Ours> extends Completion<Parsed<Input & Ours>> {
  readonly effect: "read" | "create" | "vend";
  /** What the answer should say of what was made or found. */
  readonly notes?: (response: Response<C>) => readonly string[];
  readonly input: Input;
  readonly controls?: Ours;
  readonly pages?: Pages<keyof Response<C>>;
  readonly refinements?: readonly Refinement<Parsed<Input & Ours>>[];
}

interface Gated<C extends CommandName, Input, Ours> extends Completion<Parsed<Input & Ours>> {
  readonly effect: "update" | "delete";
  readonly input: Input;
  readonly controls?: Ours;
  /** The members that name the pool, where a call can name several pools in their place, in IdentityPoolIds. */
  readonly many?: readonly PoolMember[];
  /** Whether a call can have `where` and its pool in the place of ids. */
  readonly selects?: true;
  readonly refinements?: readonly Refinement<Parsed<Input & Ours>>[];
  /** Reads the current state, and computes what the call would change and the whole request that would be sent. */
  readonly plan: (input: Parsed<Input & Ours>, read: Read, accountOf?: AccountOf) => Promise<Plan<C>>;
}

interface Linking<C extends CommandName, Input> {
  readonly effect: "create" | "vend";
  readonly input: Input;
  /** Whether AWS takes the call without a signature, so that a server without AWS credentials can make it. */
  readonly unsigned: boolean;
  /** Whether Logins holds a user name under the pool's developer provider name. */
  readonly developerLogins?: true;
  /**
   * The plan of a call that may link logins to an identity, or merge identities; undefined for a call that cannot. The call
   * holds names and references in the place of tokens.
   */
  readonly planIfLinking: (call: Parsed<Input>, facts: LinkingFacts) => Promise<Plan<C> | undefined>;
}

/** The members that name the pool of a call. */
type PoolMember = "IdentityPoolId" | "ResourceArn";

interface Declared {
  readonly name: string;
  readonly summary: string;
  readonly command: CommandName;
  /** Strict: an unknown member is refused, never dropped. */
  readonly input: z.ZodObject;
  /** The allow-list of the answer, member by member. */
  readonly output: z.ZodObject;
  /** Names of AWS's members, without our controls. */
  readonly members: readonly string[];
  /** Whether Logins holds a user name under the pool's developer provider name; every other value of Logins is a token. */
  readonly developerLogins?: true | undefined;
  readonly complete?: ((input: Fields, known: Known) => Promise<Fields | Mistaken>) | undefined;
  readonly mistakeIn?: ((input: Fields, known: Known) => Promise<Mistaken | undefined>) | undefined;
}

/** A tool of which no call changes what exists. */
export interface UngatedTool extends Declared {
  readonly effect: "read" | "create" | "vend";
  readonly pages?: Pages | undefined;
  readonly notes?: ((response: Fields) => readonly string[]) | undefined;
  readonly links?: undefined;
}

/** A tool that runs without asking, except for calls that may link logins to an identity, or merge identities. */
export interface LinkingTool extends Declared {
  readonly effect: "create" | "vend";
  readonly links: true;
  readonly unsigned: boolean;
  /** The plan of a call that may link or merge; undefined for a call that cannot. Raises the errors of the facts. */
  planIfLinking(call: object, facts: LinkingFacts): Promise<Plan | undefined>;
}

export interface GatedTool extends Declared {
  readonly effect: "update" | "delete";
  readonly links?: undefined;
  /** The members in whose place a call can have IdentityPoolIds. A plan is made for one pool at a time. */
  readonly many?: readonly PoolMember[] | undefined;
  /** Whether a call can have `where` and its pool in the place of ids. */
  readonly selects?: true | undefined;
  plan(input: object, read: Read, accountOf?: AccountOf): Promise<Plan>;
}

/** An operation of the service: data, and a plan if it is gated. */
export type Tool = UngatedTool | LinkingTool | GatedTool;

/** Declares an operation that runs without asking. Its members must be exactly those of the SDK's request. */
export function defineTool<
  const C extends CommandName,
  Input extends Members<Request<C>>,
  Output extends AllowList<Response<C>>,
  Ours extends Controls = Record<never, never>,
>(tool: Description<C, Exactly<Output, Response<C>>> & Ungated<C, Exactly<Input, Request<C>>, Ours>): UngatedTool {
  return {
    ...declare(tool),
    effect: tool.effect,
    pages: tool.pages as Pages | undefined,
    notes: tool.notes as UngatedTool["notes"],
  };
}

/**
 * Declares an operation that a person must approve. A member that the API requires may be optional here if the
 * plan completes it from the live account; the plan's request must match the SDK's full type.
 */
export function defineGatedTool<
  const C extends CommandName,
  Input extends Members<Partial<Request<C>>>,
  Output extends AllowList<Response<C>>,
  Ours extends Controls = Record<never, never>,
>(tool: Description<C, Exactly<Output, Response<C>>> & Gated<C, Exactly<Input, Request<C>>, Ours>): GatedTool {
  return {
    ...declare(tool.many ? forMany(tool, tool.many) : tool),
    effect: tool.effect,
    many: tool.many,
    selects: tool.selects,
    plan: tool.plan,
  };
}

/** The same declaration with IdentityPoolIds in the place of the members that name the pool. */
function forMany(tool: Declaration, members: readonly PoolMember[]): Declaration {
  const { input, controls = {}, refinements = [] } = tool;
  const names: readonly string[] = [...members, "IdentityPoolIds"];
  const holds = (given: Fields) => names.filter((name) => given[name] !== undefined).length === 1;
  const withoutRequired = Object.fromEntries(
    Object.entries(input as Readonly<Record<string, z.ZodType>>).map(([name, schema]) => [
      name,
      names.includes(name) ? schema.optional() : schema,
    ]),
  );
  const [member = "IdentityPoolId"] = members;
  return {
    ...tool,
    input: withoutRequired,
    controls: { ...controls, IdentityPoolIds: identityPoolIds(member).optional(), stop: stop.optional() },
    refinements: [
      { member, holds, message: `pass exactly one of ${names.join(", ")}` },
      {
        member: "stop",
        holds: ({ stop: stops, IdentityPoolIds }: Fields) => stops === undefined || IdentityPoolIds !== undefined,
        message: "goes with IdentityPoolIds: a change of one pool is not a job",
      },
      ...refinements,
    ],
  };
}

/** Declares an operation that a person must approve when the call may link logins to an identity, or merge identities. */
export function defineLinkingTool<
  const C extends CommandName,
  Input extends Members<Request<C>>,
  Output extends AllowList<Response<C>>,
>(tool: Description<C, Exactly<Output, Response<C>>> & Linking<C, Exactly<Input, Request<C>>>): LinkingTool {
  const { effect, unsigned, developerLogins, planIfLinking } = tool;
  return { ...declare(tool), effect, links: true, unsigned, developerLogins, planIfLinking };
}

/** The same tool with room for the token that a plan was answered with, where the operator chose `two-step` for it. */
export function withPlanToken<T extends GatedTool | LinkingTool>(tool: T): T {
  const planToken = z.string().max(1000).describe("From the refusal that showed the plan").optional();
  return { ...tool, input: tool.input.safeExtend({ planToken }) };
}

/** Rejects, at compile time, a member that the SDK does not know. */
type Exactly<Declaration, Shape> = Declaration & { readonly [Extra in Exclude<keyof Declaration, keyof Shape>]: never };

interface Declaration {
  readonly name: string;
  readonly summary: string;
  readonly command: CommandName;
  readonly input: object;
  readonly output: object;
  readonly controls?: object;
  readonly refinements?: readonly Refinement<never>[];
  readonly complete?: unknown;
  readonly mistakeIn?: unknown;
}

function declare(tool: Declaration): Declared {
  const { name, summary, command, input, output, controls, refinements = [], complete, mistakeIn } = tool;
  let strict: z.ZodObject = z.strictObject({ ...input, ...controls });
  for (const { holds, message, member } of refinements)
    strict = strict.refine(holds as (input: object) => boolean, { message, path: [member] });
  if (controls && "remove" in controls)
    strict = strict.superRefine((given, context) => {
      for (const { member, message } of contradictionsIn(given))
        context.addIssue({ code: "custom", path: [member], message });
    });
  return {
    name,
    summary,
    command,
    input: strict,
    output: z.object({ ...output }),
    members: Object.keys(input),
    complete: complete as Declared["complete"],
    mistakeIn: mistakeIn as Declared["mistakeIn"],
  };
}
