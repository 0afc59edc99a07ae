/** Packs the built server as an MCPB bundle under build/, with the official packer, which checks it first. */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { manifestOf } from "./manifest.ts";

/** Fetched when it is needed: a bundle is made once a release. */
const PACKER = "@anthropic-ai/mcpb@2.1.2";

const description = JSON.parse(readFileSync("package.json", "utf8"));
const folder = "build/mcpb";
const bundle = `build/${description.name}-${description.version}.mcpb`;

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
for (const path of ["dist", "LICENSE", "README.md"]) cpSync(path, `${folder}/${path}`, { recursive: true });
// Node is to take the files for modules; the rest is for whoever develops it.
const { name, version, license, type } = description;
writeFileSync(`${folder}/package.json`, `${JSON.stringify({ name, version, license, type }, null, 2)}\n`);
writeFileSync(`${folder}/manifest.json`, `${JSON.stringify(manifestOf(description), null, 2)}\n`);
const pack = (...args: string[]) => execFileSync("npx", ["--yes", PACKER, ...args], { stdio: "inherit" });
pack("validate", `${folder}/manifest.json`);
pack("pack", folder, bundle);
console.log(`Made ${bundle}.`);
