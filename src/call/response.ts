/** What of AWS's answer leaves, and what a person and a model should know beside it. */
import type { Failure } from "../aws/errors/explain.ts";
import type { Approver } from "../guards/approval/confirm.ts";
import { Secret } from "../guards/redaction/secret.ts";
import { canonical, type Plan } from "../plans/plan.ts";
import { readArguments } from "../tools/arguments.ts";
import { mapSensitive } from "../tools/sensitive.ts";
import type { Tool } from "../tools/tool.ts";
import type { House, Output } from "./dispatch.ts";

type Fields = Readonly<Record<string, unknown>>;

/** A plan that is being carried out, and at whose word. */
export interface Approved {
  readonly plan: Plan;
  readonly by: Approver;
  readonly account: string;
}

/** An answer, and the same with its secrets, which must not leave. */
interface Answer extends Output {
  readonly whole: Fields;
}

/** Passes the response through the tool's allow-list; its secrets become Secrets, which show nothing from here on. */
export function present(
  tool: Tool,
  response: object,
  region: string,
  house: House,
  approved: Approved | undefined,
): Answer | Failure {
  const allowed = tool.output.safeParse(response);
  if (!allowed.success) return unexpected(tool);
  const { redactor, reveal } = house;
  const safe = mapSensitive(tool.output, allowed.data, (value, how) => {
    // Protection "secrets in answers are hidden": without it, `redactor.remember(new Secret(value, how))` reads `redactor.remember(new Secret(value, how)).expose()`.
    // Protection "secrets in answers are remembered": without it, `redactor.remember(new Secret(value, how))` reads `new Secret(value, how)`.
    const secret = redactor.remember(new Secret(value, how));
    return (tool.effect === "vend" && reveal?.mark(value)) || secret;
  }) as Fields;
  return {
    kind: "output",
    whole: allowed.data,
    content: {
      ...safe,
      ...("region" in tool.input.shape && { region }),
      ...(approved && { approved: report(approved, region), ...takenBack(approved.plan, house) }),
    },
  };
}

function unexpected(tool: Tool): Failure {
  const mutates = tool.effect !== "read" && tool.effect !== "vend";
  return {
    kind: "failure",
    code: "UnexpectedAnswer",
    what: "The answer has not the documented shape, so nothing of it is shown.",
    next: mutates ? "Look at the present state before calling again, and check the endpoint." : "Check the endpoint.",
    ...(mutates && { unknown: true }),
  };
}

function report({ plan: { action, target, changes }, by, account }: Approved, region: string): object {
  return { by, action, target, region, account, changes };
}

/** What to take a change back with: its undo, provided that the calls stay whole on the way out and our tools take them. */
export function takenBack({ undo, kept }: Plan, { redactor, tools }: House): object {
  if (!undo) return kept ? { kept } : {};
  const whole = canonical(redactor.throughout(undo)) === canonical(undo);
  const taken = undo.every((call) => {
    const tool = tools.find(({ name }) => name === call.tool);
    return tool && "input" in readArguments(tool, call.arguments);
  });
  return whole && taken
    ? { undo }
    : { notes: ["No call can undo this: an old value looks like a secret, or is one that these tools do not take."] };
}
