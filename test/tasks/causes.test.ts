/** The checks of what a person is told of a diagnosis: right answers in different words pass, wrong ones and those to other tasks do not. */
import { describe, expect, it } from "vitest";
import { approve } from "../support/client.ts";
import { answers, ruledOut } from "./answers.ts";
import { diagnosisTasks } from "./list/diagnosis.ts";
import { mappingKey, poolId, roleArn, userPool } from "./names.ts";
import { replay, startTask } from "./session.ts";
import type { Fields, Run, Task } from "./task.ts";

/** The end of the reference solution, with something else told. */
const ends = new Map<string, Run>();

async function endOf(task: Task): Promise<Run> {
  const known = ends.get(task.name);
  if (known) return known;
  const { run } = await replay(task);
  ends.set(task.name, run);
  return run;
}

const others = (task: Task) =>
  Object.entries(answers).flatMap(([name, { right }]) => (name === task.name ? [] : right));

it("there are answers to every diagnosis task", () =>
  expect(Object.keys(answers)).toEqual(diagnosisTasks.map(({ name }) => name)));

describe.each(diagnosisTasks)("$name", { timeout: 60_000 }, (task) => {
  const { right = [], wrong = [] } = answers[task.name] ?? {};

  it.each(right)("takes: %s", async (answer) => expect(task.check({ ...(await endOf(task)), answer })).toEqual([]));

  it.each(wrong)("does not take: %s", async (answer) =>
    expect(task.check({ ...(await endOf(task)), answer })).not.toEqual([]),
  );

  it("takes right answers that say what is not the cause as well", async () => {
    const run = await endOf(task);
    expect(right.map((answer) => task.check({ ...run, answer: `${answer}\n\n${ruledOut}` }))).toEqual(
      right.map(() => []),
    );
  });

  it("takes no right answer to another task", async () => {
    const run = await endOf(task);
    expect(others(task).filter((answer) => task.check({ ...run, answer }).length === 0)).toEqual([]);
  });

  it("takes no right answer that names all other causes as well", async () => {
    const run = await endOf(task);
    const answer = [...right.slice(0, 1), ...others(task)].join(" ");
    expect(task.check({ ...run, answer })).not.toEqual([]);
  });
});

const hr = { Claim: "custom:department", MatchType: "Equals", Value: "hr", RoleARN: roleArn("campus-hr") };
const rules = (...Rules: object[]) => ({
  RoleMappings: { [mappingKey]: { Type: "Rules", RulesConfiguration: { Rules } } },
});
const misspelt = { RoleMappings: [{ provider: mappingKey, Claim: "department" }] };
const client = { ProviderName: userPool, ClientId: "3tq8v1x5z7b2n4m6k9j0h2g4f6" };

/** Repairs that are not those of the reference solutions. */
const repairs: readonly { task: string; words: string; isDone: boolean; tool: string; input: Fields }[] = [
  {
    task: "a-claim-without-its-prefix",
    words: "a corrected rule in front, beside the misspelt one",
    isDone: true,
    tool: "set-identity-pool-roles",
    input: { IdentityPoolId: poolId(211), ...rules(hr), insertRules: "first" },
  },
  {
    task: "a-claim-without-its-prefix",
    words: "a corrected rule in front, in the place of the misspelt one",
    isDone: true,
    tool: "set-identity-pool-roles",
    input: { IdentityPoolId: poolId(211), ...rules(hr), insertRules: "first", remove: misspelt },
  },
  {
    task: "a-claim-without-its-prefix",
    words: "a corrected rule at the end, where it comes too late",
    isDone: false,
    tool: "set-identity-pool-roles",
    input: { IdentityPoolId: poolId(211), ...rules(hr), remove: misspelt },
  },
  {
    task: "a-client-id-that-the-pool-does-not-know",
    words: "the client id without a check of tokens",
    isDone: true,
    tool: "update-identity-pool",
    input: { IdentityPoolId: poolId(212), CognitoIdentityProviders: [client] },
  },
  {
    task: "a-client-id-that-the-pool-does-not-know",
    words: "the client id in the place of that of the website",
    isDone: false,
    tool: "update-identity-pool",
    input: {
      IdentityPoolId: poolId(212),
      CognitoIdentityProviders: [client],
      replace: ["CognitoIdentityProviders"],
    },
  },
  {
    task: "guests-are-off",
    words: "guests on, and the classic flow as well",
    isDone: false,
    tool: "update-identity-pool",
    input: { IdentityPoolId: poolId(201), AllowUnauthenticatedIdentities: true, AllowClassicFlow: true },
  },
];

describe("repairs", { timeout: 60_000 }, () => {
  it.each(repairs)("$task: $words (done: $isDone)", async ({ task: name, isDone, tool, input }) => {
    const task = diagnosisTasks.find((one) => one.name === name);
    if (!task) throw new Error(`no task ${name}`);
    await using session = await startTask(task, approve);
    const { isError, text } = await session.call(tool, input);
    expect([isError, text]).toEqual([false, text]);
    const { problems } = await session.finish(answers[name]?.right[0] ?? "");
    expect(problems.length === 0, problems.join(" ")).toBe(isDone);
  });
});
