/** The store: its changes and its snapshot reproduce its state. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createStore, type StateChange } from "../../../src/local/state/store.ts";
import { region } from "../../support/client.ts";

describe("changes", () => {
  const step = fc.record({
    what: fc.constantFrom("pool", "guest", "link", "disable", "remove", "tags", "drop"),
    at: fc.nat(20),
    user: fc.constantFrom("a", "b", "c"),
  });

  it("produce the same state when they are replayed, and when a snapshot is replayed", () =>
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const changes: StateChange[] = [];
        const store = createStore((change) => changes.push(JSON.parse(JSON.stringify(change))));
        const now = new Date(0);
        const settings = {
          name: "pool",
          guests: true,
          classicFlow: undefined,
          loginProviders: {},
          developerProvider: "dev",
          oidcProviders: [],
          cognitoProviders: [],
          samlProviders: [],
          tags: {},
        };
        for (const [index, { what, at, user }] of steps.entries()) {
          const pools = [...store.poolsOf(region)];
          const pool = pools[at % Math.max(pools.length, 1)] ?? store.addPool(region, `${region}:${index}`, settings);
          const identities = [...pool.enabled];
          const identity = identities[at % Math.max(identities.length, 1)];
          if (what === "pool") store.addPool(region, `${region}:p${index}`, { ...settings, classicFlow: true });
          else if (what === "tags") store.updatePool(pool, { classicFlow: undefined, tags: { [user]: "x" } });
          else if (what === "drop") store.removePool(pool);
          else if (what === "guest" || !identity) store.addIdentity(pool, `${region}:i${index}`, now);
          else if (what === "disable") store.disableIdentity(identity, now);
          else if (what === "remove") store.removeIdentity(identity);
          else if (!pool.developerUsers.has(user))
            store.replaceLinks(
              identity,
              { logins: identity.logins, developerUsers: new Set([...identity.developerUsers, user]) },
              now,
            );
          else store.replaceLinks(identity, { logins: new Map(), developerUsers: new Set() }, now);
        }
        const plain = (of: typeof store) => JSON.parse(JSON.stringify([...of.snapshot()]));
        const users = (of: typeof store) =>
          [...of.poolsOf(region)].map((pool) =>
            [...pool.developerUsers].map(([user, { id }]) => `${user} ${id}`).sort(),
          );
        const enabled = (of: typeof store) =>
          [...of.poolsOf(region)].map((pool) => [...pool.enabled].map(({ id }) => id));
        for (const history of [changes, plain(store) as StateChange[]]) {
          const copy = createStore();
          for (const change of history) copy.replay(change);
          expect(plain(copy)).toEqual(plain(store));
          expect(users(copy)).toEqual(users(store));
          expect(enabled(copy)).toEqual(enabled(store));
        }
      }),
    ));
});
