import * as z from "zod";
import type { CommandName, Read, Request, Response } from "../plans/command.ts";
import type { Plan } from "../plans/plan.ts";

/** What a call does to the account. Declared by hand for each tool, and never guessed from its name. */
export type Effect = "read" | "create" | "update" | "delete" | "vend";

/**
 * Parameters of ours beside AWS's members: `region` where no id or ARN names one, `clear` where an update merges, `allPages`
 * and `nameContains` where a list comes in pages. PascalCase is AWS's, camelCase is ours.
 */
type Controls = {
  readonly region?: z.ZodType;
  readonly clear?: z.ZodType;
  readonly allPages?: z.ZodType;
  readonly nameContains?: z.ZodType;
};

/** How a list comes in pages: by NextToken. */
export interface Pages<Member = string> {
  /** The member of the answer that is the list. */
  readonly list: Member;
  /** The member of each entry that `nameContains` looks at. */
  readonly name?: string;
}

/** One schema for each AWS member; a member too many, too few or of another type does not compile. */
type Members<Request> = { readonly [Member in keyof Request]-?: z.ZodType<Request[Member]> };

/** The allow-list of an answer: a member of the response that is not declared here does not leave the server. */
type AllowList<Response> = { readonly [Member in keyof Response]-?: z.ZodType<unknown, Loose<Response[Member]>> };

/** An answer may hold a value of an enum that the SDK does not know yet, or lack a member it promised. */
type Loose<T> = T extends string
  ? string
  : T extends Date
    ? Date
    : T extends object
      ? { [Member in keyof T]?: Loose<T[Member]> | undefined }
      : T;

/** What a validated call holds. */
type Parsed<Schemas> = {
  [Member in keyof Schemas]: Schemas[Member] extends z.ZodType ? z.output<Schemas[Member]> : never;
};

/** A requirement of the API that its shapes do not express. */
interface Refinement<Input> {
  readonly holds: (input: Input) => boolean;
  readonly message: string;
  readonly member: string;
}

interface Description<C extends CommandName, Output> {
  /** The subcommand of `aws cognito-identity`. */
  readonly name: string;
  /** One or two sentences for the model: what the tool does, and what it must know to call it well. */
  readonly summary: string;
  /** By name, so that the SDK can load on the first call instead of at start-up. */
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
  /** Reads the present and works out what the call would change, and the whole request that would be sent. */
  readonly plan: (input: Parsed<Input & Ours>, read: Read) => Promise<Plan<C>>;
}

interface Declared {
  readonly name: string;
  readonly summary: string;
  readonly command: CommandName;
  /** Strict: an unknown member is refused, never dropped. */
  readonly input: z.ZodObject;
  /** The allow-list of the answer, member by member. */
  readonly output: z.ZodObject;
  /** Names of the members that AWS itself takes, i.e. without our controls. */
  readonly members: readonly string[];
}

export interface UngatedTool extends Declared {
  readonly effect: "read" | "create" | "vend";
  readonly pages?: Pages | undefined;
}

export interface GatedTool extends Declared {
  readonly effect: "update" | "delete";
  plan(input: object, read: Read): Promise<Plan>;
}

/** An operation of the service as the server knows it: data, and for a gated one its plan. */
export type Tool = UngatedTool | GatedTool;

/** Whether the tool updates or deletes, and so needs an approval unless the operator chose otherwise. */
export function isGated(tool: Pick<Tool, "effect">): tool is GatedTool {
  return tool.effect === "update" || tool.effect === "delete";
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
 * Declares an operation that a person must approve. A member may be optional here that the API requires, when the
 * plan completes it from the live account; the plan's request is held to the SDK's full type.
 */
export function defineGatedTool<
  const C extends CommandName,
  Input extends Members<Partial<Request<C>>>,
  Output extends AllowList<Response<C>>,
  Ours extends Controls = Record<never, never>,
>(tool: Description<C, Exactly<Output, Response<C>>> & Gated<C, Exactly<Input, Request<C>>, Ours>): GatedTool {
  return { ...declare(tool), effect: tool.effect, plan: tool.plan };
}

/** The same tool with room for the token that a plan was answered with, where the operator chose `two-step` for it. */
export function withPlanToken(tool: GatedTool): GatedTool {
  const planToken = z.string().max(1000).describe("Of the refusal that showed the plan").optional();
  return { ...tool, input: tool.input.safeExtend({ planToken }) };
}

/** Refuses, at compile time, a member that the SDK does not know. */
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
