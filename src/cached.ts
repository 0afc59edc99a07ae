/**
 * Loads the large files of this program with V8's code cache, which holds them compiled. The cache is made where the program
 * is built (scripts/code-cache.ts), and is good for that very version of Node and no other. Everywhere else, and whenever a
 * cache is not just as it was made, the file is compiled as always. Nothing is ever written at run time.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { Script } from "node:vm";
import { brotliCompressSync, brotliDecompressSync } from "node:zlib";

/** Bytes of the hash that a cache begins with. */
const HASH_BYTES = 32;

/** No cache of ours comes near. */
const MOST_BYTES = 16_000_000;

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
 * A cache as it is kept: compressed, behind a hash. V8 itself compares its version, its flags and the length of the source, and
 * would run what was spoilt since; the hash is over every byte.
 */
export function sealed(code: Buffer, source: string): Buffer {
  return Buffer.concat([hashOf(code, source), brotliCompressSync(code)]);
}

function hashOf(code: Buffer, source: string): Buffer {
  const { version, arch, platform } = process;
  return createHash("sha256").update(`${version} ${arch} ${platform} ${source}`, "latin1").update(code).digest();
}

/** To decompress takes a tenth of what the cache saves, and makes what is installed a fifth smaller. */
function readCache(path: string, source: string): Buffer | undefined {
  try {
    const kept = readFileSync(cacheOf(path));
    const code = brotliDecompressSync(kept.subarray(HASH_BYTES), { maxOutputLength: MOST_BYTES });
    return hashOf(code, source).equals(kept.subarray(0, HASH_BYTES)) ? code : undefined;
  } catch {
    return undefined;
  }
}
