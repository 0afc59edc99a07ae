/** What is remembered of identities and pools, and when it is forgotten. */
import { describe, expect, it } from "vitest";
import { createAccountMemory } from "../../../src/guards/logins/account-memory.ts";

const id = "eu-west-1:00000000-0000-4000-8000-000000000000";

describe("the logins of an identity", () => {
  it("are known for five minutes, and provider by provider", () => {
    let now = 0;
    const memory = createAccountMemory(() => now);
    memory.beginRead()(id, ["a", "b"]);
    expect([memory.has(id, ["a"]), memory.has(id, ["a", "b"]), memory.has(id, ["a", "c"])]).toEqual([
      true,
      true,
      false,
    ]);
    now = 299_999;
    expect(memory.has(id, ["a"])).toBe(true);
    now = 300_000;
    expect(memory.has(id, ["a"])).toBe(false);
  });

  it("are forgotten when an identity changes, also those that a read in progress brings", () => {
    const memory = createAccountMemory();
    memory.beginRead()(id, ["a"]);
    const remember = memory.beginRead();
    memory.forgetLogins();
    expect(memory.has(id, ["a"])).toBe(false);
    remember(id, ["a"]);
    expect(memory.has(id, ["a"])).toBe(false);
  });

  it("make room for newer ones", () => {
    const memory = createAccountMemory();
    for (let at = 0; at <= 10_000; at += 1) memory.beginRead()(`eu-west-1:${at}`, ["a"]);
    expect([memory.has("eu-west-1:0", ["a"]), memory.has("eu-west-1:10000", ["a"])]).toEqual([false, true]);
  });
});

it("a pool without a developer provider is not remembered: it can get one", () => {
  const memory = createAccountMemory();
  memory.learnPool({ IdentityPoolId: id });
  expect(memory.developerProviderOf(id)).toBeUndefined();
  memory.learnPool({ IdentityPoolId: id, DeveloperProviderName: "login.example.app" });
  memory.learnPool({ IdentityPoolId: id });
  expect(memory.developerProviderOf(id)).toBe("login.example.app");
});
