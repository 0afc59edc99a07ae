/** The page of the command `enroll` in Chromium: adds and removes passkeys. */
import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import type {
  AssertRequest,
  EnrollEnd,
  EnrollStep,
  RegisterRequest,
} from "../../../src/operator/web/enroll-protocol.ts";
import { type LoopbackPage, openLoopbackPage } from "../../../src/operator/web/loopback.ts";
import { pageDocuments } from "../../support/approval-page.ts";
import { faultsOf } from "../../support/axe.ts";
import { addAuthenticator, makeCredential, openTab, type Tab, useChromium } from "../../support/chromium.ts";

const browser = useChromium();
const key = makeCredential();

type Create = Extract<EnrollStep, { state: "create" }>;
type Assert = Extract<EnrollStep, { state: "assert" }>;

const random = () => randomBytes(24).toString("base64url");
const create = (change: Partial<Create> = {}): Create => ({
  state: "create",
  ticket: random(),
  challenge: random(),
  user: { id: random(), name: "somebody" },
  exclude: [],
  ...change,
});
const assert = (change: Partial<Assert> = {}): Assert => ({
  state: "assert",
  ticket: random(),
  challenge: random(),
  keys: [{ id: key.id, transports: ["internal"] }],
  confirms: { is: "add" },
  ...change,
});

interface EnrollPage extends Disposable {
  readonly page: LoopbackPage;
  readonly address: string;
  readonly sent: readonly { readonly path: string; readonly body: unknown }[];
}

interface Script {
  readonly options: () => EnrollStep;
  readonly onAssert?: () => EnrollStep;
  readonly onRegister?: () => EnrollEnd;
}

async function start({ options, onAssert, onRegister }: Script): Promise<EnrollPage> {
  const sent: { path: string; body: unknown }[] = [];
  const route = (path: string, answer: () => object) => ({
    needsToken: true,
    answer(body: unknown) {
      sent.push({ path, body });
      return { json: answer() };
    },
  });
  const page = await openLoopbackPage({
    document: (await pageDocuments()).enroll,
    port: undefined,
    onRefused: () => {},
    onFault: (error) => {
      throw error;
    },
    routes: {
      "/enroll-options": route("/enroll-options", options),
      "/assert": route("/assert", onAssert ?? create),
      "/register": route("/register", onRegister ?? (() => ({ state: "done", message: "The passkey was added." }))),
    },
  });
  return { page, sent, address: `${page.origin}/#${page.token}`, [Symbol.dispose]: () => page.close() };
}

async function open(script: Script): Promise<{ server: EnrollPage; tab: Tab } & AsyncDisposable> {
  const server = await start(script);
  const tab = await openTab(browser());
  await tab.page.goto(server.address);
  return {
    server,
    tab,
    async [Symbol.asyncDispose]() {
      await tab[Symbol.asyncDispose]();
      server[Symbol.dispose]();
    },
  };
}

const bodies = ({ sent }: EnrollPage, path: string) => sent.filter((one) => one.path === path).map(({ body }) => body);

describe.each<[string, EnrollStep]>([
  ["the first passkey", create({ label: "Laptop" })],
  ["a second passkey", assert()],
  ["a removal", assert({ confirms: { is: "remove", label: "שלום <b>Laptop</b>" } })],
  ["the end of --require", assert({ confirms: { is: "stop requiring" } })],
  ["a refusal", { state: "refused", message: "The list of passkeys is not there." }],
])("%s", (_, step) => {
  it("has no fault in both colour schemes, wide and narrow", { timeout: 60_000 }, async () => {
    await using opened = await open({ options: () => step });
    const { page, errors } = opened.tab;
    await expect.poll(() => page.locator("#summary").innerText()).not.toBe("Loading…");
    expect(await faultsOf(page)).toEqual([]);
    expect(errors).toEqual([]);
  });
});

it("creates a passkey with the label that was typed", async () => {
  await using opened = await open({ options: () => create({ label: "Laptop" }) });
  const { server, tab } = opened;
  await addAuthenticator(tab.page);
  const input = tab.page.getByRole("textbox", { name: "Name of this passkey" });
  expect(await input.inputValue()).toBe("Laptop");
  await input.fill("  ");
  await tab.page.getByRole("button", { name: "Create passkey" }).click();
  await tab.page.getByRole("alert").getByText("Type a name for the passkey.").waitFor();
  await input.fill(" My laptop ");
  await input.press("Enter");
  await tab.page.getByText("The passkey was added. You can close this tab.").waitFor({ timeout: 15_000 });
  const [body] = bodies(server, "/register") as RegisterRequest[];
  expect(body).toMatchObject({ label: "My laptop", credential: { transports: ["internal"] } });
  const clientData = JSON.parse(Buffer.from(body?.credential.clientDataJSON ?? "", "base64url").toString());
  expect(clientData).toMatchObject({ type: "webauthn.create", origin: server.page.origin });
  expect(Buffer.from(body?.credential.attestationObject ?? "", "base64url").length).toBeGreaterThan(100);
  expect(tab.errors).toEqual([]);
});

it("adds a second passkey after an enrolled one has agreed, each in a click of its own", async () => {
  await using opened = await open({ options: () => assert(), onAssert: () => create() });
  const { server, tab } = opened;
  const authenticator = await addAuthenticator(tab.page);
  await authenticator.add(key);
  await tab.page.getByRole("button", { name: "Confirm with a passkey" }).click();
  await tab.page.getByRole("textbox", { name: "Name of this passkey" }).fill("Second", { timeout: 15_000 });
  const [body] = bodies(server, "/assert") as AssertRequest[];
  expect(body).toMatchObject({ assertion: { id: key.id } });
  await tab.page.getByRole("button", { name: "Create passkey" }).click();
  await tab.page.getByText("The passkey was added.").waitFor({ timeout: 15_000 });
});

it("removes a passkey after an enrolled one has agreed", async () => {
  await using opened = await open({
    options: () => assert({ confirms: { is: "remove", label: "Old laptop" } }),
    onAssert: () => ({ state: "done", message: "The passkey was removed." }),
  });
  const { server, tab } = opened;
  const authenticator = await addAuthenticator(tab.page);
  await authenticator.add(key);
  await tab.page.locator("main").getByText("Old laptop is to be removed").waitFor({ timeout: 15_000 });
  await tab.page.getByRole("button", { name: "Confirm and remove" }).click();
  await tab.page.getByText("The passkey was removed. You can close this tab.").waitFor({ timeout: 15_000 });
  expect(bodies(server, "/register")).toEqual([]);
});

it("says what to do if this device is enrolled already, and lets the person try again", async () => {
  await using opened = await open({ options: () => create({ label: "Laptop", exclude: [key.id] }) });
  const { server, tab } = opened;
  const authenticator = await addAuthenticator(tab.page);
  await authenticator.add(key);
  const submit = tab.page.getByRole("button", { name: "Create passkey" });
  await submit.click();
  await tab.page
    .getByRole("alert")
    .getByText(/already has an enrolled passkey/)
    .waitFor({ timeout: 15_000 });
  expect(bodies(server, "/register")).toEqual([]);
  expect(await submit.isEnabled()).toBe(true);
});

it("shows nothing without its token", async () => {
  using server = await start({ options: () => create() });
  await using tab = await openTab(browser());
  await tab.page.goto(server.page.origin);
  await tab.page.getByText("This page must be opened by the command cognito-identity-mcp enroll.").waitFor();
  expect(server.sent).toEqual([]);
});
