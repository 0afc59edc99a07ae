import type { Aws } from "./aws/clients.ts";
import { explain, type Failure } from "./aws/errors.ts";
import { routeOf } from "./aws/region.ts";
import {
  type ClearedCall,
  clearApproved,
  clearUngated,
  confirm,
  type Person,
  type Terminal,
  withLogins,
} from "./guards/confirmation.ts";
import { findLoginFaults, hasAudience, refusesLogins } from "./guards/login-faults.ts";
import { createLogins, isPlainReference, isReference, type Logins } from "./guards/logins.ts";
import { type Policy, permitCall, permitTool } from "./guards/permission.ts";
import type { Redactor } from "./guards/redaction.ts";
import { type Refusal, refuse } from "./guards/refusal.ts";
import type { Reveal } from "./guards/reveal.ts";
import { type Again, type Claim, type Vault, vendedIn } from "./guards/vending.ts";
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
  /** Where a person can approve what the client could not ask. */
  readonly terminal?: Terminal | undefined;
  /** Where what is vended is kept for a person to use. */
  readonly vault?: Vault | undefined;
  /** Lets vended secrets through; not there unless the operator wants it. */
  readonly reveal?: Reveal | undefined;
  /** What login references stand for; none can be used without. */
  readonly logins?: Logins | undefined;
  /** Told of a fault of ours, which the caller sees only as such. */
  readonly onFault: (error: unknown) => void;
}

/** A call to AWS has this long with its retries. */
const RENEWAL_MS = 30_000;

/**
 * The one path of every call: permission → arguments → region → permission for that → logins → (gated: plan,
 * confirmation, plan again) → AWS → what may leave. Never throws: whatever goes wrong becomes a refusal or a failure.
 */
export async function dispatch(call: Call, house: House): Promise<Outcome> {
  const { aws, logins = noLogins, policy, redactor, tools } = house;
  const tool = tools.find(({ name }) => name === call.tool);
  if (!tool) return refuse("There is no such tool.", `The tools are ${tools.map(({ name }) => name).join(", ")}.`);

  let sent = false;
  /** The arguments, with tokens in the place of login references. */
  let filled: Fields = {};
  const send = async (cleared: ClearedCall, approved?: Plan): Promise<Outcome> => {
    call.signal.throwIfAborted();
    sent = true;
    const response = await aws.send(cleared, call.signal);
    const settle = async (answer: Fields): Promise<object> => {
      logins.learn(filled, answer);
      return tool.effect === "vend" ? await keepVended(answer, cleared.region, call, house) : {};
    };
    return await present(tool, response, cleared.region, house, settle, approved);
  };

  try {
    // Known before anything can fail, so that no answer can echo them.
    for (const secret of secretsOf(tool, call.arguments))
      if (!isPlainReference(secret)) redactor.conceal(secret, "nothing");
    const forbidden = permitTool(tool, policy);
    if (forbidden) return forbidden;
    const read = readArguments(tool, call.arguments);
    if ("problems" in read)
      return refuse(read.problems.join(" "), `Correct the arguments of ${tool.name} and call again.`);
    const { input } = read;
    const region = await route(input, aws);
    if (typeof region !== "string") return region;
    const barred = permitCall(input, region, policy);
    if (barred) return barred;

    const fill = () => logins.fill(input, secretsOf(tool, input));
    const logged = fill();
    if (logged.kind === "refusal") return logged;
    filled = logged.input;

    if (!isGated(tool)) return await send(clearUngated(tool, region, requestOf(tool, filled)));

    const reader = aws.reader(region, call.signal);
    const plan = await tool.plan(input, reader);
    if (plan.changes.length === 0) return unchanged(tool, plan.notes);
    const { person } = call;
    const caller = await aws.caller(region);
    const approval = await confirm(plan, { tool: tool.name, input, region, caller, person, terminal: house.terminal });
    if (approval.kind === "refusal") return approval;
    // Anew: a token may have been renewed, or have gone, while the person read.
    const renewed = fill();
    if (renewed.kind === "refusal") return renewed;
    filled = renewed.input;
    const cleared = clearApproved(approval, tool, region, await tool.plan(input, reader));
    if (cleared.kind === "refusal") return cleared;
    return await send(withLogins(cleared, filled["Logins"]), plan);
  } catch (error) {
    if (isFault(error)) house.onFault(error);
    const failure = explain(error, sent && tool.effect !== "read");
    return sent ? await withLoginFaults(failure, filled, call, { ...house, logins }) : failure;
  }
}

