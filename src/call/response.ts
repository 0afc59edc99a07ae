/** What of an answer leaves the server, and what a person and a model should know beside it. */
import type { Failure } from "../aws/errors/explain.ts";
import { Secret } from "../guards/redaction/secret.ts";
import type { Plan } from "../plans/plan.ts";
import { maskProviderSecret } from "../plans/provider-secrets.ts";
import { readArguments } from "../tools/arguments.ts";
import { mapSensitive } from "../tools/sensitive.ts";
import { canonicalJson, type Fields } from "../util/json.ts";
import type { AnyTool, Approved, Services, Success } from "./types.ts";

/** An answer that passed the allow-list, and the same with its secrets, which must not leave. */
interface FilteredResponse extends Success {
  readonly unredacted: Fields;
}

/** Passes the response through the tool's allow-list, and replaces its secrets by Secrets, which never print their value. */
export function filterResponse(
  tool: AnyTool,
  response: object,
  region: string,
  services: Services,
  approved: Approved | undefined,
): FilteredResponse | Failure {
  const allowed = tool.output.safeParse(response);
  if (!allowed.success) return unexpected(tool);
  const { redactor, reveal } = services;
  const safe = mapSensitive(tool.output, allowed.data, (value, how) => {
    if (how === "before semicolon") return maskProviderSecret(value);
    // Protection "secrets in answers are hidden": without it, `redactor.remember(new Secret(value, how))` reads `redactor.remember(new Secret(value, how)).expose()`.
    // Protection "secrets in answers are remembered": without it, `redactor.remember(new Secret(value, how))` reads `new Secret(value, how)`.
    const secret = redactor.remember(new Secret(value, how));
    return (tool.effect === "vend" && reveal?.placeholder(value)) || secret;
  }) as Fields;
  return {
    kind: "success",
    unredacted: allowed.data,
    content: {
      ...safe,
      ...("region" in tool.input.shape && { region }),
      ...(approved && { approved: summaryOf(approved, region), ...undoFor(approved.plan, services) }),
    },
  };
}

function unexpected(tool: AnyTool): Failure {
  const mutates = tool.effect !== "read" && tool.effect !== "vend";
  return {
    kind: "failure",
    code: "UnexpectedAnswer",
    message: "The answer does not have the documented shape, so none of it is shown.",
    hint: mutates ? "Look at the present state before calling again, and check the endpoint." : "Check the endpoint.",
    ...(mutates && { unknown: true }),
  };
}

function summaryOf({ plan: { action, target, changes }, by, account }: Approved, region: string): object {
  return { by, action, target, region, account, changes };
}

/** The plan's undo, if its calls leave the server unredacted and our tools accept them; for a deletion, how to recreate it. */
export function undoFor({ undo, recreate }: Plan, { redactor, tools }: Services): object {
  if (!undo) return recreate ? { recreate } : {};
  const unchanged = canonicalJson(redactor.redactDeep(undo)) === canonicalJson(undo);
  const accepted = undo.every((call) => {
    const tool = tools.find(({ name }) => name === call.tool);
    return tool && "input" in readArguments(tool, call.arguments);
  });
  return unchanged && accepted
    ? { undo }
    : { notes: ["No call can undo this: an old value looks like a secret, or is one that these tools do not take."] };
}
