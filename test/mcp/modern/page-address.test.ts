/** The address of the approval page as an answer of a call (URL elicitation), at level `passkey`. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { renderList } from "../../../src/operator/passkeys/passkey.ts";
import { show, startPageSession } from "../../support/approval-page-session.ts";
import { createAuthenticator } from "../../support/authenticator.ts";
import { arnOf, createPool, type Respond, type Service, startService } from "../../support/client.ts";
import { type FakeBrowser, fakeBrowser } from "../../support/fake-browser.ts";
import { type Modern, metaKeys, metaOf, startModern } from "../../support/modern.ts";
import { checkerOf } from "../legacy/schema.ts";
import { hello, request } from "../stdio/raw.ts";
import { problemsOf } from "./schema.ts";

const PASSKEY = ["--policy", "update=passkey"];
const key = createAuthenticator(-8, "laptop");

let service: Service;
let pool: string;
let browser: FakeBrowser;
let folder: string;
beforeEach(async () => {
  service = await startService();
  pool = await createPool(service.sdk);
  service.calls.length = 0;
  browser = fakeBrowser();
  folder = mkdtempSync(join(tmpdir(), "cognito-identity-page-"));
  const keys = join(folder, "cognito-identity-mcp");
  mkdirSync(keys, { recursive: true, mode: 0o700 });
  writeFileSync(join(keys, "passkeys.json"), renderList({ keys: [key.key], requires: false }), { mode: 0o600 });
  return async () => {
    await service[Symbol.asyncDispose]();
    browser[Symbol.dispose]();
    rmSync(folder, { recursive: true, force: true });
  };
});
afterEach(() => expect(service.calls.filter((name) => name === "TagResource").length).toBeLessThanOrEqual(1));

const start = (args: readonly string[] = PASSKEY, wait = "20", more: Readonly<Record<string, string>> = {}): Modern =>
  startModern({
    args,
    env: {
      ...service.env,
      ...browser.env,
      XDG_CONFIG_HOME: folder,
      XDG_RUNTIME_DIR: folder,
      COGNITO_IDENTITY_MCP_CALL_WAIT: wait,
      ...more,
    },
  });

const declaring = (elicitation: object) => ({ ...metaOf(), [metaKeys.capabilities]: { elicitation } });
const input = () => ({ ResourceArn: arnOf(pool), Tags: { value: "new" } });
const tags = () => service.calls.filter((name) => name === "TagResource").length;

/** Approves what the page shows with the passkey. */
async function approveOnPage(): Promise<void> {
  using shown = await show(await browser.address());
  const [plan] = (await shown.state()).plans;
  const binding = plan?.binding ?? "";
  const { ticket, challenge } = await shown.challenge(binding);
  const assertion = key.get(challenge, shown.page.origin);
  expect(await shown.decide({ answers: [{ binding, said: "yes" }], ticket, assertion })).toMatchObject([
    { result: "approved" },
  ]);
}

it("is asked with once for a plan, without a token, and the call that is made again waits for the passkey", async () => {
  await using server = start();
  const opening = browser.address().then(show);
  const id = await server.send("tools/call", { name: "tag-resource", arguments: input() }, declaring({ url: {} }));
  using shown = await opening;
  const asked = await server.raw.answerTo(id);
  expect(problemsOf(asked, "tools/call")).toEqual([]);
  const { origin } = shown.page;
  expect(asked.result).toEqual({
    resultType: "input_required",
    _meta: expect.anything(),
    inputRequests: {
      page: {
        method: "elicitation/create",
        params: { mode: "url", url: origin, message: expect.stringContaining("The approval page shows it.") },
      },
    },
  });
  const again = server.call(
    "tag-resource",
    input(),
    { inputResponses: { page: { action: "accept" } } },
    declaring({ url: {} }),
  );
  await approveOnPage();
  expect(await again).toMatchObject({
    resultType: "complete",
    structuredContent: { approved: { by: expect.stringContaining("laptop") } },
  });
  expect(tags()).toBe(1);
});

