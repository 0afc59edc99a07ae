import * as z from "zod";
import type { CommandName, Read, Request, Response } from "../plans/command.ts";
import type { LinkingFacts } from "../plans/linking.ts";
import type { Plan } from "../plans/plan.ts";

/** What a call does to the account. It is declared for each tool, and never derived from its name. */
export type Effect = "read" | "create" | "update" | "delete" | "vend";

/**
 * Our own parameters in addition to AWS's members: `region` if no id or ARN contains one, `clear` for merging updates, `allPages`
 * and `nameContains` for paginated lists. AWS's members are in PascalCase, ours in camelCase.
 */
type Controls = {
  readonly region?: z.ZodType;
  readonly clear?: z.ZodType;
  readonly allPages?: z.ZodType;
  readonly nameContains?: z.ZodType;
};

/** A list that is paginated with NextToken. */
export interface Pages<Member = string> {
  /** The member of the answer that is the list. */
  readonly list: Member;
  /** The member of each entry that `nameContains` searches. */
  readonly name?: string;
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

interface Description<C extends CommandName, Output> {
  /** The subcommand of `aws cognito-identity`. */
  readonly name: string;
  /** One or two sentences for the model: what the tool does, and what the model must know to call it correctly. */
  readonly summary: string;
  /** The command's name, not its class, so that the SDK is loaded on the first call and not at startup. */
  readonly command: C;
  readonly output: Output;
}

interface Ungated<C extends CommandName, Input, Ours> {
  readonly effect: "read" | "create" | "vend";
  readonly input: Input;
  readonly controls?: Ours;
  readonly pages?: Pages<keyof Response<C>>;
  readonly refinements?: readonly Refinement<Parsed<Input & Ours>>[];
}

interface Gated<C extends CommandName, Input, Ours> {
  readonly effect: "update" | "delete";
  readonly input: Input;
  readonly controls?: Ours;
  readonly refinements?: readonly Refinement<Parsed<Input & Ours>>[];
  /** Reads the current state, and computes what the call would change and the whole request that would be sent. */
  readonly plan: (input: Parsed<Input & Ours>, read: Read) => Promise<Plan<C>>;
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
}

/** A tool of which no call changes what exists. */
export interface UngatedTool extends Declared {
  readonly effect: "read" | "create" | "vend";
  readonly pages?: Pages | undefined;
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
  plan(input: object, read: Read): Promise<Plan>;
}

/** An operation of the service: data, and a plan if it is gated. */
export type Tool = UngatedTool | LinkingTool | GatedTool;

/** Whether the tool updates or deletes, and therefore needs an approval unless the operator chose otherwise. */
export function isGated(tool: Pick<Tool, "effect">): tool is GatedTool {
  return tool.effect === "update" || tool.effect === "delete";
}

/** Whether some calls of the tool may link logins to an identity, or merge identities. */
export function canLink(tool: { readonly name: string; readonly links?: boolean | undefined }): tool is LinkingTool {
  return tool.links === true;
}

/** Declares an operation that runs without asking. Its members must be exactly those of the SDK's request. */
export function defineTool<
  const C extends CommandName,
  Input extends Members<Request<C>>,
  Output extends AllowList<Response<C>>,
  Ours extends Controls = Record<never, never>,
>(tool: Description<C, Exactly<Output, Response<C>>> & Ungated<C, Exactly<Input, Request<C>>, Ours>): UngatedTool {
  return { ...declare(tool), effect: tool.effect, pages: tool.pages as Pages | undefined };
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
  return { ...declare(tool), effect: tool.effect, plan: tool.plan };
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
}

function declare({ name, summary, command, input, output, controls, refinements = [] }: Declaration): Declared {
  let strict: z.ZodObject = z.strictObject({ ...input, ...controls });
  for (const { holds, message, member } of refinements)
    strict = strict.refine(holds as (input: object) => boolean, { message, path: [member] });
  return { name, summary, command, input: strict, output: z.object({ ...output }), members: Object.keys(input) };
}
