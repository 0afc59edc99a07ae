/** The command `enroll` at a terminal, with its page, by an unprivileged user of a machine with an administrator. */
import { chmodSync, lstatSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Passkey } from "../../../src/operator/passkeys/passkey.ts";
import type { EnrollEnd, EnrollStep } from "../../../src/operator/web/enroll-protocol.ts";
import { type Authenticator, createAuthenticator, type Slips } from "../../support/authenticator.ts";
import { createMachine, type Machine, PASSWORD, type Terminal, USER, whyNoMachine } from "../../support/machine.ts";
import { loadPage, type OpenPage } from "../../support/page-client.ts";

let machine: Machine;

describe.skipIf(whyNoMachine !== undefined)("enroll", () => {
  beforeEach(() => {
    machine = createMachine();
  });
  afterEach(() => machine[Symbol.dispose]());

  const pageOf = async (terminal: Terminal) => {
    const [, address = ""] = await terminal.shows(/^ {2}(http:\/\/localhost:\d+\/#\S+)/m);
    return await loadPage(address);
  };

  /** Makes a passkey on the page, after `agreeing` has agreed if one must. */
  async function make(page: OpenPage, key: Authenticator, label: string, agreeing?: Authenticator): Promise<EnrollEnd> {
    let step = await page.post<EnrollStep>("/enroll-options", {});
    if (step.state === "assert" && agreeing) step = await agree(page, agreeing, step);
    if (step.state !== "create") throw new Error(`the page is at ${JSON.stringify(step)}`);
    const { ticket, challenge } = step;
    return await page.post("/register", { ticket, label, credential: key.create(challenge, page.origin) });
  }

  async function agree(page: OpenPage, key: Authenticator, step?: EnrollStep, slips?: Slips): Promise<EnrollStep> {
    const asked = step ?? (await page.post<EnrollStep>("/enroll-options", {}));
    if (asked.state !== "assert") throw new Error(`the page is at ${JSON.stringify(asked)}`);
    const { ticket, challenge } = asked;
    return await page.post("/assert", { ticket, assertion: key.get(challenge, page.origin, slips) });
  }

  const codeIn = ({ message }: { readonly message: string }) => /: ([A-Z2-9]{6})$/.exec(message)?.[1] ?? "";

  /** Enrolls a key in the list of the system. */
  async function enrolled(label: string, agreeing?: Authenticator, ...args: string[]): Promise<Authenticator> {
    const terminal = machine.start(["enroll", ...args]);
    const key = createAuthenticator();
    const end = await make(await pageOf(terminal), key, label, agreeing);
    await terminal.answer(/Type the code/, codeIn(end));
    await terminal.answer(/Password: /, PASSWORD);
    expect(await terminal.ended, terminal.screen()).toBe(0);
    return key;
  }

  const listIn = (file: string) => JSON.parse(readFileSync(file, "utf8")) as { keys: Passkey[]; requires: boolean };
  const labels = (file = machine.systemList) => listIn(file).keys.map(({ label }) => label);

  async function screenOf(...args: string[]) {
    const terminal = machine.start(["enroll", ...args]);
    const code = await terminal.ended;
    return { code, screen: terminal.screen() };
  }

  it("adds a key to a list that only the administrator can write, and a second one after the first agreed", async () => {
    const first = await enrolled("laptop");
    const file = statSync(machine.systemList);
    expect({ uid: file.uid, gid: file.gid, mode: file.mode & 0o777 }).toEqual({ uid: 0, gid: 0, mode: 0o644 });
    expect(statSync(`${machine.etc}/cognito-identity-mcp`).mode & 0o777).toBe(0o755);
    expect(listIn(machine.systemList)).toEqual({
      version: 1,
      requires: false,
      keys: [{ ...first.key, label: "laptop", added: expect.stringMatching(/^20\d\d-.*Z$/) }],
    });
    // Nothing typed earlier or later counts for another command.
    expect(machine.sudoCalls()).toEqual(["-k ", "-n true", "-- /bin/sh", "-k "]);
    await enrolled("laptop", first);
    expect(labels()).toEqual(["laptop", "laptop (2)"]);
    const { code, screen } = await screenOf("--list");
    expect(code).toBe(0);
    expect(screen).toMatch(/"laptop"\n {4}added 20\d\d-\d\d-\d\d \(0 minutes ago\), ES256, public key [0-9a-f]{32}\n/);
    expect(screen).toContain("Protected: only the administrator can change this list.");
  });

  it("writes nothing without the right password, or if sudo refuses", async () => {
    for (const sudo of ["password", "refuse"] as const) {
      machine.setSudo(sudo);
      const terminal = machine.start(["enroll"]);
      const end = await make(await pageOf(terminal), createAuthenticator(), "laptop");
      await terminal.answer(/Type the code/, codeIn(end));
      await terminal.answer(/Password: /, "wrong");
      expect(await terminal.ended).toBe(1);
      expect(terminal.screen()).toContain("sudo refused, or could not write the list. Nothing was changed.");
      expect(lstatSync(machine.systemList, { throwIfNoEntry: false })).toBeUndefined();
    }
  });

  it("writes nothing without the code of the page: another program was faster than the person", async () => {
    const terminal = machine.start(["enroll"]);
    const page = await pageOf(terminal);
    // The program has the token, as every program of the user can read it.
    await make(page, createAuthenticator(), "another program");
    await expect(make(page, createAuthenticator(), "laptop")).rejects.toThrow(/used already/);
    await terminal.answer(/Type the code/, "AAAAAA");
    await terminal.answer(/(Type the code[\s\S]*){2}/, "");
    await terminal.answer(/(Type the code[\s\S]*){3}/, "");
    expect(await terminal.ended).toBe(1);
    expect(terminal.screen()).toContain("The code is not that of the page. Nothing was changed.");
    expect(machine.sudoCalls()).toEqual([]);
  });

  it("says that a list is unprotected if sudo asks for no password", async () => {
    machine.setSudo("none");
    const terminal = machine.start(["enroll"]);
    const end = await make(await pageOf(terminal), createAuthenticator(), "laptop");
    await terminal.answer(/Type the code/, codeIn(end));
    expect(await terminal.ended).toBe(0);
    const unprotected = /[Uu]nprotected: sudo asks this user for no password/;
    expect(terminal.screen()).toMatch(unprotected);
    expect(labels()).toEqual(["laptop"]);
    expect((await screenOf("--list")).screen).toMatch(unprotected);
  });

  it("without sudo and pkexec says what to do instead", async () => {
    machine.setSudo("absent");
    const { code, screen } = await screenOf();
    expect(code).toBe(1);
    expect(screen).toMatch(/Neither sudo nor pkexec was found, .* Nothing was changed\. .* run: .* enroll --user/);
  });

  it("an enrolled key must agree: no other key, no answer without user verification, no answer twice", async () => {
    const first = await enrolled("laptop");
    const terminal = machine.start(["enroll"]);
    const page = await pageOf(terminal);
    const stranger = createAuthenticator();
    const refused = { state: "refused", message: expect.stringContaining("Nothing was changed.") };
    expect(await agree(page, stranger)).toEqual(refused);
    expect(await agree(page, first, undefined, { flags: 0x01 })).toEqual(refused);
    expect(await agree(page, first, undefined, { client: { crossOrigin: true } })).toEqual(refused);
    const asked = await page.post<EnrollStep>("/enroll-options", {});
    if (asked.state !== "assert") throw new Error("no key was asked for");
    const body = { ticket: asked.ticket, assertion: first.get(asked.challenge, page.origin) };
    // A ticket for an agreement makes no key.
    const credential = stranger.create(asked.challenge, page.origin);
    expect(await page.post("/register", { ticket: asked.ticket, label: "x", credential })).toEqual(refused);
    expect(await page.post("/assert", body)).toEqual(refused);
    // After the agreement, only its own answer leads on.
    expect(await agree(page, first)).toMatchObject({ state: "create" });
    expect(await page.post("/enroll-options", {})).toMatchObject({ state: "assert" });
    await expect(make(page, stranger, "x")).rejects.toThrow(/is at/);
    terminal.type("\u0003");
    expect(await terminal.ended).not.toBe(0);
    expect(labels()).toEqual(["laptop"]);
  });

  it("--remove takes the agreement of an enrolled key and the password", async () => {
    const first = await enrolled("laptop");
    await enrolled("phone", first);
    const { code, screen } = await screenOf("--remove", "tablet");
    expect({ code, screen }).toEqual({
      code: 1,
      screen: expect.stringMatching(
        /No passkey has the label or the id "tablet"\. Nothing was changed\..* enroll --list/,
      ),
    });
    const terminal = machine.start(["enroll", "--remove", "laptop"]);
    const page = await pageOf(terminal);
    expect(await page.post("/enroll-options", {})).toMatchObject({
      state: "assert",
      confirms: { is: "remove", label: "laptop" },
    });
    expect(await agree(page, createAuthenticator())).toMatchObject({ state: "refused" });
    expect(await agree(page, first)).toMatchObject({ state: "done" });
    await terminal.answer(/Password: /, PASSWORD);
    expect(await terminal.ended).toBe(0);
    expect(terminal.screen()).toContain('Removed "laptop". It no longer approves');
    expect(labels()).toEqual(["phone"]);
  });

  it("--recover replaces all keys with the password alone, also in a list that is damaged", async () => {
    await enrolled("laptop");
    await enrolled("new laptop", undefined, "--recover");
    expect(labels()).toEqual(["new laptop"]);
    writeFileSync(machine.systemList, "{");
    const { code, screen } = await screenOf();
    expect(code).toBe(1);
    expect(screen).toContain(`/etc/cognito-identity-mcp/passkeys-${USER}.json is damaged. No passkey was read.`);
    await enrolled("newest", undefined, "--recover");
    expect(labels()).toEqual(["newest"]);
  });

  it("--recover has nothing to recover without a list of the administrator", async () => {
    expect((await screenOf("--recover")).screen).toContain(
      "There is no list of passkeys, so there is nothing to recover.",
    );
    await enrolledByUser();
    expect((await screenOf("--recover")).screen).toContain(`${machine.userList} belongs to the user`);
  });

  async function enrolledByUser(agreeing?: Authenticator): Promise<Authenticator> {
    const terminal = machine.start(["enroll", "--user", "--label", "own"]);
    const page = await pageOf(terminal);
    const key = createAuthenticator();
    expect(await make(page, key, "own", agreeing)).toMatchObject({ state: "done" });
    expect(await terminal.ended, terminal.screen()).toBe(0);
    expect(terminal.screen()).toContain("It is unprotected: every program of this user can change it.");
    return key;
  }

  it("--user keeps the list in a file of the user, without sudo", async () => {
    const key = await enrolledByUser();
    expect(statSync(machine.userList).mode & 0o777).toBe(0o600);
    await enrolledByUser(key);
    expect(labels(machine.userList)).toEqual(["own", "own (2)"]);
    expect(machine.sudoCalls()).toEqual([]);
    expect((await screenOf("--list")).screen).toContain("Unprotected: The list of keys belongs to this user");
    const removal = machine.start(["enroll", "--remove", "own"]);
    expect(await agree(await pageOf(removal), key)).toMatchObject({ state: "done" });
    expect(await removal.ended).toBe(0);
    expect(labels(machine.userList)).toEqual(["own (2)"]);
  });

  it("keys of the user's list never get into that of the system, and no longer count", async () => {
    await enrolledByUser();
    await enrolled("laptop");
    expect(labels()).toEqual(["laptop"]);
    expect((await screenOf("--list")).screen).not.toContain("own");
    expect(await screenOf("--user")).toEqual({
      code: 1,
      screen: expect.stringContaining("so a list of the user would not count. Nothing was changed."),
    });
  });

  it("--require needs the administrator's list, and an enrolled key must agree to its end", async () => {
    expect((await screenOf("--require")).screen).toContain("No passkey is enrolled.");
    await enrolledByUser();
    expect((await screenOf("--require")).screen).toContain("--require needs a list that belongs to the administrator");
    const key = await enrolled("laptop");
    const on = machine.start(["enroll", "--require"]);
    await on.answer(/Password: /, PASSWORD);
    expect(await on.ended).toBe(0);
    expect(listIn(machine.systemList).requires).toBe(true);
    await enrolled("phone", key);
    expect(listIn(machine.systemList).requires).toBe(true);
    const off = machine.start(["enroll", "--no-require"]);
    const page = await pageOf(off);
    expect(await page.post("/enroll-options", {})).toMatchObject({ confirms: { is: "stop requiring" } });
    expect(await agree(page, key)).toMatchObject({ state: "done" });
    await off.answer(/Password: /, PASSWORD);
    expect(await off.ended).toBe(0);
    expect(listIn(machine.systemList)).toMatchObject({
      requires: false,
      keys: [{ label: "laptop" }, { label: "phone" }],
    });
  });

  it("is refused under sudo, and as root says that the list is unprotected", async () => {
    const under = machine.startAsRoot(["enroll"], { SUDO_UID: "1000" });
    expect(await under.ended).toBe(1);
    expect(under.screen()).toContain("enroll was started with sudo");
    const terminal = machine.startAsRoot(["enroll"]);
    const end = await make(await pageOf(terminal), createAuthenticator(), "laptop");
    await terminal.answer(/Type the code/, codeIn(end));
    expect(await terminal.ended).toBe(0);
    expect(terminal.screen()).toContain("It is unprotected: this program runs as root");
    expect(labels(`${machine.etc}/cognito-identity-mcp/passkeys-0.json`)).toEqual(["laptop"]);
  });

  it("doctor says whether the list is protected", async () => {
    await enrolled("laptop");
    const rowOf = async () => {
      const terminal = machine.start(["doctor", "--local"]);
      await terminal.ended;
      return /(\w+) +Passkeys +([\s\S]*)/.exec(terminal.screen())?.slice(1);
    };
    expect(await rowOf()).toEqual(["ok", expect.stringContaining("only the administrator can change the list")]);
    machine.setSudo("none");
    expect(await rowOf()).toEqual([
      "note",
      expect.stringMatching(/The list is unprotected: sudo asks this user for\s+no\s+password/),
    ]);
  });

  it("corrects a folder that others could write", async () => {
    mkdirSync(`${machine.etc}/cognito-identity-mcp`);
    chmodSync(`${machine.etc}/cognito-identity-mcp`, 0o777);
    await enrolled("laptop");
    expect(statSync(`${machine.etc}/cognito-identity-mcp`).mode & 0o777).toBe(0o755);
  });

  it("names that cannot be read are refused, and the page can be used again", async () => {
    const terminal = machine.start(["enroll", "--user"]);
    const page = await pageOf(terminal);
    for (const label of ["", " ", "a\u202eb", "x".repeat(65)])
      expect(await make(page, createAuthenticator(), label)).toEqual({
        state: "refused",
        message: expect.stringContaining("1 to 64 characters"),
      });
    expect(await make(page, createAuthenticator(), " spaced ")).toMatchObject({ state: "done" });
    expect(await terminal.ended).toBe(0);
    expect(labels(machine.userList)).toEqual(["spaced"]);
  });
});