it("decides nothing, whatever a client returns with it", async () => {
  await using server = start(PASSKEY, "0");
  const opening = browser.address().then(show);
  const first = server.call("tag-resource", input(), {}, declaring({ form: {}, url: {} }));
  using _ = await opening;
  expect(await first).toMatchObject({ resultType: "input_required" });
  const yes = { action: "accept", content: { answer: "yes" } };
  for (const inputResponses of [
    { page: yes },
    { approval: yes },
    { page: yes, approval: yes },
    { page: { action: "decline" } },
    { page: { action: "cancel" } },
    { page: 7 },
    {},
  ])
    expect(
      await server.call("tag-resource", input(), { inputResponses }, declaring({ form: {}, url: {} })),
    ).toMatchObject({
      resultType: "complete",
      isError: true,
      structuredContent: { refused: expect.stringContaining("A person must approve this, and has not decided yet.") },
    });
  expect(tags()).toBe(0);
});

it("is not asked with where the client does not declare it in this call, nor at level human, nor without the page", async () => {
  const cases: [readonly string[], object][] = [
    [PASSKEY, { form: {} }],
    [PASSKEY, {}],
    [["--policy", "update=human", "--ask", "page"], { url: {} }],
    [["--policy", "update=human", "--ask", "terminal"], { url: {} }],
  ];
  for (const [args, elicitation] of cases) {
    await using server = start(args, "0", { COGNITO_IDENTITY_MCP_BROWSER: "none" });
    expect(await server.call("tag-resource", input(), {}, declaring(elicitation))).toMatchObject({
      resultType: "complete",
      isError: true,
    });
  }
  expect(tags()).toBe(0);
});

it("is a valid request in the older era too, and its end a valid notification, with no cancellation", async () => {
  const problemsOf = checkerOf("2025-11-25");
  await using server = start();
  const { raw } = server;
  await raw.write(
    ...hello({ elicitation: { url: {} } }),
    request("tag", "tools/call", { name: "tag-resource", arguments: input() }),
  );
  const approving = approveOnPage();
  const asked = await raw.until((all) => all.find(({ method }) => method === "elicitation/create"));
  await raw.write({ jsonrpc: "2.0", id: asked.id, result: { action: "accept" } });
  await approving;
  expect((await raw.answerTo("tag")).result).not.toHaveProperty("isError");
  const ended = await raw.until((all) => all.find(({ method }) => method === "notifications/elicitation/complete"));
  expect(ended.params).toEqual({ elicitationId: asked.params?.["elicitationId"] });
  for (const message of raw.answers)
    expect(problemsOf(message, message.id === "hello" ? "initialize" : "tools/call")).toEqual([]);
  expect(raw.answers.filter(({ method }) => method === "notifications/cancelled")).toEqual([]);
});

it("is shown by the SDK's client, which makes the call again by itself", async () => {
  const shownAddresses: unknown[] = [];
  const respond: Respond = async (question) => {
    shownAddresses.push(question);
    return { action: "accept" };
  };
  await using on = await startPageSession(service, {
    args: PASSKEY,
    keys: [key.key],
    respond,
    capabilities: { elicitation: { url: {} } },
    era: "modern",
  });
  const call = on.session.call("tag-resource", input());
  using shown = await on.open();
  const [plan] = (await shown.state()).plans;
  const binding = plan?.binding ?? "";
  while (shownAddresses.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(shownAddresses).toMatchObject([{ mode: "url", url: shown.page.origin }]);
  const { ticket, challenge } = await shown.challenge(binding);
  const assertion = key.get(challenge, shown.page.origin);
  await shown.decide({ answers: [{ binding, said: "yes" }], ticket, assertion });
  expect((await call).isError).toBe(false);
  expect(shownAddresses).toHaveLength(1);
});
