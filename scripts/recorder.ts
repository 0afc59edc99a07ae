/** Runs the program on the command line, and keeps at its end what V8 compiled of the files that it loads from a code cache. */
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import vm from "node:vm";
import { cacheOf, sealed } from "../src/cached.ts";

const files: { path: string; source: string; script: vm.Script }[] = [];

vm.Script = class extends vm.Script {
  constructor(source: string, options: vm.ScriptOptions) {
    super(source, options);
    files.push({ path: options.filename ?? "", source, script: this });
  }
};

process.once("exit", () => {
  for (const { path, source, script } of files) writeFileSync(cacheOf(path), sealed(script.createCachedData(), source));
});

process.argv.splice(1, 1);
createRequire(import.meta.url)(resolve(process.argv[1] ?? ""));
