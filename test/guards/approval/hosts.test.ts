/** Hosts as they behave: in each a person can approve, and in none anything runs without that. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { GetOpenIdTokenForDeveloperIdentityCommand, TagResourceCommand } from "@aws-sdk/client-cognito-identity";
import { ElicitRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findServers } from "../../../src/operator/channel-client.ts";
import type { PagePlan } from "../../../src/operator/web/page-protocol.ts";
import { type Shown, show } from "../../support/approval-page-session.ts";
import {
  approve,
  arnOf,
  createPool,
  decline,
  developerProvider,
  type Respond,
  type Service,
  type Session,
  sayNo,
  startServer,
  startService,
} from "../../support/client.ts";
import { fakeBrowser } from "../../support/fake-browser.ts";
import { report } from "../../support/figures.ts";

const ROUNDS = process.env["LONG"] ? 1_000 : 100;

let service: Service;
let pool: string;
let runtime: string;
beforeEach(async () => {
  service = await startService();
  pool = await createPool(service.sdk);
  runtime = mkdtempSync(join(tmpdir(), "cognito-identity-"));
});
afterEach(async () => {
  await service[Symbol.asyncDispose]();
  rmSync(runtime, { recursive: true });
});

/** A host whose client answers forms so; without `respond`, it has no forms. */
function start(respond?: Respond, ...args: string[]): Promise<Session> {
  const audit = ["--audit", join(runtime, "audit.jsonl")];
  const wait = args.includes("--call-wait") ? [] : ["--call-wait", "1"];
  const env = { ...service.env, XDG_RUNTIME_DIR: runtime };
  return startServer({ args: [...audit, ...wait, ...args], env, ...(respond && { respond }) });
}

const tag = (session: Session, value = "new") =>
  session.call("tag-resource", { ResourceArn: arnOf(pool), Tags: { value } });

/** Answers the newest plan as the command `approve` does. */
async function atTerminal(said: string): Promise<string> {
  const [server] = (await findServers(join(runtime, "cognito-identity-mcp"))).servers;
  const plan = server?.waiting.at(-1);
  if (!server || !plan) return "nothing waits";
  return (await server.answer(plan.code, plan.binding, said)).result;
}

