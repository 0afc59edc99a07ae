/** The approval page in Chromium: what it shows, what it sends, and by the keyboard alone. */
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import type { DecideRequest, PageState } from "../../../src/operator/web/page-protocol.ts";
import { type ApprovalPage, startApprovalPage } from "../../support/approval-page.ts";
import { faultsOf } from "../../support/axe.ts";
import { addAuthenticator, makeCredential, openTab, type Tab, useChromium } from "../../support/chromium.ts";
import {
  batch,
  deletion,
  hostile,
  jobs,
  long,
  newKey,
  nothing,
  oldKey,
  roles,
  showing,
  states,
  tags,
  update,
  vended,
  withPasskey,
} from "../../support/page-states.ts";

const browser = useChromium();
const key = makeCredential();

/** After the plans have moved, the page takes no decision for half a second. */
const SETTLED_MS = 700;

interface Opened extends AsyncDisposable {
  readonly server: ApprovalPage;
  readonly tab: Tab;
  readonly page: Page;
}

async function open(script: Parameters<typeof startApprovalPage>[0] = {}): Promise<Opened> {
  const server = await startApprovalPage(script);
  const tab = await openTab(browser());
  await tab.page.goto(server.address);
  await settled(tab.page);
  return {
    server,
    tab,
    page: tab.page,
    async [Symbol.asyncDispose]() {
      await tab[Symbol.asyncDispose]();
      server[Symbol.dispose]();
    },
  };
}

/** The plans are there, and decisions are taken. */
async function settled(page: Page): Promise<void> {
  await page.getByText(/Read (the|each) plan|No plan waits/).waitFor();
  await page.waitForTimeout(SETTLED_MS);
}

const status = (page: Page) => page.getByRole("status").innerText();
const card = (page: Page, name: RegExp) => page.getByRole("article", { name });
const decisions = ({ sent }: ApprovalPage) => sent.filter(({ path }) => path === "/decide").map(({ body }) => body);

/** Answers that everything is decided. */
const decided = (result: "approved" | "rejected", outcome: string) => (request: DecideRequest) => ({
  results: request.answers.map(({ binding }) => ({ binding, result, outcome })),
});

describe("in both colour schemes, wide and narrow, there is no fault", { timeout: 120_000 }, () => {
  it.each(Object.entries(states))("%s", async (_, state) => {
    await using opened = await open({ state: state() });
    expect(await faultsOf(opened.page)).toEqual([]);
    expect(opened.tab.errors).toEqual([]);
  });

  it("an answer that is not clear", async () => {
    await using opened = await open({
      state: showing(deletion),
      onDecide: () => ({ results: [{ binding: "deletion", result: "unclear", outcome: "The text does not match." }] }),
    });
    await opened.page.getByRole("button", { name: "Approve" }).click();
    await opened.page.getByText("The text does not match.").waitFor();
    expect(await faultsOf(opened.page)).toEqual([]);
  });

  it("the end", async () => {
    await using opened = await open({ state: showing(update) });
    opened.server.end();
    await opened.page.getByText("This page has ended").waitFor();
    expect(await faultsOf(opened.page)).toEqual([]);
  });

  it("no token", async () => {
    using server = await startApprovalPage();
    await using tab = await openTab(browser());
    await tab.page.goto(server.origin);
    await tab.page.getByRole("button", { name: "Unlock" }).waitFor();
    expect(await faultsOf(tab.page)).toEqual([]);
    expect(tab.errors).toEqual([]);
  });
});

