/**
 * `npm run tasks`: lists the tasks. `npm run tasks -- N`: starts task N, and lets a language model or a person work on it through lines on
 * stdin and stdout, with exactly what a host would show. At the end it grades the state. `npm run tasks -- replay [N]`: carries out the
 * reference solutions.
 */
import { createInterface } from "node:readline";
import type { ElicitResult } from "@modelcontextprotocol/sdk/types.js";
import type { Respond } from "../support/client.ts";
import type { Report, TaskSession } from "./session.ts";
import type { Fields, Task } from "./task.ts";
import { tasks } from "./tasks.ts";

const HELP = `Commands, one a line:
  list               the instructions and the tools, as the host gets them
  call TOOL {JSON}   calls a tool with these arguments
  answer TEXT        answers a question as the person: yes, no, or the text that is to be typed
  done TEXT          ends the task; TEXT is what the person is told`;

/** A question that waits for its answer. */
let pending: ((text: string) => void) | undefined;

/** Called when a question begins to wait. */
let onQuestion = () => {};

/** Resolves when a question waits. */
async function questionAsked(): Promise<void> {
  if (pending) return;
  await new Promise<void>((resolve) => {
    onQuestion = resolve;
  });
}

const ask: Respond = async ({ message, ...form }) => {
  const [name, property] = Object.entries("requestedSchema" in form ? form.requestedSchema.properties : {})[0] ?? [];
  print("question", [message, describe(property)].join("\n"));
  const text = await new Promise<string>((resolve) => {
    pending = resolve;
    onQuestion();
  });
  pending = undefined;
  return answerOf(name, text, property);
};

/** What the form asks for. */
function describe(property: unknown): string {
  const {
    title = "",
    description = "",
    enum: choices,
  } = (property ?? {}) as { title?: string; description?: string; enum?: string[] };
  return [title, description, choices && `Choices: ${choices.join(", ")}`].filter((text) => text).join("\n");
}

function answerOf(name: string | undefined, text: string, property: unknown): ElicitResult {
  if (name === undefined) return { action: "cancel" };
  const isChoice = typeof property === "object" && property !== null && "enum" in property;
  // In a form in which text is typed, no is the button that declines.
  return text === "no" && !isChoice ? { action: "decline" } : { action: "accept", content: { [name]: text } };
}

function print(head: string, text: string): void {
  process.stdout.write(`--- ${head}\n${text}\n`);
}

const [which, ...rest] = process.argv.slice(2);
if (which === undefined) listTasks();
else if (which === "replay") process.exitCode = await replayTasks(rest.length === 0 ? tasks : taskOf(rest[0]));
else for (const task of taskOf(which)) process.exitCode = await work(task);

function listTasks(): void {
  for (const [at, { name, request, needs = [] }] of tasks.entries())
    print(`${at + 1} ${name}${needs.length > 0 ? ` (needs ${needs.join(", ")})` : ""}`, request);
}

/** The task with this number. Without one, says so and sets the exit code. */
function taskOf(number = ""): Task[] {
  const task = tasks[Number(number) - 1];
  if (task) return [task];
  process.stderr.write(`There is no task ${number}. The numbers are 1 to ${tasks.length}.\n`);
  process.exitCode = 2;
  return [];
}

/** Carries out reference solutions, and prints what each took. Gives the exit code. */
async function replayTasks(some: readonly Task[]): Promise<number> {
  const { overBudget, replay } = await import("./session.ts");
  let failed = 0;
  for (const task of some) {
    const head = `${tasks.indexOf(task) + 1} ${task.name}`;
    try {
      const report = await replay(task);
      if (report.problems.length > 0) failed += 1;
      print(head, reportText(task, report, overBudget(report, task.budget)));
    } catch (error) {
      // A step that uses an answer which this version of the server does not give.
      failed += 1;
      print(head, `not done: ${String(error)}`);
    }
  }
  return failed > 0 ? 1 : Number(process.exitCode ?? 0);
}

/** Gives the exit code: 0 if the task is done, whatever it took. */
async function work(task: Task): Promise<number> {
  const { overBudget, startTask } = await import("./session.ts");
  await using session = await startTask(task, ask);
  for (const { tool, input, text } of session.earlier)
    print("earlier in this conversation", `call ${tool} ${JSON.stringify(input)}\n${text}`);
  print("request", task.request);
  print("help", HELP);
  const answer = await readCommands(session);
  const report = await session.finish(answer);
  print("report", reportText(task, report, overBudget(report, task.budget)));
  return report.problems.length === 0 ? 0 : 1;
}

/** Carries out commands until `done`, or the end of stdin. Gives what the person is told. */
async function readCommands(session: TaskSession): Promise<string> {
  const calls = new Set<Promise<void>>();
  try {
    for await (const line of createInterface({ input: process.stdin })) {
      // All lines may come at once: each is for what the one before it led to.
      await Promise.race([Promise.all(calls), questionAsked()]);
      const [, command = "", rest = ""] = /^\s*(\w+)\s*(.*)$/.exec(line) ?? [];
      if (command === "done") return rest;
      if (command === "list")
        print("list", JSON.stringify({ instructions: session.instructions, tools: session.tools }));
      else if (command === "answer") {
        if (pending) pending(rest);
        else print("error", "No question waits.");
      } else if (command === "call") {
        const call = carryOut(session, rest);
        calls.add(call);
        void call.then(() => calls.delete(call));
      } else if (line.trim() !== "") print("help", HELP);
    }
    return "";
  } finally {
    // Whoever leaves does not say yes.
    pending?.("no");
    await Promise.all(calls);
  }
}

/** Never rejects: what goes wrong is printed. */
async function carryOut(session: TaskSession, text: string): Promise<void> {
  const [, tool = "", json = ""] = /^(\S+)\s*(.*)$/.exec(text) ?? [];
  try {
    const input = JSON.parse(json || "{}") as Fields;
    const { isError, text: answer } = await session.call(tool, input);
    print(isError ? "failed result" : "result", answer);
  } catch (error) {
    print("error", error instanceof SyntaxError ? "The arguments are not valid JSON on one line." : String(error));
  }
}

function reportText({ budget, needs = [] }: Task, { used, problems }: Report, over: readonly string[]): string {
  const row = (name: string, value: number, most: number) =>
    `${name.padEnd(14)}${String(value).padStart(7)}   budget ${most}`;
  return [
    problems.length === 0 ? "done" : "not done:",
    ...problems,
    row("calls", used.calls, budget.calls),
    row("failed calls", used.failed, 0),
    row("answer tokens", used.tokens, budget.tokens),
    row("questions", used.questions, budget.questions),
    ...(over.length > 0 || used.failed > 0 ? ["over the budget"] : ["within the budget"]),
    ...(needs.length > 0 ? [`needs: ${needs.join(", ")}`] : []),
  ].join("\n");
}
