/**
 * Loads the large files of this program with V8's code cache, which holds them compiled. The cache is made where the program
 * is built (scripts/code-cache.ts), and is good for that very version of Node and no other. Everywhere else, and whenever a
 * cache is not just as it was made, the file is compiled as always. Nothing is ever written at run time.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { Script } from "node:vm";

/** Bytes of the hash that a cache begins with. */
const HASH_BYTES = 32;

/** Runs a file of CommonJS in ASCII, and gives what it exports. */
export function load(path: string, require: NodeJS.Require): object {
  const source = `(function (exports, require, module, __dirname) {${readFileSync(path, "latin1")}\n})`;
  const cachedData = readCache(path, source);
  const script = new Script(source, { filename: path, ...(cachedData && { cachedData }) });
  const module = { exports: {} };
  script.runInThisContext()(module.exports, require, module, dirname(path));
  return module.exports;
}

/** Where the cache of a file is. */
export function cacheOf(path: string): string {
  return `${path}.cache`;
}

/**
 * A cache as it is kept. V8 itself compares its version, its flags and the length of the source, and would run what was spoilt
 * since; the hash is over every byte.
 */
export function sealed(code: Buffer, source: string): Buffer {
  const { version, arch, platform } = process;
  const hash = createHash("sha256").update(`${version} ${arch} ${platform} ${source}`, "latin1").update(code);
  return Buffer.concat([hash.digest(), code]);
}

function readCache(path: string, source: string): Buffer | undefined {
  try {
    const cache = readFileSync(cacheOf(path));
    const code = cache.subarray(HASH_BYTES);
    return sealed(code, source).equals(cache) ? code : undefined;
  } catch {
    return undefined;
  }
}
