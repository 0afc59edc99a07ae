/** V8's code cache is used as it was made, and in no other case. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Script } from "node:vm";
import { afterAll, describe, expect, it } from "vitest";
import { cacheOf, load, sealed } from "../src/cached.ts";
import { root, startServer } from "./client.ts";

const folder = mkdtempSync(join(tmpdir(), "cached-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const require = createRequire(import.meta.url);

/** A file whose text says 1, and the cache of one that says 2 and is as long. */
function fileWithForeignCache(seal: (code: Buffer, of: { one: string; two: string }) => Buffer): string {
  const path = join(folder, `${Math.random()}.js`);
  const [one, two] = [1, 2].map((said) => `module.exports = { said: ${said} };`) as [string, string];
  const wrapped = (source: string) => `(function (exports, require, module, __dirname) {${source}\n})`;
  const script = new Script(wrapped(two));
  script.runInThisContext()({}, require, { exports: {} }, "");
  writeFileSync(path, one);
  writeFileSync(cacheOf(path), seal(script.createCachedData(), { one: wrapped(one), two: wrapped(two) }));
  return path;
}

function saidBy(path: string): unknown {
  return (load(path, require) as { said: number }).said;
}

describe("a cache", () => {
  it("is used where it was made for this file", () =>
    // As only the build can make it, since V8 looks at no more than the length of a source.
    expect(saidBy(fileWithForeignCache((code, { one }) => sealed(code, one)))).toBe(2));

  it.each<[string, Parameters<typeof fileWithForeignCache>[0]]>([
    ["of another file", (code, { two }) => sealed(code, two)],
    ["without its hash", (code) => code],
    [
      "with the hash of another",
      (code, { one }) => Buffer.concat([sealed(Buffer.alloc(9), one).subarray(0, 32), sealed(code, one).subarray(32)]),
    ],
    ["that was cut off", (code, { one }) => sealed(code, one).subarray(0, 100)],
    ["that is empty", () => Buffer.alloc(0)],
    ["of another version of V8", (code, { one }) => sealed(Buffer.from(code).fill(0x7f, 4, 8), one)],
  ])("is left aside %s", (_, seal) => expect(saidBy(fileWithForeignCache(seal))).toBe(1));
});

describe("a server", () => {
  async function callIn(change: (dist: string) => void, args: readonly string[] = []) {
    const dist = mkdtempSync(join(folder, "dist-"));
    cpSync(`${root}dist`, dist, { recursive: true });
    change(dist);
    await using session = await startServer({ program: join(dist, "main.js"), args: ["--local", ...args] });
    return await session.call("list-identity-pools");
  }

  it.each(["server.js", "aws.js"])("works when the cache of %s was spoilt", async (file) => {
    const { content } = await callIn((dist) => {
      const path = cacheOf(join(dist, file));
      const bytes = readFileSync(path);
      const middle = Math.floor(bytes.length / 2);
      bytes.fill(0x41, middle, middle + 4096);
      writeFileSync(path, bytes);
    });
    expect(content["IdentityPools"]).toEqual([]);
  });

  it("works without any", async () => {
    const { content } = await callIn((dist) => {
      for (const file of ["server.js", "aws.js"]) rmSync(cacheOf(join(dist, file)));
    });
    expect(content["IdentityPools"]).toEqual([]);
  });
});
