/** What counts as an answer at a terminal: only what is typed after a person can have read the plan, to a server that is there. */
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DescribeIdentityPoolCommand } from "@aws-sdk/client-cognito-identity";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findServers } from "../../src/operator/channel-client.ts";
import { arnOf, createPool, type Service, type Session, startServer, startService } from "../support/client.ts";
import { atTerminal, plain } from "../support/terminal.ts";

let runtime: string;
let service: Service;
let pool: string;
const open: Session[] = [];

beforeEach(async () => {
  runtime = mkdtempSync(join(tmpdir(), "cognito-identity-"));
  service = await startService();
  pool = await createPool(service.sdk);
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((session) => session[Symbol.asyncDispose]()));
  await service[Symbol.asyncDispose]();
  rmSync(runtime, { recursive: true });
});

const folder = () => join(runtime, "cognito-identity-mcp");

/** A server with one waiting plan for each value. */
async function startWith(...values: string[]): Promise<Session> {
  const session = await startServer({ env: { ...service.env, XDG_RUNTIME_DIR: runtime } });
  open.push(session);
  for (const value of values)
    await session.call("tag-resource", { ResourceArn: arnOf(pool), Tags: { [value]: "new" } });
  return session;
}

const waiting = async () =>
  (await findServers(folder())).servers.reduce((sum, server) => sum + server.waiting.length, 0);

async function approve(how: Partial<Parameters<typeof atTerminal>[1]>) {
  const { code, screen } = await atTerminal(["approve"], { env: { XDG_RUNTIME_DIR: runtime }, ...how });
  return { code, screen: plain(screen) };
}

const CTRL_C = "\u0003";

describe("what was typed before the plan was shown", () => {
  it.each([
    ["all for several plans", ["a", "b"], { atOnce: "all\nyes\nyes\nall\n", typed: CTRL_C }],
    ["a yes for one plan", ["a"], { atOnce: "yes\nyes\nyes\n", typed: CTRL_C }],
    ["a yes as the prompt appears", ["a"], { tooSoon: "yes\n", typed: CTRL_C }],
    ["the beginning of a yes", ["a"], { atOnce: "ye", typed: "s\n", typedLater: [CTRL_C] }],
  ])("approves nothing: %s", async (_, values, how) => {
    await startWith(...values);
    const { code, screen } = await approve(how);
    expect(screen).not.toContain("Approved.");
    expect(screen).toContain("Nothing was approved");
    expect(code).toBe(1);
    expect(await waiting()).toBe(values.length);
  });

  it("approves no call of the command call", async () => {
    const rename = JSON.stringify({ IdentityPoolId: pool, IdentityPoolName: "renamed" });
    const { code, screen } = await atTerminal(["call", "update-identity-pool", rename], {
      env: { ...service.env },
      atOnce: "yes\nyes\n",
      typed: "no\n",
    });
    expect(plain(screen)).toContain("The answer was no.");
    expect(code).toBe(1);
    const found = await service.sdk.send(new DescribeIdentityPoolCommand({ IdentityPoolId: pool }));
    expect(found.IdentityPoolName).toBe("pool");
  });
});

describe("several plans", () => {
  it("are approved together only by the word all; a pool that several change is named", async () => {
    await startWith("a", "b");
    const { code, screen } = await approve({ typed: "yes\n", typedLater: ["all\n"] });
    expect(screen).toContain(`Several of these updates are for ${pool}.`);
    expect(screen.match(/Type all to approve them/g)).toHaveLength(2);
    expect(
      screen.match(/: Approved\. Nothing was sent yet: tell the agent to make the same call again within 4 minutes/g),
    ).toHaveLength(2);
    expect(code).toBe(0);
    expect(await waiting()).toBe(0);
  });

  it("are left with Ctrl+C at the question for all", async () => {
    await startWith("a", "b");
    const { code, screen } = await approve({ typed: CTRL_C, typedLater: ["yes\n", "yes\n"] });
    expect(screen).toMatch(/Nothing was approved, and the plans still wait\.\s*$/);
    expect(code).toBe(1);
    expect(await waiting()).toBe(2);
  });
});

describe("a server that", () => {
  it("ends while its plan is shown is said to have ended, and the next plan is asked for", async () => {
    const sessions = [await startWith("a"), await startWith("b")];
    const [first] = (await findServers(folder())).servers;
    const ending = sessions.find(({ pid }) => pid === first?.pid);
    const { code, screen } = await approve({
      onPrompt: () => process.kill(ending?.pid ?? 0, "SIGKILL"),
      typed: "all\n",
    });
    expect(screen).toContain("The server that had this plan has ended. Nothing was approved.");
    expect(screen.match(/: Approved\./g)).toHaveLength(1);
    expect(code).toBe(1);
  });

  it("ends the connection after it got the answer leaves open whether that counted, and the next plan is asked for", async () => {
    await startWith("a");
    const plan = { code: "AAAA", binding: "b", text: "A change", confirmation: { by: "choice" } };
    const impostor = createServer((socket) =>
      socket.on("data", (asked) => {
        if (asked.includes('"waiting"')) socket.end(`${JSON.stringify({ waiting: [plan] })}\n`);
        else socket.destroy();
      }),
    );
    await new Promise<void>((resolve) => impostor.listen(join(folder(), `${process.pid}.sock`), resolve));
    const { code, screen } = await approve({ typed: "all\n" });
    impostor.close();
    expect(screen).toMatch(/ended the connection\. It is not known whether your answer counted\./);
    expect(screen.match(/: Approved\./g)).toHaveLength(1);
    expect(code).toBe(1);
  });
});