/** An unsigned token with these claims. */
function tokenOf(claims: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "RS256" })}.${part(claims)}.c2lnbmF0dXJl`;
}

const changes = () => service.calls.filter((operation) => operation === "TagResource");
const never: Respond = () => new Promise(() => {});

const decisions = () =>
  readFileSync(join(runtime, "audit.jsonl"), "utf8")
    .split("\n")
    .filter((line) => line.includes('"record":"decision"'))
    .map((line) => JSON.parse(line) as { decision: string; by: string });

/** The call is not carried out; a person approves at a terminal, and then it is, once. */
async function approveAtTerminal(session: Session): Promise<void> {
  const { isError, content } = await tag(session);
  expect(isError).toBe(true);
  expect(content["refused"]).toMatch(/^A person must approve this, and has not decided yet\./);
  expect(content["next"]).toMatch(
    /They can decide at a terminal of this machine with: .* approve\. Make the same call/,
  );
  expect(changes()).toEqual([]);
  expect(await atTerminal("yes")).toBe("approved");
  expect(changes()).toEqual([]);
  expect((await tag(session)).isError).toBe(false);
  expect(changes()).toHaveLength(1);
}

describe("a host that", () => {
  it("shows a form runs the call at a yes", async () => {
    await using session = await start(approve);
    expect((await tag(session)).isError).toBe(false);
    expect(decisions()).toMatchObject([{ decision: "approved", by: "a person, in the client" }]);
  });

  it("has no forms is answered at once, and its repetition waits for the terminal", async () => {
    await using session = await start(undefined, "--call-wait", "20");
    const begin = performance.now();
    expect((await tag(session)).content["refused"]).toMatch(/This client cannot show a form\./);
    expect(performance.now() - begin).toBeLessThan(15_000);
    const again = tag(session);
    await setTimeout(200);
    expect(await atTerminal("yes")).toBe("approved");
    expect((await again).isError).toBe(false);
    expect(changes()).toHaveLength(1);
  });

  it("has no forms lets a person approve at a terminal", async () => {
    await using session = await start();
    await approveAtTerminal(session);
    expect(decisions()).toMatchObject([{ decision: "approved", by: "a person, at a terminal" }]);
  });

  it("declares forms and never answers gets its answer in time, and the form is withdrawn by the terminal", async () => {
    await using session = await start(never);
    const { content } = await tag(session);
    expect(content["refused"]).toMatch(/A form is open in the client\./);
    // The same call joins: no second form.
    await tag(session);
    expect(session.questions).toHaveLength(1);
    expect(await atTerminal("yes")).toBe("approved");
    expect((await tag(session)).isError).toBe(false);
    expect(changes()).toHaveLength(1);
  });

  it("answers the form after the call was answered: the yes is kept for the same call", async () => {
    let yes: () => void = () => {};
    await using session = await start(
      (question) =>
        new Promise((resolve) => {
          yes = () => resolve(approve(question));
        }),
    );
    expect((await tag(session)).isError).toBe(true);
    yes();
    await expect.poll(() => decisions()).toHaveLength(1);
    expect(changes()).toEqual([]);
    expect((await tag(session, "another")).isError).toBe(true);
    expect(changes()).toEqual([]);
    expect((await tag(session)).isError).toBe(false);
    expect((await tag(session)).content).toMatchObject({ unchanged: expect.anything() });
  });

  it("declines at once, twice, is asked no more; the terminal decides", async () => {
    await using session = await start(() => ({ action: "decline" }));
    for (const value of ["one", "two", "three", "four"]) await tag(session, value);
    expect(session.questions).toHaveLength(2);
    await approveAtTerminal(session);
  });

  it("leaves two forms unanswered is asked no more; the terminal decides", async () => {
    await using session = await start(never, "--answer-within", "1", "--call-wait", "5");
    for (const value of ["one", "two"])
      expect((await tag(session, value)).content["refused"]).toMatch(/nobody answered/);
    expect((await tag(session, "three")).content["refused"]).toMatch(/does not show forms/);
    expect(session.questions).toHaveLength(2);
    await approveAtTerminal(session);
  });

  it("has shown a form to a person is asked in forms whatever becomes of the next ones", async () => {
    let respond: Respond = () => setTimeout(150, { action: "accept", content: { answer: "no" } });
    await using session = await start((question) => respond(question), "--answer-within", "1", "--call-wait", "5");
    expect((await tag(session, "zero")).content["refused"]).toMatch(/Rejected by a person/);
    respond = never;
    for (const value of ["one", "two", "three"])
      expect((await tag(session, value)).content["refused"]).toMatch(/nobody answered/);
    respond = () => ({ action: "cancel" });
    for (const value of ["four", "five", "six"]) await tag(session, value);
    respond = approve;
    expect((await tag(session, "seven")).isError).toBe(false);
  });

  it("answers forms by itself, before anybody could read them, has not shown one", async () => {
    let action: "accept" | "decline" = "accept";
    await using session = await start(() => ({ action, content: { answer: "maybe" } }));
    for (const value of ["one", "two"])
      expect((await tag(session, value)).content["refused"]).toMatch(/neither yes nor no/);
    action = "decline";
    for (const value of ["three", "four"]) await tag(session, value);
    expect((await tag(session, "five")).content["refused"]).toMatch(/does not show forms/);
  });

  it.each(["cancel", "decline"] as const)(
    "answers the form with %s leaves the plan to the terminal",
    async (action) => {
      await using session = await start(() => ({ action }));
      await approveAtTerminal(session);
    },
  );

  it("gives up on the call and makes it again is asked again", async () => {
    let answers = false;
    await using session = await start(
      (question) => (answers ? approve(question) : never(question)),
      "--call-wait",
      "60",
    );
    const cancel = new AbortController();
    const input = { ResourceArn: arnOf(pool), Tags: { value: "new" } };
    const call = session.client.callTool({ name: "tag-resource", arguments: input }, undefined, {
      signal: cancel.signal,
    });
    await expect.poll(() => session.questions.length).toBe(1);
    cancel.abort();
    await expect(call).rejects.toThrow();
    // A person who looks now still finds the plan.
    expect((await findServers(join(runtime, "cognito-identity-mcp"))).servers[0]?.waiting).toHaveLength(1);
    answers = true;
    expect((await tag(session)).isError).toBe(false);
    expect(session.questions).toHaveLength(2);
    expect(changes()).toHaveLength(1);
  });

  it("drops the connection runs nothing, and leaves no plan", async () => {
    const session = await start(never, "--call-wait", "60");
    const call = tag(session).catch(() => undefined);
    await expect.poll(() => session.questions.length).toBe(1);
    await session[Symbol.asyncDispose]();
    await call;
    await expect.poll(async () => (await findServers(join(runtime, "cognito-identity-mcp"))).servers).toEqual([]);
    expect(changes()).toEqual([]);
  });

  it("makes the same call twice at once shows one form, and one of both is carried out", async () => {
    await using session = await start(
      async (question) => {
        await setTimeout(300);
        return approve(question);
      },
      "--call-wait",
      "30",
    );
    const answers = await Promise.all([tag(session), tag(session)]);
    expect(session.questions).toHaveLength(1);
    expect(changes()).toHaveLength(1);
    const [loser, ...others] = answers.filter(({ isError }) => isError);
    expect(others).toEqual([]);
    expect(loser?.content["refused"]).toMatch(/^Another call already used the approval/);
  });

  it("makes the same call more often than 8 times at once gets the rest answered", async () => {
    await using session = await start(never, "--call-wait", "60");
    const calls = Array.from({ length: 11 }, () => tag(session));
    const { content } = await Promise.race(calls);
    expect(content["refused"]).toMatch(/Other calls wait for the same decision\./);
    let answered = 0;
    for (const call of calls) void call.then(() => (answered += 1)).catch(() => undefined);
    await setTimeout(300);
    expect(answered).toBe(3);
    expect(await atTerminal("yes")).toBe("approved");
    await Promise.all(calls);
    expect(changes()).toHaveLength(1);
  });

  it("makes a refused change again in other words is not asked again", async () => {
    await using session = await start(sayNo);
    const change = { IdentityPoolId: pool, AllowUnauthenticatedIdentities: false };
    const others = [
      {},
      { clear: [] },
      { clear: ["SamlProviderARNs"] },
      { IdentityPoolTags: {} },
      { OpenIdConnectProviderARNs: [] },
      { IdentityPoolName: "pool" },
    ];
    for (const other of others)
      expect((await session.call("update-identity-pool", { ...change, ...other })).content["refused"]).toMatch(
        /^Rejected by a person, in the client/,
      );
    expect(session.questions).toHaveLength(1);
  });

  it("makes a refused deletion again with its ids in other words is not asked again", async () => {
    const ids: string[] = [];
    for (const user of ["one", "two"]) {
      const Logins = { [developerProvider]: user };
      const made = await service.sdk.send(
        new GetOpenIdTokenForDeveloperIdentityCommand({ IdentityPoolId: pool, Logins }),
      );
      ids.push(made.IdentityId ?? "");
    }
    await using session = await start(sayNo);
    const [one = "", two = ""] = ids;
    const unknown = `${one.slice(0, -4)}0000`;
    for (const IdentityIdsToDelete of [
      [one, two],
      [two, one],
      [one, two, one],
      [one, unknown, two],
    ])
      expect((await session.call("delete-identities", { IdentityIdsToDelete })).content["refused"]).toMatch(
        /^Rejected by a person, in the client/,
      );
    expect(session.questions).toHaveLength(1);
  });

  it("makes a refused change again with another tool, or after the account changed, is not asked again", async () => {
    await using session = await start(sayNo);
    const refused = /^Rejected by a person, in the client/;
    const asPool = (IdentityPoolTags: object) =>
      session.call("update-identity-pool", { IdentityPoolId: pool, IdentityPoolTags });
    expect((await tag(session)).content["refused"]).toMatch(refused);
    expect((await asPool({ value: "new" })).content["refused"]).toMatch(refused);
    const untag = { ResourceArn: arnOf(pool), TagKeys: ["stage"] };
    expect((await session.call("untag-resource", untag)).content["refused"]).toMatch(refused);
    const clear = { IdentityPoolId: pool, clear: ["IdentityPoolTags"] };
    expect((await session.call("update-identity-pool", clear)).content["refused"]).toMatch(refused);
    const remove = () => session.call("delete-identity-pool", { IdentityPoolId: pool });
    expect((await remove()).content["refused"]).toMatch(refused);
    expect(session.questions).toHaveLength(3);
    const Tags = { value: "drifted", stage: "drifted" };
    await service.sdk.send(new TagResourceCommand({ ResourceArn: arnOf(pool), Tags }));
    expect((await tag(session)).content["refused"]).toMatch(refused);
    expect((await remove()).content["refused"]).toMatch(refused);
    // The same changes by calls that nobody has made before.
    const again = { IdentityPoolId: pool, IdentityPoolName: "pool", IdentityPoolTags: { value: "new" } };
    expect((await session.call("update-identity-pool", again)).content["refused"]).toMatch(refused);
    const untagAgain = { ...untag, TagKeys: ["stage", "absent"] };
    expect((await session.call("untag-resource", untagAgain)).content["refused"]).toMatch(refused);
    expect(session.questions).toHaveLength(3);
  });

  it("makes another change after a no is asked: another value, secret or user", async () => {
    await using session = await start(sayNo);
    await tag(session, "one");
    await tag(session, "two");
    expect(session.questions).toHaveLength(2);
    const twitter = (secret: string) =>
      session.call("update-identity-pool", {
        IdentityPoolId: pool,
        SupportedLoginProviders: { "api.twitter.com": `key;${secret}` },
      });
    await twitter("first-secret-of-twitter");
    await twitter("other-secret-of-twitter");
    await twitter("other-secret-of-twitter");
    expect(session.questions).toHaveLength(4);
    const link = (sub: string, jti: string) =>
      session.call("get-id", {
        IdentityPoolId: pool,
        Logins: { "accounts.google.com": tokenOf({ sub, jti }), "graph.facebook.com": "opaque-token-of-a-user" },
      });
    await link("user-one", "1");
    await link("user-two", "1");
    expect(session.questions).toHaveLength(6);
    expect((await link("user-two", "2")).content["refused"]).toMatch(/^Rejected by a person/);
    expect(session.questions).toHaveLength(6);
  });

  it("has two calls for the same change waiting at a no ends both, and both forms", async () => {
    await using session = await start(never);
    const cancelled: boolean[] = [];
    session.client.setRequestHandler(ElicitRequestSchema, (_, { signal }) => {
      const at = cancelled.push(false) - 1;
      signal.addEventListener("abort", () => (cancelled[at] = true));
      return new Promise(() => {});
    });
    expect((await tag(session)).content["next"]).toMatch(
      /They can decide in the form in the client, or at a terminal .*after they have approved/,
    );
    const same = { IdentityPoolId: pool, IdentityPoolTags: { value: "new" } };
    await session.call("update-identity-pool", same);
    expect(cancelled).toEqual([false, false]);
    expect(await atTerminal("no")).toBe("rejected");
    expect(await atTerminal("yes")).toBe("nothing waits");
    // The first form too, whose request has the first id.
    await expect.poll(() => cancelled).toEqual([true, true]);
    expect((await tag(session)).content["refused"]).toMatch(/^Rejected by a person, at a terminal/);
    expect((await session.call("update-identity-pool", same)).content["refused"]).toMatch(/^Rejected by/);
    expect(decisions()).toHaveLength(2);
  });

  it("is told that a change of the account made an approval void", async () => {
    await using session = await start();
    await tag(session);
    expect(await atTerminal("yes")).toBe("approved");
    await service.sdk.send(new TagResourceCommand({ ResourceArn: arnOf(pool), Tags: { other: "tag" } }));
    const note = "The account changed after a person approved the plan, so there is a new plan.";
    expect((await tag(session)).content["refused"]).toMatch(new RegExp(`^${note} A person must approve this`));
    const [server] = (await findServers(join(runtime, "cognito-identity-mcp"))).servers;
    expect(server?.waiting[0]?.text).toMatch(new RegExp(`^${note}\n`));
    expect(changes()).toEqual(["TagResource"]);
  });

  it("closes the form is told that the call shows it again", async () => {
    await using session = await start(decline, "--ask", "form", "--call-wait", "30");
    for (const count of [1, 2]) {
      const { content } = await tag(session);
      expect(content["next"]).toMatch(/when the person is ready: it shows the form again\.$/);
      expect(session.questions).toHaveLength(count);
    }
  });

  it("asks for forms that the operator has turned off shows none", async () => {
    await using session = await start(approve, "--ask", "terminal");
    expect((await tag(session)).content["refused"]).toMatch(/The operator has turned forms off \(--ask\)\./);
    expect(session.questions).toEqual([]);
    expect(await atTerminal("yes")).toBe("approved");
    expect((await tag(session)).isError).toBe(false);
  });

  it("has forms alone (--ask form) leaves nothing to the terminal", async () => {
    await using session = await start(() => ({ action: "cancel" }), "--ask", "form");
    const { content } = await tag(session);
    expect(content["next"]).not.toMatch(/\bapprove\b/);
    expect(await atTerminal("yes")).toBe("nothing waits");
    expect(changes()).toEqual([]);
  });
});

describe("a form and two terminals that answer at once", () => {
  it("give exactly one decision, and at most one call", { timeout: 600_000 }, async () => {
    let said: Respond = approve;
    using browser = fakeBrowser();
    const env = { ...service.env, ...browser.env, XDG_RUNTIME_DIR: runtime };
    const args = ["--audit", join(runtime, "audit.jsonl"), "--call-wait", "30", "--ask", "form,terminal,page"];
    await using session = await startServer({ args, env, respond: (question) => said(question) });
    let page: Shown | undefined;
    let onPageCount = 0;
    /** Answers the plan of the round on the page. */
    const onPage = async (round: number, answer: string) => {
      page ??= await show(await browser.address());
      const isOfRound = (plan: PagePlan) => plan.changes.some(({ after }) => after?.includes(`round ${round}"`));
      // Another way can decide before the page has the plan.
      const { plans } = await Promise.race([
        page.state((state) => state.plans.some(isOfRound)).catch(() => ({ plans: [] })),
        setTimeout(500, { plans: [] }),
      ]);
      const plan = plans.find(isOfRound);
      onPageCount += plan ? 1 : 0;
      return plan ? (await page.decide({ answers: [{ binding: plan.binding, said: answer }] }))[0]?.result : "gone";
    };
    let approved = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const pick = () => (Math.random() < 0.5 ? "yes" : "no");
      let terminals: Promise<unknown> = Promise.resolve([]);
      const inForm = pick();
      said = async () => {
        terminals = Promise.all([atTerminal(pick()), onPage(round, pick()), atTerminal(pick())]);
        await setTimeout(Math.random() * 12);
        return { action: "accept", content: { answer: inForm } };
      };
      const before = changes().length;
      const { isError } = await tag(session, `round ${round}`);
      await terminals;
      const decided = decisions().filter(({ decision }) => decision !== "none");
      expect(decided).toHaveLength(round + 1);
      const isApproved = decided.at(-1)?.decision === "approved";
      expect({ isError, calls: changes().length - before }).toEqual({
        isError: !isApproved,
        calls: isApproved ? 1 : 0,
      });
      if (isApproved) approved += 1;
    }
    expect(approved).toBeGreaterThan(0);
    expect(approved).toBeLessThan(ROUNDS);
    page?.[Symbol.dispose]();
    expect(onPageCount).toBeGreaterThan(ROUNDS / 4);
    report(
      8,
      `a form, the approval page and two terminals answer at once, ${ROUNDS} times`,
      "exactly one decision and at most one call each",
    );
  });
});
