/** The reference solution of each task does it within the budget, and the check of each task can fail. */
import { AttachRolePolicyCommand, PutRolePolicyCommand, UpdateAssumeRolePolicyCommand } from "@aws-sdk/client-iam";
import { describe, expect, it } from "vitest";
import { listTool } from "../../src/mcp/tool-listing.ts";
import { catalogue } from "../../src/tools/catalogue.ts";
import { approve } from "../support/client.ts";
import { roleArn } from "./names.ts";
import { startSeeded } from "./seed.ts";
import { overBudget, replay, startTask, vendAll } from "./session.ts";
import { differences, readState } from "./state.ts";
import type { Budget, Need, Task } from "./task.ts";
import { needs } from "./task.ts";
import { tasks } from "./tasks.ts";
import { trustPolicy } from "./trust.ts";

/** The first sixteen tasks: what they may take together. */
const SIXTEEN: Budget = { calls: 40, tokens: 9_000, questions: 14 };
/** Of these, the ones without a batch. */
const FOURTEEN_CALLS = 36;

const schemas = new Map(catalogue.map((tool) => [tool.name, listTool(tool).inputSchema]));

/** Whether the server has the capability. */
function has(need: Need): boolean {
  const [tool, member] = needs[need];
  return Object.hasOwn(schemas.get(tool)?.properties ?? {}, member);
}

/** Capabilities that this version does not have yet. Tasks that need one are skipped. */
const absent = new Set<Need>();

it("a capability is in the list of absent ones exactly as long as no tool has it", () =>
  expect((Object.keys(needs) as Need[]).filter((need) => !has(need))).toEqual([...absent]));

describe.each(tasks.map((task, at) => ({ ...task, number: at + 1 })))(
  "task $number, $name",
  { timeout: 120_000 },
  (task) => {
    it("is done by its reference solution, within the budget and without a failed call", async (context) => {
      const missing = (task.needs ?? []).filter((need) => absent.has(need));
      context.skip(missing.length > 0, `this version cannot do what they need: ${missing.join(", ")}`);
      const report = await replay(task);
      const { run, used, problems } = report;
      expect(run.calls.filter(({ isError }) => isError).map(({ text }) => text)).toEqual([]);
      expect(problems).toEqual([]);
      expect(overBudget(report, task.budget), JSON.stringify(used)).toEqual([]);
      // Neither the change without what the person wants to know, nor the words without the change.
      if (task.solution.answer) expect(task.check({ ...run, answer: "" })).not.toEqual([]);
      if (JSON.stringify(run.before) !== JSON.stringify(run.after)) {
        expect(task.check({ ...run, after: run.before })).not.toEqual([]);
        if (task.vends)
          expect(task.check({ ...run, vended: task.vends.map(({ atFirst }) => atFirst) })).not.toEqual([]);
      }
      if (task.seed.account) expect(task.check({ ...run, after: { ...run.after, roles: {} } })).not.toEqual([]);
    });

    const { vends, seed } = task;
    if (vends)
      it("has an application that gets what the seed says", async () => {
        await using service = await startSeeded(seed);
        expect(await vendAll(service, task)).toEqual(vends.map(({ atFirst }) => atFirst));
      });

    it("is not done by doing nothing, nor by deleting everything", async () => {
      await using session = await startTask(task, approve);
      const { problems, run } = await session.finish("");
      expect(problems).not.toEqual([]);
      expect(task.check({ ...run, after: { pools: {}, roles: {} }, answer: task.request })).not.toEqual([]);
    });
  },
);

describe("the state of roles", () => {
  const RoleName = "intranet-users";
  const changes = {
    "a trust policy": new UpdateAssumeRolePolicyCommand({
      RoleName,
      PolicyDocument: JSON.stringify(trustPolicy({ aud: 1 })),
    }),
    "an inline policy": new PutRolePolicyCommand({
      RoleName,
      PolicyName: "more",
      PolicyDocument: JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Deny", Action: "*", Resource: "*" }],
      }),
    }),
    "a managed policy": new AttachRolePolicyCommand({ RoleName, PolicyArn: "arn:aws:iam::aws:policy/ReadOnlyAccess" }),
  };

  it.each(Object.entries(changes))("shows %s that was changed", async (_, change) => {
    const task = tasks.find(({ seed }) => seed.account);
    await using service = await startSeeded(task?.seed ?? { pools: [] });
    const before = await readState(service, ["eu-west-1"]);
    await service.iamFor("eu-west-1:").send(change as PutRolePolicyCommand);
    const found = differences(before, await readState(service, ["eu-west-1"]));
    expect(found.length).toBeGreaterThan(0);
    expect(found.join()).toContain(`/roles/${roleArn(RoleName)}/`);
  });
});

describe("the budgets", () => {
  const sum = (some: readonly Task[], kind: keyof Budget) =>
    some.reduce((total, { budget }) => total + budget[kind], 0);
  const sixteen = tasks.slice(0, 16);

  it.each(["calls", "tokens", "questions"] as const)("of the first sixteen allow no more %s than is the aim", (kind) =>
    expect(sum(sixteen, kind)).toBeLessThanOrEqual(SIXTEEN[kind]),
  );

  it("of the fourteen without a batch allow no more calls than is the aim", () => {
    const single = sixteen.filter((task) => !task.needs?.includes("batch"));
    expect(single).toHaveLength(14);
    expect(sum(single, "calls")).toBeLessThanOrEqual(FOURTEEN_CALLS);
  });

  it("belong to at least fifty tasks with different names", () => {
    expect(tasks.length).toBeGreaterThanOrEqual(50);
    expect(new Set(tasks.map(({ name }) => name)).size).toBe(tasks.length);
  });
});
