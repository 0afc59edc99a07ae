/** `approve` lists the jobs that run, and `approve --stop` stops one, from a process of its own. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { channelVariable, overEach, type Transport } from "../support/channel.ts";
import { openTab, useChromium } from "../support/chromium.ts";
import { approve, type Session, startServer } from "../support/client.ts";
import { runProgram } from "../support/command.ts";
import { fakeBrowser } from "../support/fake-browser.ts";
import { startSlowService } from "../support/many.ts";

const IDENTITIES = 1_800;

let service: Awaited<ReturnType<typeof startSlowService>>;
let runtime: string;
let elsewhere: string;
let transport: Transport;
const eachWay = overEach((chosen) => {
  transport = chosen;
});

beforeAll(async () => {
  service = await startSlowService();
  runtime = mkdtempSync(join(tmpdir(), "cognito-identity-"));
  elsewhere = mkdtempSync(join(tmpdir(), "cognito-identity-"));
});
afterAll(async () => {
  await service[Symbol.asyncDispose]();
  for (const folder of [runtime, elsewhere]) rmSync(folder, { recursive: true });
});
beforeEach(() => {
  service.speed.delay = 0;
  service.deleted.length = 0;
});

const start = (folder = runtime, env: Readonly<Record<string, string>> = {}) =>
  startServer({
    args: ["--max-deleted-identities", "2000", "--call-wait", "1", "--audit", join(folder, "audit.jsonl")],
    env: { ...service.env, XDG_RUNTIME_DIR: folder, ...channelVariable(transport), ...env },
    respond: (question) => {
      service.speed.delay = 250;
      return approve(question);
    },
  });
const command = (...args: string[]) => runProgram(["approve", ...args], { XDG_RUNTIME_DIR: runtime });

/** A call that deletes, once its work has begun. */
async function begin(session: Session) {
  const { pool } = await service.createPool(IDENTITIES);
  const call = () => session.call("delete-identities", { IdentityPoolId: pool, where: { withoutLogins: true } });
  let content: Record<string, unknown> = {};
  while (!/^\d/.test(String(content["running"]))) ({ content } = await call());
  return { pool, call, job: String(content["job"]) };
}

eachWay("a running job", () => {
  it("is listed with what it does, and stopped after the request in flight", async () => {
    await using session = await start();
    const { pool, call, job } = await begin(session);
    const listed = await command();
    expect(listed).toMatchObject({ code: 0, stderr: "" });
    expect(listed.stdout).toMatch(/^1 job runs:\n/);
    const line = listed.stdout.split("\n").find((one) => one.includes(job)) ?? "";
    expect(line).toContain("delete-identities");
    expect(line).toContain(pool);
    expect(line).toMatch(/\d+ of 1800 changed/);
    expect(listed.stdout).toContain("approve --stop JOB");
    expect(await command("--stop", job)).toEqual({
      code: 0,
      stdout: "Stopped. The request in flight ends; the rest is not touched.\n",
      stderr: "",
    });
    const { isError, content } = await call();
    const { length } = service.deleted;
    expect({ isError, content }).toMatchObject({
      isError: true,
      content: { deleted: length, of: IDENTITIES, left: IDENTITIES - length, stopped: "a person stopped it" },
    });
    expect(length).toBeLessThan(IDENTITIES);
    await setTimeout(700);
    expect(service.deleted.length).toBe(length);
    service.speed.delay = 0;
    expect((await service.left(pool)).length).toBe(IDENTITIES - length);
    // It has ended.
    expect((await command()).stdout).not.toContain(job);
    expect(await command("--stop", job)).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^No server runs a job/),
    });
  });

  it("is found among several servers, and the others go on", async () => {
    await using one = await start();
    await using other = await start();
    const [first, second] = await Promise.all([begin(one), begin(other)]);
    const listed = await command();
    expect(listed.stdout).toMatch(/^2 jobs run:\n/);
    for (const { job } of [first, second]) expect(listed.stdout).toContain(job);
    expect((await command("--stop", second.job)).code).toBe(0);
    expect((await second.call()).content).toMatchObject({ stopped: "a person stopped it" });
    const after = await command();
    expect(after.stdout).toContain(first.job);
    expect(after.stdout).not.toContain(second.job);
    expect((await command("--stop", first.job)).code).toBe(0);
  });

  it("is not stopped by an id that does not exist, nor through the channel folder of somebody else", async () => {
    await using session = await start(elsewhere);
    await using mine = await start();
    const [foreign, own] = await Promise.all([begin(session), begin(mine)]);
    // The jobs last longer than all these commands.
    service.speed.delay = 800;
    const ids = [foreign.job, "nothing", `${own.job} `];
    for (const job of ids) {
      const { code, stdout, stderr } = await command("--stop", job);
      expect({ job, code }).toEqual({ job, code: 1 });
      expect(stdout + stderr).toMatch(/^No server runs a job with this id/);
    }
    expect(await command("--stop", "")).toMatchObject({
      code: 2,
      stdout: "",
      stderr: expect.stringContaining("--stop"),
    });
    expect((await command()).stdout).not.toContain(foreign.job);
    const { length } = service.deleted;
    while (service.deleted.length === length) await setTimeout(20);
    expect((await foreign.call()).content).toMatchObject({ job: foreign.job });
    service.speed.delay = 250;
    const stop = { IdentityPoolId: own.pool, where: { withoutLogins: true }, stop: true };
    expect((await mine.call("delete-identities", stop)).content).toHaveProperty("stopped", "a call with stop");
  });
});

describe("on the approval page", () => {
  const browser = useChromium();

  it("a job is shown although no plan waits, and stopped", { timeout: 60_000 }, async () => {
    using program = fakeBrowser();
    await using session = await start(runtime, program.env);
    const { call } = await begin(session);
    // The command waits until a browser has loaded the page.
    const opening = runProgram(["approve", "--page"], { XDG_RUNTIME_DIR: runtime, ...program.env });
    await using tab = await openTab(browser());
    await tab.page.goto(await program.address());
    expect(await opening).toMatchObject({ code: 0, stdout: expect.stringMatching(/is open in your browser/) });
    const running = tab.page.getByRole("region", { name: "Running" }).getByRole("listitem");
    await expect.poll(() => running.innerText()).toMatch(/delete-identities, .*: \d+ of 1800 changed/);
    await running.getByRole("button", { name: "Stop" }).click();
    await expect.poll(() => tab.page.getByRole("status").innerText()).toMatch(/^Stopped after the request in flight/);
    expect((await call()).content).toMatchObject({ of: IDENTITIES, stopped: "a person stopped it" });
    await expect.poll(() => running.count()).toBe(0);
    expect((await command("--page")).stdout).toBe("No plan waits for approval, and no job runs.\n");
    expect(tab.errors).toEqual([]);
  });
});

it("without a server there is nothing to stop", async () => {
  const { code, stdout } = await command("--stop", "nothing");
  expect({ code, stdout }).toEqual({ code: 1, stdout: expect.stringMatching(/^No server runs a job with this id/) });
});
