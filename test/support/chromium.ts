/** The Chromium or Chrome of this machine, for tests of the pages. Tests that need it are skipped where there is none. */
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { type Browser, type BrowserContext, type CDPSession, chromium as launcher, type Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach } from "vitest";

const NAMES = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome", "chrome.exe"];

const PATHS = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
  "C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe",
];

/** Where the browser is. CHROMIUM names it, or is empty for none. */
export function findChromium(): string | undefined {
  const { CHROMIUM, PATH = "" } = process.env;
  if (CHROMIUM !== undefined) return CHROMIUM === "" ? undefined : CHROMIUM;
  const found = PATH.split(delimiter).flatMap((folder) => NAMES.map((name) => join(folder, name)));
  return [...found, ...PATHS].find((path) => existsSync(path));
}

const NO_CHROMIUM = "there is no Chromium or Chrome here. Install one, or name it in the variable CHROMIUM";

/** Headless. It keeps nothing. */
export async function startChromium(executablePath: string): Promise<Browser> {
  return await launcher.launch({
    executablePath,
    // Chromium has no sandbox for root.
    args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
  });
}

/** A browser for the tests of this file, which are skipped without one. */
export function useChromium(): () => Browser {
  const path = findChromium();
  let browser: Browser | undefined;
  beforeAll(async () => {
    if (path !== undefined) browser = await startChromium(path);
  }, 60_000);
  beforeEach(({ skip }) => skip(path === undefined, NO_CHROMIUM));
  afterAll(async () => await browser?.close());
  return () => {
    if (!browser) throw new Error(NO_CHROMIUM);
    return browser;
  };
}

export interface Look {
  readonly colorScheme?: "light" | "dark";
  readonly width?: number;
}

export interface Tab extends AsyncDisposable {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Errors of the console and of scripts, CSP violations among them. */
  readonly errors: readonly string[];
}

/** A new tab in a new profile. */
export async function openTab(browser: Browser, { colorScheme = "light", width = 1280 }: Look = {}): Promise<Tab> {
  const context = await browser.newContext({ colorScheme, viewport: { width, height: 900 } });
  const page = await context.newPage();
  return { page, context, errors: watchErrors(page), [Symbol.asyncDispose]: async () => await context.close() };
}

function watchErrors(page: Page): string[] {
  const errors: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") errors.push(message.text());
  });
  page.on("pageerror", (error) => errors.push(error.message));
  return errors;
}

export interface Authenticator {
  /** The credentials that it has, by their ids in base64url. */
  credentials(): Promise<readonly { readonly id: string; readonly privateKey: string }[]>;
  /** Gives it a credential for localhost. `privateKey`: PKCS#8 in base64. */
  add(credential: { readonly id: string; readonly privateKey: string }): Promise<void>;
  /** Whether it says that the person was verified. */
  verify(verified: boolean): Promise<void>;
  remove(): Promise<void>;
}

/** A credential as an authenticator keeps it. */
export function makeCredential(): { readonly id: string; readonly privateKey: string } {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return {
    id: randomBytes(16).toString("base64url"),
    privateKey: privateKey.export({ type: "pkcs8", format: "der" }).toString("base64"),
  };
}

/** A passkey of the device, which agrees to everything at once. */
export async function addAuthenticator(page: Page): Promise<Authenticator> {
  const session: CDPSession = await page.context().newCDPSession(page);
  await session.send("WebAuthn.enable");
  const { authenticatorId } = await session.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return {
    async credentials() {
      const { credentials } = await session.send("WebAuthn.getCredentials", { authenticatorId });
      return credentials.map(({ credentialId, privateKey }) => ({
        id: Buffer.from(credentialId, "base64").toString("base64url"),
        privateKey,
      }));
    },
    async add({ id, privateKey }) {
      await session.send("WebAuthn.addCredential", {
        authenticatorId,
        credential: {
          credentialId: Buffer.from(id, "base64url").toString("base64"),
          isResidentCredential: true,
          rpId: "localhost",
          privateKey,
          userHandle: Buffer.from("somebody").toString("base64"),
          signCount: 1,
        },
      });
    },
    async verify(isUserVerified) {
      await session.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified });
    },
    async remove() {
      await session.send("WebAuthn.removeVirtualAuthenticator", { authenticatorId });
    },
  };
}
