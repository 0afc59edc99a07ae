import type { Aws } from "./aws/clients.ts";
import { explain, type Failure } from "./aws/errors.ts";
import { routeOf } from "./aws/region.ts";
import { type Admission, busy } from "./guards/admission.ts";
import {
  type ClearedCall,
  clearApproved,
  clearUngated,
  confirm,
  type Person,
  type Terminal,
} from "./guards/confirmation.ts";
import { type Policy, permitCall, permitTool } from "./guards/permission.ts";
import type { Redactor } from "./guards/redaction.ts";
import { type Refusal, refuse } from "./guards/refusal.ts";
import { canonical, type Plan } from "./plans/plan.ts";
import { readArguments, requestOf, secretsOf } from "./tools/arguments.ts";
import { mapSensitive } from "./tools/sensitive.ts";
import { isGated, type Tool } from "./tools/tool.ts";

/** What a call is answered with. */
export type Outcome = Output | Refusal | Failure;

interface Output {
  readonly kind: "output";
  /** AWS's members in PascalCase, and beside them ours in camelCase. */
  readonly content: Readonly<Record<string, unknown>>;
}

/** One call as it came in, and the person behind it where the client can ask one. */
export interface Call {
  readonly tool: string;
  readonly arguments: unknown;
  readonly signal: AbortSignal;
  readonly person?: Person | undefined;
}

/** What every call is held against. */
export interface House {
  readonly tools: readonly Tool[];
  readonly policy: Policy;
  readonly aws: Aws;
  readonly redactor: Redactor;
  readonly admission: Admission;
  /** Where a person can approve what the client could not ask. */
  readonly terminal?: Terminal | undefined;
  /** Told of a fault of ours, which the caller sees only as such. */
  readonly onFault: (error: unknown) => void;
}

/**
 * The one path of every call: permission → arguments → admission → region → permission for that → (gated: plan,
 * confirmation, plan again) → AWS → what may leave. Never throws: whatever goes wrong becomes a refusal or a failure.
 */
export async function dispatch(call: Call, house: House): Promise<Outcome> {
  const { aws, policy, redactor, tools } = house;
  const tool = tools.find(({ name }) => name === call.tool);
  if (!tool) return refuse("There is no such tool.", `The tools are ${tools.map(({ name }) => name).join(", ")}.`);

  let sent = false;
  const send = async (cleared: ClearedCall, approved?: Plan): Promise<Outcome> => {
    call.signal.throwIfAborted();
    sent = true;
    return present(tool, await aws.send(cleared, call.signal), cleared.region, house, approved);
  };

  try {
    // Known before anything can fail, so that no answer can echo them.
    for (const secret of secretsOf(tool, call.arguments)) redactor.conceal(secret, "nothing");
    const forbidden = permitTool(tool, policy);
    if (forbidden) return forbidden;
    const read = readArguments(tool, call.arguments);
    if ("problems" in read)
      return refuse(read.problems.join(" "), `Correct the arguments of ${tool.name} and call again.`);
    const { input } = read;
    using place = await house.admission.enter(call.signal);
    if (!place) return busy;
    const region = await route(input, aws);
    if (typeof region !== "string") return region;
    const barred = permitCall(input, region, policy);
    if (barred) return barred;

    if (!isGated(tool)) return await send(clearUngated(tool, region, requestOf(tool, input)));

    const reader = aws.reader(region, call.signal);
    const plan = await tool.plan(input, reader);
    if (plan.changes.length === 0) return unchanged(tool, plan.notes);
    const { person } = call;
    const caller = await aws.caller(region);
    const approval = await confirm(plan, { tool: tool.name, input, region, caller, person, terminal: house.terminal });
    if (approval.kind === "refusal") return approval;
    const cleared = clearApproved(approval, tool, region, await tool.plan(input, reader));
    if (cleared.kind === "refusal") return cleared;
    return await send(cleared, plan);
  } catch (error) {
    if (isFault(error)) house.onFault(error);
    return explain(error, sent && tool.effect !== "read");
  }
}

/** Whether an error can only come from a mistake in this program, or in what it is built from. */
function isFault(error: unknown): boolean {
  return error instanceof TypeError || error instanceof ReferenceError || error instanceof RangeError;
}

/** The region that the call's ids name, or else the one asked for, or else the server's own. */
async function route(input: Readonly<Record<string, unknown>>, aws: Aws): Promise<string | Refusal> {
  const found = routeOf(input);
  if ("problem" in found) return refuse(found.problem, found.next);
  if (found.region !== undefined) return found.region;
  if (typeof input["region"] === "string") return input["region"];
  return (
    (await aws.defaultRegion()) ??
    refuse(
      "No region: the call names none, and neither does the server's set-up.",
      "Pass region, or start the server with --region, AWS_REGION or a profile that has one.",
    )
  );
}

/** Passes the response through the tool's allow-list, and takes its secrets out. */
function present(tool: Tool, response: object, region: string, house: House, approved?: Plan): Outcome {
  const allowed = tool.output.safeParse(response);
  if (!allowed.success)
    return {
      kind: "failure",
      code: "UnexpectedAnswer",
      what: "AWS carried the call out, but its answer has not the documented shape, so nothing of it is shown.",
      next: tool.effect === "read" ? "Check the endpoint." : "Look at the present state before calling again.",
    };
  const safe = mapSensitive(tool.output, allowed.data, house.redactor.conceal) as Readonly<Record<string, unknown>>;
  return {
    kind: "output",
    content: {
      ...safe,
      ...("region" in tool.input.shape && { region }),
      ...(approved && {
        approved: { action: approved.action, target: approved.target, region, changes: approved.changes },
        ...takenBack(approved, house),
      }),
    },
  };
}

/** What to take a change back with: its undo, provided that the calls stay whole on the way out and our tools take them. */
function takenBack({ undo, kept }: Plan, { redactor, tools }: House): object {
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

function unchanged(tool: Tool, notes: readonly string[]): Output {
  const clear = "clear" in tool.input.shape ? " Maps and lists are added to: to drop entries, use clear." : "";
  return { kind: "output", content: { unchanged: `It is already as asked, so nothing was sent.${clear}`, notes } };
}
