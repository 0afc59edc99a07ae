/** `tools/call` of the modern era: a question to a person is a result, and its answer comes with a second call. */
import { ElicitResultSchema, type JSONRPCRequest } from "@modelcontextprotocol/sdk/types.js";
import { dispatch } from "../../call/dispatch.ts";
import type { Call, Outcome, Services, Session } from "../../call/types.ts";
import { type AskedAddress, RETURNED_LINK, takeAnswer } from "../../guards/approval/ask-by-return.ts";
import type { ElicitationAnswer } from "../../guards/approval/question.ts";
import type { RequestState } from "../../guards/approval/request-states.ts";
import type { Asking } from "../../guards/approval/ways.ts";
import { digest } from "../../plans/fingerprint.ts";
import { formFor } from "../forms.ts";
import { type Notifier, progressOf } from "../progress.ts";
import { RequestError, requireTool } from "../request-error.ts";
import { resultOf } from "../result.ts";
import type { Questions } from "./questions.ts";
import { completeMembers, inputRequiredMembers, type ServerInfo } from "./results.ts";

/** The key under which the question about a plan, and its answer, stand. */
const QUESTION_KEY = "approval";

/** The key under which the address of the approval page stands. Nothing that a client returns under it means anything. */
const PAGE_KEY = "page";

interface ToolCallContext {
  readonly services: Services;
  readonly session: Session;
  readonly questions: Questions;
  readonly asking: Asking;
  readonly serverInfo: ServerInfo;
}

/** What the protocol says of one call. */
interface CallContext extends Notifier {
  readonly signal: AbortSignal;
  readonly hasForms: boolean;
  readonly hasLinks: boolean;
}

/** What a call brings back from an earlier one. */
interface Reply {
  readonly state: RequestState;
  /** Undefined if the client returned the state alone. */
  readonly answer: ElicitationAnswer | undefined;
}

interface ToolCallParams {
  readonly name: string;
  readonly arguments?: unknown;
  readonly inputResponses?: Readonly<Record<string, unknown>>;
  readonly requestState?: string;
}

/** Makes the call. Raises RequestError for an unknown tool, and if what it brings back from an earlier call is not of this server or call. */
export async function callTool(
  { params }: JSONRPCRequest,
  { services, session, questions, asking, serverInfo }: ToolCallContext,
  context: CallContext,
): Promise<{ readonly outcome: Outcome; readonly result: object }> {
  const {
    name: tool,
    arguments: given,
    inputResponses,
    requestState,
  } = params as Readonly<Record<string, unknown>> & ToolCallParams;
  requireTool(tool, services.tools);
  const form = (): Call["form"] => {
    const reply = replyOf(tool, given, requestState, inputResponses, session);
    if (!asking.ways.has("form")) return "The operator has turned forms off (--ask).";
    if (!context.hasForms) return undefined;
    const queue = services.approvals?.queue;
    const returned = reply && queue && takeAnswer(reply.state, reply.answer, queue, questions.learn);
    return questions.formFor(() => callOf(tool, given), returned);
  };
  const call: Call = {
    tool,
    arguments: given,
    signal: context.signal,
    form: form(),
    link: context.hasLinks ? RETURNED_LINK : undefined,
    answerBy: Date.now() + asking.callWaitMs,
    ...progressOf(context),
  };
  const outcome = await dispatch(call, services, session);
  return { outcome, result: resultFor(outcome, services, serverInfo) };
}

function resultFor(outcome: Outcome, services: Services, serverInfo: ServerInfo): object {
  if (outcome.kind !== "question") return resultOf(outcome, services, completeMembers(serverInfo));
  const { asked, state } = outcome;
  const [key, params] = "address" in asked ? [PAGE_KEY, addressFor(asked)] : [QUESTION_KEY, formFor(asked)];
  return {
    ...inputRequiredMembers(serverInfo),
    inputRequests: { [key]: { method: "elicitation/create", params } },
    ...(state !== undefined && { requestState: state }),
  };
}

/** The address that a client shows. In this era it has no id, and no message says that it is needed no more. */
function addressFor({ address: url, message }: AskedAddress) {
  return { mode: "url", url, message };
}

/** What the call brings back, if it has a state. Answers without a state answer nothing. */
function replyOf(
  tool: string,
  given: unknown,
  requestState: string | undefined,
  responses: ToolCallParams["inputResponses"] = {},
  { requestStates }: Session,
): Reply | undefined {
  if (requestState === undefined) return undefined;
  const state = requestStates.open(requestState, () => callOf(tool, given));
  if (!state)
    throw new RequestError(
      "params",
      "The requestState was not issued by this server, or it was issued for another call.",
    );
  return { state, answer: answerIn(responses) };
}

/** The answer to our question; others are ignored. Raises RequestError if it is no result of an elicitation. */
function answerIn(responses: Readonly<Record<string, unknown>>): ElicitationAnswer | undefined {
  if (!Object.hasOwn(responses, QUESTION_KEY)) return undefined;
  const read = ElicitResultSchema.safeParse(responses[QUESTION_KEY]);
  if (!read.success)
    throw new RequestError("params", `The params of tools/call are invalid: inputResponses.${QUESTION_KEY}.`);
  const { action, content } = read.data;
  return action === "accept" ? { action, content } : { action };
}

/** Equal for calls of the same tool with the same arguments. */
function callOf(tool: string, given: unknown): string {
  try {
    return digest({ tool, given });
  } catch {
    // Nested so deep that no tool takes the arguments, and no state was issued for them.
    return "";
  }
}
