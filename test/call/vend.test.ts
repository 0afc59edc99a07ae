/** What the server keeps to renew a vended secret. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import { createSession } from "../../src/call/session.ts";
import type { Call, CallState } from "../../src/call/types.ts";
import { keepVended } from "../../src/call/vend.ts";
import type { Renewal } from "../../src/guards/vended.ts";
import { catalogue } from "../../src/tools/catalogue.ts";
import { fakeAws, testServices } from "../support/services.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

const IdentityId = "eu-west-1:00000000-0000-4000-8000-000000000000";
const aws = fakeAws({ reader: () => () => Promise.reject(new Error("not read")), send: async () => ({}) });

/** Vends by a call with a large message around it. Gives the renewal, and whether the call is still in memory. */
async function vend(made: Call[]) {
  let kept: Renewal | undefined;
  const keep = async (_: unknown, again?: Renewal) => {
    kept = again;
    return undefined;
  };
  const message = { junk: "x".repeat(1_000_000) };
  const call: Call = {
    tool: "get-open-id-token",
    arguments: { IdentityId, planToken: "a plan" },
    signal: new AbortController().signal,
    onCount: async () => void message.junk,
    onWait: () => () => void message.junk,
  };
  const tool = catalogue.find(({ name }) => name === "get-open-id-token");
  const services = testServices({ aws, vault: { keep } });
  // Only what `keepVended` reads of a call in progress.
  const state = { tool, call, services, session: createSession() } as unknown as CallState;
  await keepVended({ IdentityId, Token: "e30.e30.sig" }, "eu-west-1", state, async (again) => {
    made.push(again);
    return { kind: "success", content: {} };
  });
  return { renew: kept, held: new WeakRef(call) };
}

it("is the tool and its arguments, and not the message of the call", async () => {
  const made: Call[] = [];
  const { renew, held } = await vend(made);
  // A reference is held until the task that made it has ended.
  await new Promise((resolve) => setTimeout(resolve, 10));
  collectGarbage();
  expect(held.deref()).toBeUndefined();
  await renew?.({ keep: async () => undefined });
  expect(made).toEqual([
    { tool: "get-open-id-token", arguments: { IdentityId }, renewal: true, signal: expect.any(AbortSignal) },
  ]);
});
