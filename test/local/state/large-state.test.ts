/** A large state file is not rewritten at each open, and the opening says how far it is. */
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openStateFile, type Progress } from "../../../src/local/state/state-file.ts";
import { createStore, type Pool, type StateChange } from "../../../src/local/state/store.ts";

let path: string;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cognito-identity-"));
  path = join(folder, "state");
});
afterEach(() => rmSync(folder, { recursive: true }));

async function open(onProgress?: (progress: Progress) => void) {
  let file: Awaited<ReturnType<typeof openStateFile>> | undefined;
  const store = createStore((change: StateChange) => file?.append(change));
  file = await openStateFile(path, {
    newSecrets: () => ({ pages: "", sessions: "" }),
    replay: (change) => store.replay(change as StateChange),
    snapshot: store.snapshot,
    size: store.size,
    onProgress,
  });
  return { store, file };
}

const settings = {
  name: "pool",
  guests: true,
  classicFlow: undefined,
  loginProviders: {},
  developerProvider: undefined,
  oidcProviders: [],
  cognitoProviders: [],
  samlProviders: [],
  tags: {},
};

/** Writes a pool of so many identities in lines of so many. Gives the lines of the file. */
async function write(identities: number, batch: number, change: (pool: Pool) => void = () => {}): Promise<number> {
  const { store, file } = await open();
  const pool = store.addPool("eu-west-1", "eu-west-1:p", settings);
  for (let made = 0; made < identities; made += 1) {
    store.addIdentity(pool, `eu-west-1:${made}`, new Date(0));
    if (made % batch === 0) await file.flush();
  }
  change(pool);
  await file.close();
  return linesOf();
}

const linesOf = () => readFileSync(path, "utf8").split("\n").length - 1;
/** A file that is rewritten is another file. */
const fileNumber = () => statSync(path).ino;

async function isRewritten(): Promise<boolean> {
  const before = fileNumber();
  await (await open()).file.close();
  return fileNumber() !== before;
}

describe("a state of many identities", () => {
  it("is not rewritten where nothing is out of date", async () => {
    await write(30_000, 1000);
    expect(await isRewritten()).toBe(false);
  });

  it("in many short lines is rewritten once, and not again", async () => {
    expect(await write(12_000, 1)).toBeGreaterThan(10_000);
    expect(await isRewritten()).toBe(true);
    expect(linesOf()).toBeLessThan(20);
    expect(await isRewritten()).toBe(false);
  });

  it("is rewritten once most of it is out of date, and is the same", async () => {
    await write(30_000, 1000);
    const { store, file } = await open();
    const pool = store.pool("eu-west-1", "eu-west-1:p");
    for (const identity of [...pool.identities].slice(0, 20_000)) store.removeIdentity(identity);
    await file.close();
    const before = [...store.snapshot()];
    expect(await isRewritten()).toBe(true);
    const again = await open();
    expect([...again.store.snapshot()]).toEqual(before);
    await again.file.close();
    expect(await isRewritten()).toBe(false);
  });

  it("says how far it is, forward only, and ends at 1", async () => {
    await write(12_000, 1);
    for (const stages of [["reading", "rewriting"], ["reading"]]) {
      const told: Progress[] = [];
      await (await open((progress) => told.push(progress))).file.close();
      expect([...new Set(told.map(({ stage }) => stage))]).toEqual(stages);
      for (const stage of stages) {
        const done = told.filter((progress) => progress.stage === stage).map((progress) => progress.done);
        expect(done).toEqual([...done].sort((a, b) => a - b));
        expect(done.at(-1)).toBeGreaterThan(0.9);
        expect(done.at(-1)).toBeLessThanOrEqual(1);
      }
    }
  });
});

it("the size of a store is the number of changes of its snapshot", () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 9 }), { maxLength: 40 }), (steps) => {
      const store = createStore();
      for (const [at, step] of steps.entries()) {
        const pools = store.allPools();
        const pool = pools[step % Math.max(1, pools.length)];
        if (!pool || step === 9) store.addPool("eu-west-1", `eu-west-1:p${at}`, settings);
        else if (step === 8) store.removePool(pool);
        else if (step === 7) for (const identity of [...pool.identities]) store.removeIdentity(identity);
        else store.addIdentity(pool, `eu-west-1:${at}`, new Date(0));
      }
      expect(store.size()).toBe([...store.snapshot()].length);
    }),
  );
});