describe("a plan", () => {
  it("is shown in full", async () => {
    await using opened = await open({ state: showing(update) });
    const { page, server } = opened;
    expect(await page.title()).toBe("(1) Approve changes · cognito-identity-mcp");
    const text = await card(page, /Update identity pool "photos"/).innerText();
    for (const part of [
      "eu-west-1:1b9b9c7e-3f0a-4c58-9a0f-6e0c9d1f2a34",
      "Account\n123456789012",
      "staging",
      "human",
      "Guests can then get AWS credentials without a login.",
      "3 changes",
    ])
      expect(text).toContain(part);
    expect(text).toMatch(/[45] min \d+ s left/);
    expect(text).not.toContain("cannot be undone");
    const changes = await page
      .getByRole("listitem")
      .filter({ has: page.locator("code") })
      .allInnerTexts();
    expect(changes.map((change) => change.split(/\s+/).join(" ").toLowerCase())).toEqual([
      "changed allowunauthenticatedidentities − before false + after true",
      "removed allowclassicflow − before true",
      'added identitypooltags.team + after "mobile"',
    ]);
    // The token is not in the address any more, and a reload finds it.
    expect(page.url()).toBe(`${server.origin}/`);
    await page.reload();
    await card(page, /Update/).waitFor();
    expect(server.refused).toEqual([]);
  });

  it("for 50 pools is shown with every pool, its old values, and those that are not changed", async () => {
    await using opened = await open({ state: showing(batch) });
    const text = await card(opened.page, /^Update 47 identity pools$/).innerText();
    for (const { title, notes, changes, pools } of batch.groups ?? []) {
      for (const part of [title, ...notes, ...pools.map((line) => line.replace("* ", ""))])
        expect(text).toContain(part);
      for (const { path, before = "", after = "" } of changes)
        for (const part of [path, before, after]) expect(text).toContain(part);
    }
    expect(text).toMatch(/Already as requested, so not changed\s+"photos-48"/i);
    for (const line of batch.already ?? []) expect(text).toContain(line.replace("* ", ""));
    expect(text).toContain("This cannot be undone.");
    expect(text).not.toMatch(/\d changes?\b/);
  });

  it("with 40 long changes is shown with all of them", async () => {
    await using opened = await open({ state: showing(long) });
    const text = await opened.page.locator("main").innerText();
    for (const { path, before = "", after = "" } of long.changes)
      for (const part of [path, before, after]) expect(text).toContain(part);
  });

  it("shows texts that mean harm as text, each in its place", async () => {
    await using opened = await open({ state: showing(hostile) });
    const { page, tab } = opened;
    expect(await page.title()).toBe("(1) Approve changes · cognito-identity-mcp");
    expect(await page.locator("img, script:not([type=module]), b").count()).toBe(0);
    expect(await page.getByRole("button").allInnerTexts()).toEqual(["Approve", "Reject"]);
    const text = await page.locator("main").innerText();
    for (const part of [hostile.target.name ?? "", ...hostile.changes.flatMap(({ after = "" }) => after)])
      expect(text).toContain(part);
    // A right-to-left text does not change places with what stands beside it.
    const left = (selector: string) =>
      page.locator(selector).evaluateAll((found) => found.map((one) => one.getBoundingClientRect().left));
    const isolated = await left("li:last-child .after bdi");
    expect(isolated).toHaveLength(4);
    expect(isolated).toEqual([...isolated].sort((one, other) => one - other));
    expect(tab.errors).toEqual([]);
  });

  it("that has expired says so", async () => {
    await using opened = await open({ state: states["an expired plan"]?.() ?? nothing });
    expect(await card(opened.page, /Update/).innerText()).toContain("Expired");
  });

  it("counts its time down", async () => {
    await using opened = await open({ state: { ...nothing, plans: [{ ...update, expires: Date.now() + 70_000 }] } });
    const time = opened.page.locator(".time");
    const first = await time.innerText();
    await expect.poll(() => time.innerText()).not.toBe(first);
    await expect.poll(() => time.innerText(), { timeout: 25_000 }).toMatch(/^[45]\d s left$/);
  });
});

