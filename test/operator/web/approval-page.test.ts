/** The approval page of a real server, with requests as a browser makes them and an authenticator in software. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { DescribeIdentityPoolCommand, ListTagsForResourceCommand } from "@aws-sdk/client-cognito-identity";
import type { ElicitRequestURLParams } from "@modelcontextprotocol/sdk/types.js";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type PageSession, startPageSession } from "../../support/approval-page-session.ts";
import { createAuthenticator, type Slips } from "../../support/authenticator.ts";
import { arnOf, createPool, type Service, startService } from "../../support/client.ts";
import { runProgram } from "../../support/command.ts";

const PASSKEY = ["--policy", "update=passkey,delete=passkey"];

/** An environment without passkeys. */
const nothing = { XDG_CONFIG_HOME: "/nowhere" };

let service: Service;
let pool: string;
beforeEach(async () => {
  service = await startService();
  pool = await createPool(service.sdk);
  service.calls.length = 0;
});
afterEach(async () => await service[Symbol.asyncDispose]());

const tag = (on: PageSession, value = "new") =>
  on.session.call("tag-resource", { ResourceArn: arnOf(pool), Tags: { value } });

const tagNow = async () =>
  (await service.sdk.send(new ListTagsForResourceCommand({ ResourceArn: arnOf(pool) }))).Tags?.["value"];

const writes = () => service.calls.filter((name) => /^(?:Tag|Delete|Update|Set)/.test(name));

/** The decisions in the audit, as soon as there are so many. */
const decisions = async (on: PageSession, count = 1) =>
  await vi.waitFor(
    () => {
      const found = on.audit().filter(({ record }) => record === "decision");
      expect(found.length).toBeGreaterThanOrEqual(count);
      return found;
    },
    { timeout: 10_000 },
  );

describe("at level human, a person", () => {
  it("approves on the page that the server opens, and the call that waits goes on", async () => {
    await using on = await startPageSession(service);
    const call = tag(on);
    using shown = await on.open();
    const { plans } = await shown.state();
    expect(plans).toMatchObject([
      {
        level: "human",
        region: "eu-west-1",
        changes: [{ path: "Tags.value", after: expect.stringContaining('"new"') }],
      },
    ]);
    const [result] = await shown.decide({ answers: [{ binding: plans[0]?.binding ?? "", said: "yes" }] });
    expect(result).toMatchObject({ result: "approved", outcome: expect.stringContaining("goes on now") });
    expect((await call).isError).toBe(false);
    expect(await tagNow()).toBe("new");
    expect(await decisions(on)).toMatchObject([{ decision: "approved", by: "a person, on the approval page" }]);
    expect((await shown.state(({ ended }) => ended.length > 0)).ended).toMatchObject([
      { outcome: expect.stringContaining("Approved") },
    ]);
  });

  it("rejects there, and the same call is refused without asking", async () => {
    await using on = await startPageSession(service);
    const call = tag(on);
    using shown = await on.open();
    const { plans } = await shown.state();
    expect(await shown.decide({ answers: [{ binding: plans[0]?.binding ?? "", said: "no" }] })).toMatchObject([
      { result: "rejected" },
    ]);
    expect((await call).text).toContain("Rejected by a person, on the approval page.");
    expect((await tag(on)).text).toContain("Rejected by a person");
    expect(writes()).toEqual([]);
  });

  it("types the name of what is deleted, exactly", async () => {
    await using on = await startPageSession(service);
    const call = on.session.call("delete-identity-pool", { IdentityPoolId: pool });
    using shown = await on.open();
    const [plan] = (await shown.state()).plans;
    const { binding = "", confirmation } = plan ?? {};
    const expected = confirmation?.by === "typing" ? confirmation.expected : "";
    for (const said of ["yes", expected.toUpperCase(), `${expected}!`, ""])
      expect(await shown.decide({ answers: [{ binding, said }] })).toMatchObject([{ result: "unclear" }]);
    expect(writes()).toEqual([]);
    expect(await shown.decide({ answers: [{ binding, said: expected }] })).toMatchObject([{ result: "approved" }]);
    expect((await call).isError).toBe(false);
  });

  it("approves several updates at once, and no deletion with them", async () => {
    await using on = await startPageSession(service);
    const calls = [tag(on, "one"), on.session.call("untag-resource", { ResourceArn: arnOf(pool), TagKeys: ["team"] })];
    const deletion = on.session.call("delete-identity-pool", { IdentityPoolId: pool });
    using shown = await on.open();
    const { plans } = await shown.state(
      (state) => state.plans.length >= 2 && state.plans.some((one) => !one.reversible),
    );
    const answers = plans.map(({ binding, confirmation }) => ({
      binding,
      said: confirmation.by === "typing" ? confirmation.expected : "yes",
    }));
    await expect(shown.decide({ answers })).rejects.toThrow("400");
    const updates = plans.filter(({ confirmation }) => confirmation.by === "choice");
    const results = await shown.decide({ answers: updates.map(({ binding }) => ({ binding, said: "yes" })) });
    expect(results.every(({ result }) => result === "approved")).toBe(true);
    await Promise.race(calls);
    for (const { binding } of plans.filter((plan) => plan.confirmation.by === "typing"))
      await shown.decide({ answers: [{ binding, said: "no" }] });
    expect((await deletion).isError).toBe(true);
    await Promise.all(calls);
  });

  it("is asked once, however many plans come, and again when the page has ended", async () => {
    await using on = await startPageSession(service);
    const calls = [tag(on, "one"), on.session.call("untag-resource", { ResourceArn: arnOf(pool), TagKeys: ["team"] })];
    using shown = await on.open();
    await shown.state();
    expect(on.browser.opened()).toHaveLength(1);
    for (const { binding } of (await shown.state()).plans) await shown.decide({ answers: [{ binding, said: "no" }] });
    await Promise.race(calls);
  });
});

