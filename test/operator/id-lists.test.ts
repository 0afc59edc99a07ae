/** The list of a selection that is too long for its plan: a file that only this user can read, named where a person decides. */

import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { findServers } from "../../src/operator/channel-client.ts";
import { createIdLists } from "../../src/operator/id-lists.ts";
import { type PageSession, startPageSession } from "../support/approval-page-session.ts";
import { createPool, type Service, startService } from "../support/client.ts";
import { runProgram } from "../support/command.ts";
import { createGuests } from "../support/many.ts";

let service: Service;
let many: string;
let few: string;
let ids: string[];
beforeAll(async () => {
  service = await startService();
  [many, few] = [await createPool(service.sdk), await createPool(service.sdk)];
  ids = await createGuests(service.sdk, many, 201);
  await createGuests(service.sdk, few, 200);
});
afterAll(async () => await service[Symbol.asyncDispose]());

const remove = (on: PageSession, IdentityPoolId: string) =>
  on.session.call("delete-identities", { IdentityPoolId, where: { withoutLogins: true } });
const FILE = /The whole list is in the file "([^"]+)"\./;

/** A plan that waits on the page and at a terminal, with the file that both name. */
async function waiting(on: PageSession) {
  const call = remove(on, many);
  // The server can end before it is answered.
  call.catch(() => {});
  const shown = await on.open();
  const [plan] = (await shown.state()).plans;
  const [, onPage = ""] = FILE.exec(plan?.notes.join("\n") ?? "") ?? [];
  return { call, shown, plan, onPage };
}

describe("the list of more than 200 identities", () => {
  it("is in a file for this user alone, which the terminal and the page name, and no answer to the model", async () => {
    await using on = await startPageSession(service);
    const { call, shown, plan, onPage } = await waiting(on);
    using page = shown;
    const { stdout } = await runProgram(["approve"], { XDG_RUNTIME_DIR: on.folder });
    expect(FILE.exec(stdout)?.[1]).toBe(onPage);
    expect(statSync(onPage).mode & 0o777).toBe(0o600);
    const listed = readFileSync(onPage, "utf8");
    expect(listed.trimEnd().split("\n")).toEqual(ids);
    expect(plan?.notes.join("\n")).toContain(createHash("sha256").update(listed).digest("hex"));
    await page.decide({ answers: [{ binding: plan?.binding ?? "", said: "no" }] });
    expect((await call).text).not.toContain(onPage);
  });

  it.each<[string, (on: PageSession) => Promise<unknown>]>([
    ["its client leaves", (on) => on.session.client.close()],
    ["it gets SIGTERM", async (on) => process.kill(on.session.pid, "SIGTERM")],
    ["it gets SIGINT", async (on) => process.kill(on.session.pid, "SIGINT")],
  ])("is removed when the server ends because %s", async (_, end) => {
    await using on = await startPageSession(service);
    const { shown, onPage } = await waiting(on);
    using _page = shown;
    expect(existsSync(onPage)).toBe(true);
    await end(on);
    await vi.waitFor(() => expect(existsSync(onPage)).toBe(false), { timeout: 10_000 });
  });

  it("of a server that was killed is removed when another list is written", async () => {
    await using on = await startPageSession(service);
    const { shown, onPage } = await waiting(on);
    using _page = shown;
    process.kill(on.session.pid, "SIGKILL");
    await setTimeout(300);
    expect(existsSync(onPage)).toBe(true);
    await using next = await startPageSession(service, { env: { XDG_RUNTIME_DIR: on.folder } });
    const call = remove(next, many);
    call.catch(() => {});
    await vi.waitFor(() => expect(existsSync(onPage)).toBe(false), { timeout: 10_000 });
  });
});

it("a list of 200 identities stands in the plan, on the page and at a terminal", async () => {
  await using on = await startPageSession(service);
  const call = remove(on, few);
  call.catch(() => {});
  using shown = await on.open();
  const [plan] = (await shown.state()).plans;
  const notes = plan?.notes.join("\n") ?? "";
  expect(notes).not.toMatch(FILE);
  expect(notes.match(/eu-west-1:[\da-f-]{36}/g)?.length).toBeGreaterThanOrEqual(200);
  const { servers } = await findServers(join(on.folder, "cognito-identity-mcp"));
  expect(servers[0]?.waiting[0]?.text.match(/eu-west-1:[\da-f-]{36}/g)?.length).toBeGreaterThanOrEqual(200);
});

it("a list that could not be written whole is named nowhere, and is not kept", async () => {
  const folder = mkdtempSync(join(tmpdir(), "cognito-identity-"));
  chmodSync(folder, 0o700);
  const lists = createIdLists(folder);
  const list = (ends: number) => ({
    size: 5_000,
    digest: "the same",
    *ids() {
      for (let id = 0; id < 5_000; id += 1) {
        if (id === ends) throw Object.assign(new Error("full"), { code: "ENOSPC" });
        yield `eu-west-1:${id}`;
      }
    },
  });
  for (let attempt = 0; attempt < 2; attempt += 1) {
    expect(await lists.detailsOf(list(2_500))).toEqual(["The whole list could not be written to a file: (ENOSPC)"]);
    expect(readdirSync(folder)).toEqual([]);
  }
  const [told = ""] = await lists.detailsOf(list(-1));
  const [, file = ""] = /"(.*)"/.exec(told) ?? [];
  expect(readFileSync(file, "utf8").trimEnd().split("\n")).toHaveLength(5_000);
  rmSync(file);
  expect(await lists.detailsOf(list(-1))).not.toEqual([told]);
  lists.remove();
  expect(readdirSync(folder)).toEqual([]);
  rmSync(folder, { recursive: true });
});

it("there are at most 64 files; one is removed an hour after a plan named it last", async () => {
  const folder = mkdtempSync(join(tmpdir(), "cognito-identity-"));
  chmodSync(folder, 0o700);
  let minutes = 0;
  const lists = createIdLists(folder, () => minutes * 60_000);
  const list = (digest: string) => ({ size: 201, digest, ids: () => [digest] });
  for (let at = 0; at < 64; at += 1) expect((await lists.detailsOf(list(`list ${at}`)))[0]).toMatch(FILE);
  minutes = 59;
  expect(await lists.detailsOf(list("another"))).toEqual([
    "The whole list could not be written to a file: There are 64 such files. One is removed an hour after a plan named it last.",
  ]);
  const [known = ""] = await lists.detailsOf(list("list 0"));
  minutes = 60;
  expect((await lists.detailsOf(list("another")))[0]).toMatch(FILE);
  // The one that was named a minute ago, and the new one.
  expect(readdirSync(folder)).toHaveLength(2);
  expect(await lists.detailsOf(list("list 0"))).toEqual([known]);
  lists.remove();
  expect(readdirSync(folder)).toEqual([]);
  rmSync(folder, { recursive: true });
});
