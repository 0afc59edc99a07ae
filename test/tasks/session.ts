/** A task under way: the service with the seed, the built server, and a client that counts what the task takes. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Tool } from "@modelcontextprotocol/sdk/types.js";
import { countTokens } from "../../scripts/tokens.ts";
import { approve, type Respond, type Session, startServer } from "../support/client.ts";
import { regionOf, type SeededService, startSeeded, tokenOf } from "./seed.ts";
import { readState } from "./state.ts";
import type { Budget, CallRecord, Fields, Run, Seed, Task } from "./task.ts";

/** What a task took, and what is wrong with its end. */
export interface Report {
  readonly problems: readonly string[];
  readonly used: Budget & { readonly failed: number };
  readonly run: Run;
}

export interface TaskSession extends AsyncDisposable {
  readonly instructions: string;
  readonly tools: readonly Tool[];
  /** The calls before the request, with their answers. */
  readonly earlier: readonly (CallRecord & { readonly input: Fields })[];
  call(tool: string, input: Fields): Promise<CallRecord>;
  /** Reads the end state and grades it. `answer` is what the person is told. */
  finish(answer: string): Promise<Report>;
}

/** Starts a task. `person` answers the questions; earlier calls are approved without asking. */
export async function startTask(task: Task, person: Respond): Promise<TaskSession> {
  const service = await startSeeded(task.seed);
  const logins = defineLogins(task.seed);
  let isEarlier = true;
  const starting = startServer({
    env: { ...service.env, ...logins.env },
    args: logins.args,
    respond: (question) => (isEarlier ? approve(question) : person(question)),
  });
  async function end(): Promise<void> {
    await starting.then((started) => started[Symbol.asyncDispose]()).catch(() => {});
    logins.remove();
    await service[Symbol.asyncDispose]();
  }
  const session = await starting.catch(async (error: unknown) => {
    await end();
    throw error;
  });
  const earlier = await carryOutEarlier(task, session);
  isEarlier = false;
  const asked = session.questions.length;
  const regions = [...new Set(task.seed.pools.map(({ id }) => regionOf(id)))];
  const before = await stateOf(service, regions);
  const calls: CallRecord[] = [];
  const { tools } = await session.client.listTools();
  return {
    instructions: session.client.getInstructions() ?? "",
    tools,
    earlier,
    async call(tool, input) {
      // A tool that does not exist, for one, is an error of the protocol.
      const answered = await session
        .call(tool, { ...input })
        .catch((error: unknown) => ({ isError: true, content: {}, text: messageOf(error) }));
      const call = { tool, ...answered };
      calls.push(call);
      return call;
    },
    async finish(answer) {
      const after = await stateOf(service, regions);
      const run = { before, after, answer, calls, vended: await vendAll(service, task) };
      const used = {
        calls: calls.length,
        failed: calls.filter(({ isError }) => isError).length,
        tokens: calls.reduce((sum, { text }) => sum + countTokens(text), 0),
        questions: session.questions.length - asked,
      };
      return { problems: task.check(run), used, run };
    },
    [Symbol.asyncDispose]: end,
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function stateOf(service: SeededService, regions: readonly string[]) {
  return await readState(service, regions);
}

/** What the task's application gets, one after the other. */
export async function vendAll(service: SeededService, { vends = [] }: Task): Promise<string[]> {
  const vended: string[] = [];
  for (const asked of vends) vended.push(await service.vend(asked));
  return vended;
}

async function carryOutEarlier({ earlier = [] }: Task, session: Session) {
  const calls: (CallRecord & { input: Fields })[] = [];
  for (const step of earlier) {
    const [tool, input] = step(calls.map(({ content }) => content));
    calls.push({ tool, input, ...(await session.call(tool, { ...input })) });
  }
  return calls;
}

/** Login references as an operator defines them: a file, and a variable with a token for each. */
function defineLogins({ logins = {} }: Seed) {
  const folder = mkdtempSync(join(tmpdir(), "cognito-identity-"));
  const names = Object.entries(logins).map(([name, login], at) => ({ name, login, env: `TASK_LOGIN_${at}` }));
  const file = join(folder, "logins.json");
  const content = Object.fromEntries(names.map(({ name, login, env }) => [name, { provider: login.provider, env }]));
  writeFileSync(file, JSON.stringify(content), { mode: 0o600 });
  return {
    args: names.length > 0 ? ["--logins", file] : [],
    env: Object.fromEntries(names.map(({ env, login }) => [env, tokenOf(login)])),
    remove: () => rmSync(folder, { recursive: true }),
  };
}

/** Carries out the reference solution. Every question is approved. */
export async function replay(task: Task): Promise<Report> {
  await using session = await startTask(task, approve);
  const earlier = session.earlier.map(({ content }) => content);
  const answers: Fields[] = [];
  for (const step of task.solution.steps) {
    const [tool, input] = step([...earlier, ...answers]);
    answers.push((await session.call(tool, input)).content);
  }
  return await session.finish(task.solution.answer?.([...earlier, ...answers]) ?? "");
}

/** What exceeds the budget, one sentence each. */
export function overBudget({ used }: Report, budget: Budget): string[] {
  return (["calls", "tokens", "questions"] as const).flatMap((kind) =>
    used[kind] > budget[kind] ? `${used[kind]} ${kind} instead of at most ${budget[kind]}.` : [],
  );
}