it("the file that leads to the page can be read by the user alone, and is gone when the page was loaded", async () => {
  await using on = await startPageSession(service);
  const call = tag(on);
  await on.browser.address();
  const folder = join(on.folder, "cognito-identity-mcp");
  const files = () => readdirSync(folder).filter((name) => name.endsWith(".html"));
  const [file = ""] = files();
  expect(statSync(join(folder, file)).mode & 0o777).toBe(0o600);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  using shown = await on.open();
  const { plans } = await shown.state();
  await vi.waitFor(() => expect(files()).toEqual([]), { timeout: 10_000 });
  await shown.decide({ answers: [{ binding: plans[0]?.binding ?? "", said: "no" }] });
  await call;
});

describe("a browser that does not open", () => {
  it.each([
    ["does not exist", "/nowhere/browser", "cannot be started"],
    ["fails", "/bin/false", "exit code 1"],
    ["is none", "none", "COGNITO_IDENTITY_MCP_BROWSER is none"],
  ])(
    "because it %s: nothing is sent, the call says what to do, and the audit has one line",
    async (_, program, why) => {
      await using on = await startPageSession(service, {
        args: ["--ask", "page,terminal"],
        env: { COGNITO_IDENTITY_MCP_BROWSER: program },
      });
      const { isError, text } = await tag(on);
      expect(isError).toBe(true);
      expect(text).toContain("The approval page was not opened");
      expect(text).toContain(why);
      expect(text).toMatch(/on the approval page, which they open with: .* approve --page, or at a terminal/);
      expect(writes()).toEqual([]);
      expect(await decisions(on)).toMatchObject([
        { decision: "none", reason: expect.stringContaining("was not opened") },
      ]);
    },
  );
});