describe("a decision", () => {
  it.each([
    ["Approve", "yes"],
    ["Reject", "no"],
  ] as const)("%s sends the answer, and says the outcome", async (name, said) => {
    const result = said === "yes" ? "approved" : "rejected";
    await using opened = await open({ state: showing(update, roles), onDecide: decided(result, "Done as you said.") });
    const { page, server } = opened;
    await card(page, /Set the roles/)
      .getByRole("button", { name, exact: true })
      .click();
    await expect.poll(() => status(page)).toBe("Done as you said.");
    expect(decisions(server)).toEqual([{ answers: [{ binding: "roles", said }] }]);
    const ended = [{ binding: "roles", title: "Set the roles", outcome: "Done as you said." }];
    server.show({ ...showing(update), ended });
    await expect.poll(() => card(page, /Set the roles/).count()).toBe(0);
    expect(await page.getByRole("region", { name: "Decided" }).innerText()).toContain("Done as you said.");
    expect(await page.title()).toMatch(/^\(1\)/);
    // The focus is where the next decision is.
    expect(await page.evaluate(() => document.activeElement?.textContent)).toContain("Update identity pool");
  });

  it("on a deletion carries what was typed, and stays open if it does not match", async () => {
    await using opened = await open({
      state: showing(deletion),
      onDecide: ({ answers }) => ({
        results: answers.map(({ binding, said }) =>
          said === "photos"
            ? { binding, result: "approved", outcome: "Approved." }
            : { binding, result: "unclear", outcome: "The typed text does not match." },
        ),
      }),
    });
    const { page, server } = opened;
    expect(await card(page, /Delete/).innerText()).toContain("This cannot be undone.");
    const input = page.getByRole("textbox", { name: "To approve, type the name photos" });
    await input.fill("photo");
    await input.press("Enter");
    await page.getByRole("alert").getByText("The typed text does not match.").waitFor();
    expect(await input.getAttribute("aria-invalid")).toBe("true");
    await expect.poll(() => input.evaluate((element) => element === document.activeElement)).toBe(true);
    await input.fill("photos");
    await page.getByRole("button", { name: "Approve" }).click();
    await expect.poll(() => status(page)).toBe("Approved.");
    expect(decisions(server)).toEqual(
      ["photo", "photos"].map((said) => ({ answers: [{ binding: "deletion", said }] })),
    );
  });

  it("works by the keyboard alone", async () => {
    await using opened = await open({ state: showing(deletion, update), onDecide: decided("rejected", "Rejected.") });
    const { page, server } = opened;
    const stops: string[] = [];
    for (let stop = 0; stop < 5; stop += 1) {
      await page.keyboard.press("Tab");
      stops.push(
        await page.evaluate(() => {
          const { activeElement } = document;
          const outline = activeElement ? getComputedStyle(activeElement).outlineStyle : "none";
          return `${activeElement?.textContent || activeElement?.tagName} ${outline}`;
        }),
      );
    }
    expect(stops).toEqual(["INPUT solid", "Approve solid", "Reject solid", "Approve solid", "Reject solid"]);
    await page.keyboard.press("Space");
    await expect.poll(() => decisions(server)).toEqual([{ answers: [{ binding: "update", said: "no" }] }]);
  });

  it("is not taken right after the plans have moved", async () => {
    await using opened = await open({ state: showing(update, roles) });
    const { page, server } = opened;
    // Clicks when the first plan goes, and the second is in its place.
    await page.evaluate(() => {
      const plans = document.getElementById("plans");
      const observer = new MutationObserver(() => plans?.querySelector<HTMLElement>(".approve")?.click());
      if (plans) observer.observe(plans, { childList: true });
    });
    server.show(showing(roles));
    await expect.poll(() => status(page)).toBe("The page has just changed. Look at the plan, then decide.");
    expect(await card(page, /Update/).count()).toBe(0);
    expect(decisions(server)).toEqual([]);
    await page.waitForTimeout(SETTLED_MS);
    await page.getByRole("button", { name: "Approve" }).click();
    await expect.poll(() => decisions(server)).toHaveLength(1);
  });

  it("on a plan that changed meanwhile has no effect: the new one is shown, and what was typed is gone", async () => {
    await using opened = await open({ state: showing(deletion) });
    const { page, server } = opened;
    await page.getByRole("textbox").fill("photos");
    const changed = { ...deletion, binding: "changed", notes: ["2,311 identities are deleted with it."] };
    const outcome = "Withdrawn, because the account changed.";
    server.show({ ...showing(changed), ended: [{ binding: "deletion", title: "Delete identity pool", outcome }] });
    await page.getByText("2,311 identities").waitFor();
    expect(await status(page)).toContain(outcome);
    expect(await page.getByRole("textbox").inputValue()).toBe("");
    expect(await page.getByRole("article").count()).toBe(1);
  });

  it("keeps what was typed while other plans come and go", async () => {
    await using opened = await open({ state: showing(deletion) });
    const { page, server } = opened;
    await page.getByRole("textbox").fill("phot");
    server.show(showing(deletion, update));
    await card(page, /Update/).waitFor();
    expect(await status(page)).toBe("Another plan waits.");
    await page.keyboard.type("os");
    server.show(showing(deletion));
    await expect.poll(() => card(page, /Update/).count()).toBe(0);
    expect(await page.getByRole("textbox").inputValue()).toBe("photos");
  });
});

