/**
 * An agent with a shell, at level passkey: it runs any command of the product in a terminal of its own, reads and writes the files of
 * its user, and talks to the page and the channel, with authenticators of its own. It is not root and knows no password.
 */
import { chownSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { renderList } from "../../src/operator/passkeys/passkey.ts";
import type { PageChallenge } from "../../src/operator/web/page-protocol.ts";
import { show } from "../support/approval-page-session.ts";
import { type Authenticator, createAuthenticator } from "../support/authenticator.ts";
import { arnOf, createPool, type Service, startService } from "../support/client.ts";
import { program } from "../support/command.ts";
import { report } from "../support/figures.ts";
import { createMachine, type Machine, PASSWORD, USER, whyNoMachine } from "../support/machine.ts";
import { loadPage, type OpenPage } from "../support/page-client.ts";

/** Tries of each kind that needs no process, and whether each kind that needs one is tried in all its variants. */
const LONG = Boolean(process.env["LONG"]);
const QUICK_TRIES = LONG ? 46 : 4;

const PASSKEY = ["--policy", "update=passkey,delete=passkey"];

let machine: Machine;
let service: Service;
let pool: string;
const owner = createAuthenticator(-8, "laptop");

beforeEach(async ({ skip }) => {
  skip(whyNoMachine !== undefined, whyNoMachine ?? "");
  machine = createMachine();
  service = await startService();
  pool = await createPool(service.sdk);
  service.calls.length = 0;
});
afterEach(async () => {
  await service[Symbol.asyncDispose]();
  machine[Symbol.dispose]();
});

/** Writes a list of keys as its owner. */
function writeKeys(path: string, keys: readonly Authenticator[], uid: number, requires: boolean): void {
  mkdirSync(join(path, ".."), { recursive: true, mode: 0o755 });
  writeFileSync(path, renderList({ keys: keys.map(({ key }) => key), requires }), { mode: uid === 0 ? 0o644 : 0o600 });
  chownSync(join(path, ".."), uid, uid);
  chownSync(path, uid, uid);
}

/** A server that the host of the user started, and a browser that keeps where it is led. */
async function startHost(args: readonly string[] = PASSKEY, env: Readonly<Record<string, string>> = {}) {
  const browser = join(machine.home, "browser");
  const pages = join(machine.home, "pages");
  writeFileSync(browser, `#!/bin/sh\ncat "$1" >> '${pages}'\n`, { mode: 0o755 });
  const words = [process.execPath, program, "--call-wait", "0", ...args];
  const inside = ["setpriv", `--reuid=${USER}`, `--regid=${USER}`, "--clear-groups", "--", ...words];
  const transport = new StdioClientTransport({
    command: "unshare",
    args: ["-m", "--", "sh", "-c", `mount --bind '${machine.etc}' /etc && exec "$@"`, "sh", ...inside],
    env: { ...environment(), COGNITO_IDENTITY_MCP_BROWSER: browser, ...env },
    stderr: "pipe",
  });
  let stderr = "";
  transport.stderr?.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const client = new Client({ name: "host", version: "1" });
  await client.connect(transport).catch((error: unknown) => {
    throw new Error(`the server did not start: ${stderr}`, { cause: error });
  });
  const change = async (value = "changed") => {
    const { content } = await client.callTool({
      name: "tag-resource",
      arguments: { ResourceArn: arnOf(pool), Tags: { value } },
    });
    return (content as { text: string }[])[0]?.text ?? "";
  };
  /** The address of the page, with its token: the file that leads to it belongs to this user. */
  const address = async (): Promise<string> => {
    for (;;) {
      const [, found] = /url=(http[^"]+)"/.exec(readIfThere(pages)) ?? [];
      if (found !== undefined) return found;
      await wait(50);
    }
  };
  return { client, change, address, [Symbol.asyncDispose]: async () => await client.close() };
}

function environment(): Record<string, string> {
  return {
    PATH: `${machine.home}/../bin:/usr/bin:/bin`,
    HOME: machine.home,
    XDG_RUNTIME_DIR: machine.home,
    ...service.env,
  };
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

const writes = () => service.calls.filter((name) => /^(?:Tag|Untag|Delete|Update|Set|Unlink|Merge)/.test(name));

/** Runs a command of the product in a terminal, types the lines one after the other, and gives what the screen showed. */
async function inTerminal(args: readonly string[], lines: readonly string[], env = {}): Promise<string> {
  const terminal = machine.start(args, { ...service.env, ...env });
  let hasEnded = false;
  void terminal.ended.then(() => {
    hasEnded = true;
  });
  for (const line of lines) {
    // Each prompt discards what was typed before it.
    const before = terminal.screen();
    for (let tries = 0; tries < 40 && !hasEnded && terminal.screen() === before; tries += 1) await wait(50);
    await wait(500);
    if (hasEnded) break;
    terminal.type(`${line}\n`);
  }
  await Promise.race([terminal.ended, wait(3_000)]);
  if (!hasEnded) terminal.type("\u0003");
  await Promise.race([terminal.ended, wait(2_000)]);
  return terminal.screen();
}

/** What the agent tries on the page, with keys of its own. */
const onPage: Readonly<Record<string, (page: OpenPage, binding: string, mine: Authenticator) => Promise<unknown>>> = {
  "a yes alone": (page, binding) => page.post("/decide", { answers: [{ binding, said: "yes" }] }),
  "a key of its own": async (page, binding, mine) => {
    const { ticket, challenge } = await page.post<PageChallenge>("/challenge", { bindings: [binding] });
    const assertion = mine.get(challenge, page.origin);
    return await page.post("/decide", { answers: [{ binding, said: "yes" }], ticket, assertion });
  },
  "a key of its own under the id of the owner's": async (page, binding, mine) => {
    const { ticket, challenge } = await page.post<PageChallenge>("/challenge", { bindings: [binding] });
    const assertion = { ...mine.get(challenge, page.origin), id: owner.id };
    return await page.post("/decide", { answers: [{ binding, said: "yes" }], ticket, assertion });
  },
  "an assertion for a wish of its own": async (page, binding, mine) => {
    const assertion = { ...mine.get("AAAA", page.origin), id: owner.id };
    return await page.post("/decide", { answers: [{ binding, said: "yes" }], ticket: "AAAA", assertion });
  },
  "the ticket for unlocking": async (page, binding, mine) => {
    const { ticket, challenge } = await page.post<PageChallenge>("/unlock-challenge", {});
    const assertion = mine.get(challenge, page.origin);
    return await page.post("/decide", { answers: [{ binding, said: "yes" }], ticket, assertion });
  },
  "routes that do not exist": (page) => page.post("/register", { label: "mine" }),
};

describe("with a list that the administrator owns and that requires a passkey", () => {
  beforeEach(() => writeKeys(machine.systemList, [owner], 0, true));

  it(
    "nothing that the agent does approves",
    async () => {
      await using host = await startHost();
      expect(await host.change()).toMatch(/A person must approve this/);
      const address = await host.address();
      const binding = await bindingOn(await host.address());
      let tries = 0;
      const attempt = async (what: () => Promise<unknown>) => {
        // Most tries are refused with an error. What counts is what reached the account.
        await what().catch(() => undefined);
        tries += 1;
        await host.change();
        expect(writes(), `after try ${tries}`).toEqual([]);
      };

      for (const act of Object.values(onPage))
        for (let one = 0; one < QUICK_TRIES; one += 1)
          await attempt(
            async () => await act(await loadPage(address), binding, createAuthenticator(one % 2 ? -7 : -8)),
          );
      for (const said of ["yes", "YES", "y", "all", "yes\nyes", "approve", "true", pool].slice(0, LONG ? 8 : 3))
        await attempt(async () => await answerOnChannel(said));

      const typed = [["yes"], ["all", "yes"], ["yes", "yes", "yes"], ["y", "Y", "yes"]];
      for (const lines of LONG ? typed : typed.slice(0, 2)) {
        await attempt(() => inTerminal(["approve"], lines));
        await attempt(async () => inTerminal(["approve", await codeOf()], lines));
      }
      await attempt(() => inTerminal(["approve", "--page"], ["yes"]));

      // Enrolment: with the wrong password, in the user's own list, and around the enrolled key.
      const enrolments = [[], ["--user"], ["--recover"], ["--remove", "laptop"], ["--no-require"], ["--label", "mine"]];
      for (const flags of LONG ? enrolments : enrolments.slice(0, 3))
        for (const sudo of LONG ? (["password", "refuse"] as const) : (["password"] as const)) {
          machine.setSudo(sudo);
          await attempt(() => enrollOwnKey(["enroll", ...flags]));
        }
      machine.setSudo("password");
      const mine = createAuthenticator(-7, "mine");
      writeKeys(machine.userList, [mine], USER, false);
      await attempt(async () => await onPage["a key of its own"]?.(await loadPage(address), binding, mine));

      // Calls and servers that the agent starts itself, with options of its own.
      const input = JSON.stringify({ ResourceArn: arnOf(pool), Tags: { value: "changed" } });
      const own = [
        [["--policy", "update=off"], {}],
        [["--policy", "update=human"], {}],
        [[], { COGNITO_IDENTITY_MCP_POLICY: "update=two-step" }],
        [[], { HOME: "/tmp", XDG_CONFIG_HOME: "/tmp" }],
      ] as const;
      for (const [args, env] of own) {
        await attempt(() => inTerminal(["call", "tag-resource", input, ...args], ["yes", "yes"], env));
        await attempt(async () => {
          await using server = await startHost(args, env);
          const answer = await server.change();
          const [, token] = /"planToken": ?"([^"]+)"/.exec(answer) ?? [];
          if (token !== undefined)
            await server.client.callTool({
              name: "tag-resource",
              arguments: { ResourceArn: arnOf(pool), Tags: { value: "changed" }, planToken: token },
            });
        });
      }
      report(18, "tries that approved", `0 of ${tries}`);

      // The same page approves with the owner's key: it was not only broken.
      const page = await loadPage(address);
      const current = await bindingOn(await host.address());
      const { ticket, challenge } = await page.post<PageChallenge>("/challenge", { bindings: [current] });
      const assertion = owner.get(challenge, page.origin);
      await page.post("/decide", { answers: [{ binding: current, said: "yes" }], ticket, assertion });
      await host.change();
      expect(writes()).toEqual(["TagResource"]);
    },
    LONG ? 900_000 : 240_000,
  );
});

describe("with a list in the user's folder", () => {
  it("a key that the agent adds approves after a restart, and the approval says that the list is unprotected", async () => {
    const mine = createAuthenticator(-7, "mine");
    writeKeys(machine.userList, [owner], USER, false);
    const audit = join(machine.home, "audit.jsonl");
    {
      await using host = await startHost();
      await host.change();
      writeKeys(machine.userList, [owner, mine], USER, false);
      await onPage["a key of its own"]?.(
        await loadPage(await host.address()),
        await bindingOn(await host.address()),
        mine,
      );
      await host.change();
      expect(writes()).toEqual([]);
    }
    writeFileSync(join(machine.home, "pages"), "");
    await using host = await startHost([...PASSKEY, "--audit", audit]);
    await host.change();
    await onPage["a key of its own"]?.(
      await loadPage(await host.address()),
      await bindingOn(await host.address()),
      mine,
    );
    await host.change();
    expect(writes()).toEqual(["TagResource"]);
    expect(readFileSync(audit, "utf8")).toContain("(unprotected list of keys)");
  }, 120_000);
});

/** The plan that waits, as the page shows it. */
async function bindingOn(address: string): Promise<string> {
  using shown = await show(address);
  return (await shown.state()).plans[0]?.binding ?? "";
}

/** Asks the server on its channel, as every program of the user can. */
async function onChannel(request: object): Promise<Record<string, unknown>> {
  const folder = join(machine.home, "cognito-identity-mcp");
  const [socket = ""] = readdirSync(folder).filter((name) => name.endsWith(".sock"));
  const connection = connect(join(folder, socket));
  connection.write(`${JSON.stringify(request)}\n`);
  let text = "";
  for await (const chunk of connection as AsyncIterable<Buffer>) text += chunk.toString();
  return JSON.parse(text) as Record<string, unknown>;
}

async function waitingPlan(): Promise<{ readonly code: string; readonly binding: string }> {
  const { waiting } = (await onChannel({ ask: "waiting" })) as { waiting: { code: string; binding: string }[] };
  const [plan] = waiting;
  if (!plan) throw new Error("no plan waits");
  return plan;
}

const codeOf = async () => (await waitingPlan()).code;

async function answerOnChannel(said: string): Promise<void> {
  const { code, binding } = await waitingPlan();
  expect(await onChannel({ ask: "answer", code, binding, said })).not.toMatchObject({ result: "approved" });
}

/** Runs enroll, behaves as its page with an authenticator of its own, and types a password that is wrong. */
async function enrollOwnKey(args: readonly string[]): Promise<void> {
  const terminal = machine.start(args, { COGNITO_IDENTITY_MCP_BROWSER: join(machine.home, "browser") });
  const shown = await Promise.race([terminal.shows(/http:\/\/localhost:\d+\/#[\w-]+/), wait(8_000)]);
  if (shown) {
    const page = await loadPage(shown[0]);
    const mine = createAuthenticator(-7, "mine");
    type Step = { state: string; ticket?: string; challenge?: string };
    let step = await page.post<Step>("/enroll-options", {});
    if (step.state === "assert" && step.challenge !== undefined)
      step = await page.post<Step>("/assert", {
        ticket: step.ticket,
        assertion: mine.get(step.challenge, page.origin),
      });
    if (step.state === "create" && step.challenge !== undefined)
      await page.post("/register", {
        ticket: step.ticket,
        label: "mine",
        credential: mine.create(step.challenge, page.origin),
      });
  }
  await wait(500);
  terminal.type(`not ${PASSWORD}\n`);
  await Promise.race([terminal.ended, wait(1_500)]);
  terminal.type("\u0003");
  await Promise.race([terminal.ended, wait(1_500)]);
  expect(readdirSync(machine.etc)).toContain("cognito-identity-mcp");
  expect(readFileSync(machine.systemList, "utf8")).not.toContain('"mine"');
}