describe("at level passkey, a yes", () => {
  const key = createAuthenticator(-8, "laptop");

  it("takes an assertion for the plan, and the audit keeps it", async () => {
    await using on = await startPageSession(service, { args: PASSKEY, keys: [key.key] });
    const call = tag(on);
    using shown = await on.open();
    const { plans, keys, unprotected } = await shown.state();
    expect(keys).toMatchObject([{ label: "laptop" }]);
    expect(unprotected).toContain("every program of this user can change it");
    const { binding = "", level } = plans[0] ?? {};
    expect(level).toBe("passkey");
    const { ticket, challenge } = await shown.challenge(binding);
    const assertion = key.get(challenge, shown.page.origin);
    const results = await shown.decide({ answers: [{ binding, said: "yes" }], ticket, assertion });
    expect(results).toMatchObject([{ result: "approved" }]);
    expect((await call).isError).toBe(false);
    expect(await tagNow()).toBe("new");
    expect(await decisions(on)).toMatchObject([
      {
        decision: "approved",
        by: 'a person, with the passkey "laptop" (unprotected list of keys)',
        plan: binding,
        passkey: { nonce: expect.any(String), assertion, subjects: [{ plan: binding, region: "eu-west-1" }] },
      },
    ]);
    const verified = await runProgram(["audit", on.auditFile, "--verify"], { XDG_CONFIG_HOME: on.folder });
    expect(verified.stdout).toContain("laptop");
    expect(verified.code).toBe(0);
  });

  it("to a deletion takes the typed name too", async () => {
    await using on = await startPageSession(service, { args: PASSKEY, keys: [key.key] });
    const call = on.session.call("delete-identity-pool", { IdentityPoolId: pool });
    using shown = await on.open();
    const [plan] = (await shown.state()).plans;
    const { binding = "", confirmation } = plan ?? {};
    const said = confirmation?.by === "typing" ? confirmation.expected : "";
    const first = await shown.challenge(binding);
    const wrong = { ...first, assertion: key.get(first.challenge, shown.page.origin) };
    expect(await shown.decide({ answers: [{ binding, said: "yes" }], ...wrong })).toMatchObject([
      { result: "unclear" },
    ]);
    const { ticket, challenge } = await shown.challenge(binding);
    const assertion = key.get(challenge, shown.page.origin);
    expect(await shown.decide({ answers: [{ binding, said }], ticket, assertion })).toMatchObject([
      { result: "approved" },
    ]);
    expect((await call).isError).toBe(false);
    await expect(service.sdk.send(new DescribeIdentityPoolCommand({ IdentityPoolId: pool }))).rejects.toThrow();
  });

  it("to several updates takes one assertion", async () => {
    await using on = await startPageSession(service, { args: PASSKEY, keys: [key.key] });
    const other = await createPool(service.sdk);
    service.calls.length = 0;
    const calls = [tag(on), on.session.call("tag-resource", { ResourceArn: arnOf(other), Tags: { value: "other" } })];
    using shown = await on.open();
    const { plans } = await shown.state((state) => state.plans.length === 2);
    const bindings = plans.map(({ binding }) => binding);
    const { ticket, challenge } = await shown.challenge(...bindings);
    const assertion = key.get(challenge, shown.page.origin);
    const answers = bindings.map((binding) => ({ binding, said: "yes" }));
    expect(await shown.decide({ answers, ticket, assertion })).toMatchObject([
      { result: "approved" },
      { result: "approved" },
    ]);
    for (const call of calls) expect((await call).isError).toBe(false);
  });

  const slips: [string, Slips][] = [
    ["of another page", { origin: "http://localhost:1" }],
    ["of a page on 127.0.0.1", { origin: "http://127.0.0.1:1" }],
    ["without a verified person", { flags: 0x01 }],
    ["without a person", { flags: 0x04 }],
    ["from a frame", { client: { crossOrigin: true } }],
    ["from a page on top", { client: { topOrigin: "http://localhost:1" } }],
    ["of another kind", { type: "webauthn.create" }],
    ["for another name", { rpId: "127.0.0.1" }],
  ];

  it.each(slips)("with an assertion %s is refused, and nothing is sent", async (_, slip) => {
    await using on = await startPageSession(service, { args: PASSKEY, keys: [key.key] });
    const call = tag(on);
    using shown = await on.open();
    const { binding = "" } = (await shown.state()).plans[0] ?? {};
    const { ticket, challenge } = await shown.challenge(binding);
    const assertion = key.get(challenge, shown.page.origin, slip);
    const results = await shown.decide({ answers: [{ binding, said: "yes" }], ticket, assertion });
    expect(results).toMatchObject([{ result: "unclear" }]);
    expect(await decisions(on)).toMatchObject([{ decision: "none" }]);
    await shown.decide({ answers: [{ binding, said: "no" }] });
    expect((await call).isError).toBe(true);
    expect(writes()).toEqual([]);
  });

  it("is refused without an assertion, with a used ticket, for another plan, and from a key that is not in the list", async () => {
    await using on = await startPageSession(service, { args: PASSKEY, keys: [key.key] });
    const other = await createPool(service.sdk);
    service.calls.length = 0;
    const calls = [tag(on), on.session.call("tag-resource", { ResourceArn: arnOf(other), Tags: { value: "other" } })];
    using shown = await on.open();
    const { plans } = await shown.state((state) => state.plans.length === 2);
    const [first = "", second = ""] = plans.map(({ binding }) => binding);
    const { origin } = shown.page;
    const yes = (...bindings: string[]) => bindings.map((binding) => ({ binding, said: "yes" }));
    const refusals = async (...tries: Parameters<typeof shown.decide>[0][]) => {
      for (const attempt of tries) for (const { result } of await shown.decide(attempt)) expect(result).toBe("unclear");
    };

    const [unproven] = await shown.decide({ answers: yes(first) });
    expect(unproven).toMatchObject({ result: "unclear", outcome: "It takes a passkey, and none was used." });
    const used = await shown.challenge(first);
    const wrongKey = createAuthenticator(-8, "laptop").get(used.challenge, origin);
    await refusals({ answers: yes(first), ticket: used.ticket, assertion: wrongKey });
    // The ticket is gone, whatever the assertion.
    await refusals({ answers: yes(first), ticket: used.ticket, assertion: key.get(used.challenge, origin) });
    const forFirst = await shown.challenge(first);
    await refusals({ answers: yes(second), ticket: forFirst.ticket, assertion: key.get(forFirst.challenge, origin) });
    const forOne = await shown.challenge(first);
    await refusals({
      answers: yes(first, second),
      ticket: forOne.ticket,
      assertion: key.get(forOne.challenge, origin),
    });
    const forBoth = await shown.challenge(first, second);
    await refusals({ answers: yes(first), ticket: forBoth.ticket, assertion: key.get(forBoth.challenge, origin) });
    const unlocking = await shown.page.post<{ ticket: string; challenge: string }>("/unlock-challenge", {});
    await refusals({ answers: yes(first), ticket: unlocking.ticket, assertion: key.get(unlocking.challenge, origin) });
    const [mine, theirs] = [await shown.challenge(first), await shown.challenge(first)];
    await refusals({ answers: yes(first), ticket: mine.ticket, assertion: key.get(theirs.challenge, origin) });

    expect(writes()).toEqual([]);
    for (const binding of [first, second]) await shown.decide({ answers: [{ binding, said: "no" }] });
    for (const call of calls) expect((await call).isError).toBe(true);
    expect((await decisions(on, 10)).filter((one) => "decision" in one && one.decision === "approved")).toEqual([]);
  });

  it("does not count for a plan that the account has changed meanwhile", async () => {
    await using on = await startPageSession(service, { args: PASSKEY, keys: [key.key] });
    const call = tag(on, "one");
    using shown = await on.open();
    const { binding = "" } = (await shown.state()).plans[0] ?? {};
    const { ticket, challenge } = await shown.challenge(binding);
    const { TagResourceCommand } = await import("@aws-sdk/client-cognito-identity");
    await service.sdk.send(new TagResourceCommand({ ResourceArn: arnOf(pool), Tags: { value: "theirs" } }));
    // The same call again replaces its plan.
    const again = tag(on, "one");
    const { plans } = await shown.state((state) => state.plans.some((plan) => plan.binding !== binding));
    const assertion = key.get(challenge, shown.page.origin);
    expect(await shown.decide({ answers: [{ binding, said: "yes" }], ticket, assertion })).toMatchObject([
      { result: "gone" },
    ]);
    await shown.decide({ answers: [{ binding: plans[0]?.binding ?? "", said: "no" }] });
    await Promise.all([call, again]);
    expect(await tagNow()).toBe("theirs");
  });

  it("takes a key that was there at the start and still is", async () => {
    const added = createAuthenticator(-7, "added");
    const removed = createAuthenticator(-7, "removed");
    await using on = await startPageSession(service, { args: PASSKEY, keys: [key.key, removed.key] });
    const call = tag(on);
    using shown = await on.open();
    const { binding = "" } = (await shown.state()).plans[0] ?? {};
    on.setKeys([key.key, added.key]);
    const answers = [{ binding, said: "yes" }];
    for (const one of [added, removed]) {
      const { ticket, challenge, keys } = await shown.challenge(binding);
      expect(keys.map(({ id }) => id)).toEqual([key.id]);
      const assertion = one.get(challenge, shown.page.origin);
      expect(await shown.decide({ answers, ticket, assertion })).toMatchObject([
        { result: "unclear", outcome: "This passkey is not in the list of keys." },
      ]);
    }
    expect(on.session.stderr()).toContain('the passkey "added" was added. Restart the server to use it.');
    const { ticket, challenge } = await shown.challenge(binding);
    const assertion = key.get(challenge, shown.page.origin);
    expect(await shown.decide({ answers, ticket, assertion })).toMatchObject([{ result: "approved" }]);
    expect((await call).isError).toBe(false);
  });

  it("is not asked for when no enrolled key is left, and the call says what to do", async () => {
    await using on = await startPageSession(service, { args: PASSKEY, keys: [key.key] });
    on.setKeys([]);
    const { text } = await tag(on);
    expect(text).toMatch(/No passkey can approve this: .* enroll, and restarts the server\./);
    // No other way is offered: the command `call` takes no passkey either.
    expect(text).toContain("It takes a passkey, on the approval page.");
    expect(text).toContain("Tell the person what is missing.");
    expect(text).not.toMatch(/command `call`|cannot show a form/);
    expect(writes()).toEqual([]);
    expect(on.browser.opened()).toEqual([]);
  });

  it("is not taken in a form, which is never shown", async () => {
    const respond = () => ({ action: "accept" as const, content: { answer: "yes" } });
    await using on = await startPageSession(service, { args: PASSKEY, keys: [key.key], respond });
    const call = tag(on);
    using shown = await on.open();
    const { binding = "" } = (await shown.state()).plans[0] ?? {};
    await shown.decide({ answers: [{ binding, said: "no" }] });
    expect((await call).isError).toBe(true);
    expect(on.session.questions).toEqual([]);
  });

  it("is asked for under an address without a token, where the client shows addresses", async () => {
    const respond = () => ({ action: "accept" as const });
    await using on = await startPageSession(service, {
      args: PASSKEY,
      keys: [key.key],
      respond,
      capabilities: { elicitation: { url: {} } },
    });
    const call = tag(on);
    using shown = await on.open();
    const { plans } = await shown.state();
    while (on.session.questions.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    const { mode, url } = on.session.questions[0] as ElicitRequestURLParams;
    expect({ mode, url }).toEqual({ mode: "url", url: shown.page.origin });

    using bare = await on.open(`${url}/#`);
    await expect(bare.challenge(plans[0]?.binding ?? "")).rejects.toThrow("401");
    const { ticket, challenge } = await bare.page.post<{ ticket: string; challenge: string }>("/unlock-challenge", {});
    const assertion = key.get(challenge, bare.page.origin);
    const { token } = await bare.page.post<{ token: string }>("/unlock", { ticket, assertion });
    await expect(bare.page.post("/unlock", { ticket, assertion })).resolves.toHaveProperty("refused");
    using unlocked = await on.open(`${url}/#${token}`);
    const [plan] = (await unlocked.state()).plans;
    await unlocked.decide({ answers: [{ binding: plan?.binding ?? "", said: "no" }] });
    expect((await call).isError).toBe(true);
  });
});

it("at level human, no client is shown the address, also if a key is enrolled", async () => {
  const key = createAuthenticator(-8, "laptop");
  await using on = await startPageSession(service, {
    keys: [key.key],
    respond: () => ({ action: "accept" as const }),
    capabilities: { elicitation: { url: {} } },
  });
  const call = tag(on);
  using shown = await on.open();
  const { plans } = await shown.state();
  await shown.decide({ answers: [{ binding: plans[0]?.binding ?? "", said: "no" }] });
  expect((await call).isError).toBe(true);
  expect(on.session.questions).toEqual([]);
});

describe("a server at level passkey", () => {
  it("does not start without a key, and names the command that adds one", async () => {
    const { code, stderr } = await runProgram(["serve", ...PASSKEY], nothing);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringMatching(/no passkey is enrolled.* Enroll one at a terminal: .* enroll/s),
    });
  });

  it("does not start without the page", async () => {
    const { code, stderr } = await runProgram(["serve", ...PASSKEY, "--ask", "form,terminal"], nothing);
    expect(code).toBe(2);
    expect(stderr).toContain("Add page to --ask.");
  });
});

it("a port of the page is refused where --ask leaves the page out", async () => {
  const { code, stderr } = await runProgram(["serve", "--ask", "form", "--page-port", "50123"], nothing);
  expect(code).toBe(2);
  expect(stderr).toMatch(/--page-port sets the port of the approval page, and --ask leaves the page out/);
});

it("the page lists what was vended, without the secret", async () => {
  await using on = await startPageSession(service);
  const id = (await on.session.call("get-id", { IdentityPoolId: pool })).content["IdentityId"];
  const vended = await on.session.call("get-credentials-for-identity", { IdentityId: id });
  expect(vended.isError).toBe(false);
  const call = tag(on);
  using shown = await on.open();
  const state = await shown.state((one) => one.vended.length > 0 && one.plans.length > 0);
  expect(state.vended).toMatchObject([
    { kind: "credentials", use: [expect.stringContaining("--exec"), expect.stringContaining("credential_process")] },
  ]);
  await shown.decide({ answers: [{ binding: state.plans[0]?.binding ?? "", said: "no" }] });
  await call;
  expect(readFileSync(on.auditFile, "utf8")).not.toContain('SecretKey":"A');
});