describe("several updates", () => {
  it("are approved together after each was selected, and never deletions", async () => {
    await using opened = await open({
      state: showing(update, deletion, roles, tags),
      onDecide: decided("approved", "Approved."),
    });
    const { page, server } = opened;
    const together = page.getByRole("form", { name: "Approve several updates" });
    expect(await together.getByRole("checkbox").count()).toBe(3);
    const submit = together.getByRole("button");
    expect(await submit.isDisabled()).toBe(true);
    await together.getByRole("checkbox", { name: /Update/ }).check();
    expect(await submit.isDisabled()).toBe(true);
    await together.getByRole("checkbox", { name: /Tag/ }).check();
    expect(await submit.innerText()).toBe("Approve 2 updates together");
    // It comes after the last plan.
    const tops = await page
      .locator(".plan, .together:not([hidden])")
      .evaluateAll((found) => found.map((one) => one.getBoundingClientRect().top));
    expect(Math.max(...tops)).toBe(tops.at(-1));
    await submit.click();
    await expect
      .poll(() => decisions(server))
      .toEqual([{ answers: ["update", "tags"].map((binding) => ({ binding, said: "yes" })) }]);
  });

  it("of which one ends stay selected", async () => {
    await using opened = await open({ state: showing(update, roles, tags) });
    const { page, server } = opened;
    const together = page.getByRole("form", { name: "Approve several updates" });
    for (const box of await together.getByRole("checkbox").all()) await box.check();
    server.show(showing(update, tags));
    await expect.poll(() => together.getByRole("button").innerText()).toBe("Approve 2 updates together");
    server.show(showing(update));
    await expect.poll(() => together.isVisible()).toBe(false);
  });
});

describe("jobs that run", () => {
  it("are stopped one by one, by the keyboard too, and keep the focus while they go on", async () => {
    await using opened = await open({ state: { ...nothing, jobs } });
    const { page, server } = opened;
    const rows = page.getByRole("region", { name: "Running" }).getByRole("listitem");
    const texts = jobs.map(({ title }) => expect.stringContaining(title));
    expect(await rows.allInnerTexts()).toEqual(texts);
    const stop = rows.nth(1).getByRole("button", { name: "Stop" });
    await stop.focus();
    server.show({ ...nothing, jobs: jobs.map((job) => ({ ...job, title: `${job.title}, and on` })) });
    await expect.poll(() => rows.nth(1).innerText()).toContain(", and on");
    await page.keyboard.press("Enter");
    await expect.poll(() => server.sent).toEqual([{ path: "/stop", body: { job: jobs[1]?.id } }]);
    await expect.poll(() => status(page)).toBe("Stopped after the request in flight. The rest is not touched.");
    server.show({ ...nothing, jobs: jobs.slice(0, 1) });
    await expect.poll(() => rows.count()).toBe(1);
    server.show(nothing);
    await expect.poll(() => page.getByRole("region", { name: "Running" }).isVisible()).toBe(false);
    expect(opened.tab.errors).toEqual([]);
  });

  it("that have ended meanwhile are said to have", async () => {
    await using opened = await open({ state: { ...nothing, jobs }, onStop: () => false });
    await opened.page.getByRole("button", { name: "Stop" }).first().click();
    await expect.poll(() => status(opened.page)).toBe("The job has ended.");
  });
});