type Fields = Readonly<Record<string, unknown>>;

const noLogins = createLogins({ references: new Map(), only: false, conceal: () => {} });

/** Adds what the login tokens say themselves of why AWS refused them. */
async function withLoginFaults(failure: Failure, input: Fields, call: Call, house: House): Promise<Failure> {
  if (!refusesLogins.has(failure.code)) return failure;
  const IdentityPoolId = house.logins?.poolOf(input);
  const describe = async () => {
    if (IdentityPoolId === undefined) return undefined;
    const ask = { tool: "describe-identity-pool", arguments: { IdentityPoolId }, signal: call.signal };
    const pool = await dispatch(ask, house);
    return pool.kind === "output" ? pool.content : undefined;
  };
  const logins = await findLoginFaults(tokensIn(input, call.tool), Date.now(), describe);
  return { ...failure, logins };
}

/** A developer provider's logins are names of users; tokens among them are known by their form. */
function tokensIn({ Logins }: Fields, tool: string): [provider: string, token: string][] {
  const logins = Object.entries({ ...(Logins as Readonly<Record<string, string>> | undefined) });
  return tool === "get-open-id-token-for-developer-identity"
    ? logins.filter(([, token]) => hasAudience(token))
    : logins;
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
async function present(
  tool: Tool,
  response: object,
  region: string,
  house: House,
  settle: (answer: Fields) => Promise<object>,
  approved?: Plan,
): Promise<Outcome> {
  const allowed = tool.output.safeParse(response);
  if (!allowed.success)
    return {
      kind: "failure",
      code: "UnexpectedAnswer",
      what: "AWS carried the call out, but its answer has not the documented shape, so nothing of it is shown.",
      next: tool.effect === "read" ? "Check the endpoint." : "Look at the present state before calling again.",
    };
  const { redactor, reveal } = house;
  const safe = mapSensitive(tool.output, allowed.data, (secret, shown) => {
    const concealed = redactor.conceal(secret, shown);
    return (tool.effect === "vend" && reveal?.mark(secret)) || concealed;
  }) as Readonly<Record<string, unknown>>;
  return {
    kind: "output",
    content: {
      ...safe,
      ...(await settle(allowed.data)),
      ...("region" in tool.input.shape && { region }),
      ...(approved && {
        approved: { action: approved.action, target: approved.target, region, changes: approved.changes },
        ...takenBack(approved, house),
      }),
    },
  };
}

/** Puts what was vended into the vault. Gives what the caller may know of it: how a person uses it. */
async function keepVended(answer: Fields, region: string, call: Call, house: House): Promise<object> {
  const vended = vendedIn(answer, region);
  if (!vended) return {};
  const claim: Claim | undefined = await house.vault?.keep(vended, againWithoutPerson(call, house));
  return claim ?? { notes: ["Nobody can collect this: the server has no channel to a person at its machine."] };
}

/** The same call anew, on the same path, where its arguments hold all that it takes: no token that will have expired. */
function againWithoutPerson({ tool, arguments: given }: Call, house: House): Again | undefined {
  const { Logins = {} } = { ...(given as object) } as { Logins?: object };
  if (!Object.values(Logins).every(isReference)) return undefined;
  return async (vault) => {
    const repeated = { tool, arguments: given, signal: AbortSignal.timeout(RENEWAL_MS) };
    const outcome = await dispatch(repeated, { ...house, vault, reveal: undefined });
    return outcome.kind === "refusal" ? outcome.reason : outcome.kind === "failure" ? outcome.what : undefined;
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
