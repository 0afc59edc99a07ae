/** The vault: expiry, limits and renewals, with a test clock. */
import { describe, expect, it } from "vitest";
import type { Renewal, Vault, Vended } from "../../src/guards/vended.ts";
import { createVault } from "../../src/operator/vault.ts";

const HOUR = 3_600_000;
const FIVE_MINUTES = 300_000;

function vaultAt(start = 1_000_000) {
  const world = { time: start };
  let made = 0;
  const failures: string[] = [];
  const vault = createVault({
    onFailure: (why) => failures.push(why),
    now: () => world.time,
    newHandle: () => String(++made).padStart(22, "h"),
    command: "cognito-identity-mcp",
  });
  const token = (secret: string, expires = world.time + HOUR): Vended => ({
    kind: "token",
    secret,
    region: "eu-west-1",
    expires,
  });
  const keep = async (vended: Vended, again?: Renewal) => (await vault.keep(vended, again))?.handle ?? "";
  const collect = async (handle: string) => (await vault.collect(handle, "token"))?.secret;
  return { world, vault, token, keep, collect, failures };
}

/** Vends like a call. */
async function give(into: Vault, vended: Vended): Promise<undefined> {
  await into.keep(vended);
}

describe("a kept secret", () => {
  it.each([
    [HOUR - 1, "first"],
    [HOUR, undefined],
    [HOUR + 1000, undefined],
  ])("%d ms after a vend for an hour gives %s", async (later, secret) => {
    const { world, token, keep, collect } = vaultAt();
    const handle = await keep(token("first"));
    world.time += later;
    expect(await collect(handle)).toBe(secret);
  });

  it("is not returned for another kind or another handle", async () => {
    const { vault, token, keep, collect } = vaultAt();
    const handle = await keep(token("first"));
    expect(await vault.collect(handle, "credentials")).toBeUndefined();
    expect(await collect(handle.replace("1", "2"))).toBeUndefined();
  });

  it("is replaced above a thousand, the oldest first", async () => {
    const { token, keep, collect } = vaultAt();
    const handles: string[] = [];
    for (let index = 0; index < 1001; index++) handles.push(await keep(token(`secret ${index}`)));
    const found = await Promise.all(handles.map(collect));
    expect(found).toEqual([undefined, ...handles.slice(1).map((_, index) => `secret ${index + 1}`)]);
  });

  it("is removed at once when the server ends, even during a renewal", async () => {
    const { world, vault, token, keep, collect } = vaultAt();
    let finish = () => {};
    const handle = await keep(token("first"), async (into) => {
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      return await give(into, token("second"));
    });
    world.time += HOUR;
    const asked = collect(handle);
    await Promise.resolve();
    vault.empty();
    finish();
    expect(await asked).toBeUndefined();
    expect(await collect(handle)).toBeUndefined();
  });
});

describe("a renewable secret", () => {
  it.each([
    [HOUR - FIVE_MINUTES - 1, "first"],
    [HOUR - FIVE_MINUTES, "second"],
    [2 * HOUR, "second"],
  ])("%d ms after a vend for an hour gives the %s", async (later, secret) => {
    const { world, token, keep, collect } = vaultAt();
    const handle = await keep(token("first"), (into) => give(into, token("second")));
    world.time += later;
    expect(await collect(handle)).toBe(secret);
    expect(await collect(handle)).toBe(secret);
  });

  it("is renewed once for all requests at the same time", async () => {
    const { world, token, keep, collect } = vaultAt();
    let vends = 0;
    const handle = await keep(token("first"), async (into) => {
      vends += 1;
      await new Promise((resolve) => setImmediate(resolve));
      return await give(into, token(`vend ${vends}`));
    });
    world.time += HOUR;
    expect(await Promise.all([1, 2, 3].map(() => collect(handle)))).toEqual(["vend 1", "vend 1", "vend 1"]);
    expect(vends).toBe(1);
  });

  it("is returned until its expiry if the renewal fails, and not after", async () => {
    const { world, token, keep, collect, failures } = vaultAt();
    const handle = await keep(token("first"), async () => "The operator has denied it.");
    world.time += HOUR - 1;
    expect(await collect(handle)).toBe("first");
    world.time += 1;
    expect(await collect(handle)).toBeUndefined();
    expect(failures).toEqual(["The operator has denied it.", "The operator has denied it."]);
  });
});