describe("at level passkey", () => {
  it("a yes carries a ticket and an assertion, and a no does not", async () => {
    const server = await startApprovalPage({
      state: showing(withPasskey(update), withPasskey(roles), withPasskey(tags)),
      keys: [{ id: key.id, transports: ["internal"] }],
      onDecide: decided("approved", "Approved."),
    });
    using _ = server;
    await using tab = await openTab(browser());
    const { page } = tab;
    const authenticator = await addAuthenticator(page);
    await authenticator.add(key);
    await page.goto(server.address);
    await settled(page);
    await card(page, /Set the roles/)
      .getByRole("button", { name: "Approve with passkey" })
      .click();
    await expect.poll(() => decisions(server), { timeout: 15_000 }).toHaveLength(1);
    await page.waitForTimeout(100);
    await card(page, /Update/)
      .getByRole("button", { name: "Reject" })
      .click();
    await expect.poll(() => decisions(server)).toHaveLength(2);
    for (const box of await page.getByRole("checkbox").all()) await box.check();
    await page.getByRole("button", { name: "Approve 3 updates together" }).click();
    await expect.poll(() => decisions(server), { timeout: 15_000 }).toHaveLength(3);

    const [one, no, all] = decisions(server) as DecideRequest[];
    expect(one).toMatchObject({
      answers: [{ binding: "roles-passkey", said: "yes" }],
      ticket: expect.stringMatching(/^[\w-]+$/),
      assertion: { id: key.id, signature: expect.stringMatching(/^[\w-]{60,}$/) },
    });
    const clientData = JSON.parse(Buffer.from(one?.assertion?.clientDataJSON ?? "", "base64url").toString());
    expect(clientData).toMatchObject({ type: "webauthn.get", origin: server.origin, crossOrigin: false });
    // Flags: the person was present and verified.
    expect(Buffer.from(one?.assertion?.authenticatorData ?? "", "base64url")[32]).toSatisfy(
      (flags) => (flags & 5) === 5,
    );
    expect(no).toEqual({ answers: [{ binding: "update-passkey", said: "no" }] });
    expect(all).toMatchObject({
      answers: [{ said: "yes" }, { said: "yes" }, { said: "yes" }],
      assertion: { id: key.id },
    });
    const challenges = server.sent.filter(({ path }) => path === "/challenge").map(({ body }) => body);
    expect(challenges).toEqual([
      { bindings: ["roles-passkey"] },
      { bindings: ["update-passkey", "roles-passkey", "tags-passkey"] },
    ]);
    expect(tab.errors).toEqual([]);
  });

  it.each<[string, readonly { readonly id: string; readonly transports: string[] }[], RegExp]>([
    ["no key is enrolled", [], /No passkey is enrolled. Run `cognito-identity-mcp enroll`/],
    [
      "this device has none of the keys",
      [{ id: "b3RoZXI", transports: ["internal"] }],
      /No passkey was used.*Try again/,
    ],
  ])("%s: nothing is decided, and the page says what to do", async (_, keys, reason) => {
    const state: PageState = { ...showing(withPasskey(deletion)), keys: [oldKey("b3RoZXI")] };
    await using opened = await open({ state, keys });
    const { page, server } = opened;
    const authenticator = await addAuthenticator(page);
    await authenticator.add(key);
    await page.getByRole("textbox").fill("photos");
    await page.getByRole("button", { name: "Approve with passkey" }).click();
    await page.getByRole("alert").getByText(reason).waitFor({ timeout: 20_000 });
    expect(decisions(server)).toEqual([]);
    // What was typed stays for the next try.
    expect(await page.getByRole("textbox").inputValue()).toBe("photos");
    expect(await page.getByRole("button", { name: "Reject" }).isEnabled()).toBe(true);
  });

  it("says which keys can approve, and warns of new ones and of a list that others can change", async () => {
    const keys = [oldKey("b2xk"), newKey("bmV3")];
    await using opened = await open({ state: { ...showing(withPasskey(update)), keys, unprotected: "Others can." } });
    const text = await opened.page.locator("main").innerText();
    expect(text).toContain(
      "Passkeys that can approve: Laptop (added 200 days ago), Security key (added 2 hours ago, new)",
    );
    expect(text).toContain("New passkey: Security key was added 2 hours ago. If you did not add it, reject");
    expect(text).not.toContain("New passkey: Laptop");
    expect(text).toContain("Unprotected passkeys: Others can.");
  });
});

describe("without a token", () => {
  it("nothing is shown until a passkey was used", async () => {
    using server = await startApprovalPage({
      state: showing(update),
      keys: [{ id: key.id, transports: ["internal"] }],
    });
    await using tab = await openTab(browser());
    const { page } = tab;
    await page.goto(server.origin);
    await page.getByText("Nothing is shown until you unlock this page.").waitFor();
    expect(server.streams()).toBe(0);
    const authenticator = await addAuthenticator(page);
    await authenticator.add(key);
    await page.getByRole("button", { name: "Unlock with your passkey" }).click();
    await card(page, /Update/).waitFor();
    expect(server.sent.map(({ path }) => path)).toEqual(["/unlock-challenge", "/unlock"]);
    expect(server.refused).toEqual([]);
  });

  it.each([
    [
      "no key is enrolled",
      [],
      undefined,
      "Use the page that the server opens itself, or run `cognito-identity-mcp approve`",
    ],
    ["the key is refused", ["ours"], "The passkey is not in the list.", "The passkey is not in the list."],
  ] as const)("%s: it stays locked and says why", async (_, which, refused, reason) => {
    using server = await startApprovalPage({
      state: showing(update),
      keys: which.map(() => ({ id: key.id, transports: ["internal"] })),
      onUnlock: () => ({ refused: refused ?? "" }),
    });
    await using tab = await openTab(browser());
    const { page } = tab;
    await page.goto(server.origin);
    const authenticator = await addAuthenticator(page);
    await authenticator.add(key);
    await page.getByRole("button", { name: "Unlock with your passkey" }).click();
    await page.getByRole("alert").getByText(reason).waitFor();
    expect(server.streams()).toBe(0);
    expect(await page.getByRole("article").count()).toBe(0);
  });

  it("a wrong one shows nothing either", async () => {
    using server = await startApprovalPage({ state: showing(update) });
    await using tab = await openTab(browser());
    await tab.page.goto(`${server.origin}/#${"A".repeat(43)}`);
    await tab.page.getByText("This page is no longer valid.").waitFor();
    expect(server.refused).toEqual(["the token of the page was wrong"]);
  });
});

describe("the end", () => {
  it("is said, what was decided stays, and three tries are made", { timeout: 60_000 }, async () => {
    const ended = [{ binding: "a", title: "Delete identity pool", outcome: "Approved." }];
    await using opened = await open({ state: { ...showing(update), ended, vended } });
    const { page, server } = opened;
    server.end();
    await page.getByText("This page has ended: nothing waits, or the server ended. You can close this tab.").waitFor();
    expect(await page.title()).toBe("Approve changes · cognito-identity-mcp");
    expect(await page.getByRole("article").count()).toBe(0);
    expect(await page.getByRole("region", { name: "Decided" }).innerText()).toContain("Approved.");
    expect(await page.getByRole("region", { name: "Kept for you" }).isVisible()).toBe(true);
    const tries: string[] = [];
    page.on("request", (request) => tries.push(request.url()));
    await page.waitForTimeout(17_000);
    expect(tries).toHaveLength(3);
    expect(await page.getByRole("button", { name: "Connect again" }).isVisible()).toBe(true);
  });
});

it("what is kept for the person is shown with its lines, which can be copied", async () => {
  await using opened = await open({ state: { ...showing(update), vended } });
  const { page, tab } = opened;
  await tab.context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const kept = page.getByRole("region", { name: "Kept for you" });
  const lines = vended.flatMap(({ use }) => use);
  for (const line of lines) expect(await kept.innerText()).toContain(line);
  await kept.getByRole("button", { name: `Copy ${lines[0]}` }).click();
  await expect.poll(() => status(page)).toBe("Copied.");
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(lines[0]);
});
