/** The audit file: complete lines with several writers, after incomplete lines and at any size. */
import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { MAX_ROTATED_FILES, openAuditFile } from "../../src/audit/file.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cognito-identity-"));
  path = join(folder, "audit.jsonl");
});
afterEach(() => rmSync(folder, { recursive: true }));

const linesOf = (file: string) =>
  readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "");

it("is rotated when it is large, and two writers lose no line and write none twice", async () => {
  const files = await Promise.all([openAuditFile(path, 2000), openAuditFile(path, 2000)]);
  const wanted: string[] = [];
  for (let round = 0; round < 30; round += 1) {
    const lines = files.flatMap((file, writer) =>
      [1, 2].map((line) => ({ file, text: `writer ${writer}, round ${round}, line ${line}`.padEnd(50, ".") })),
    );
    wanted.push(...lines.map(({ text }) => text));
    await Promise.all(lines.map(({ file, text }) => file.append(text)));
  }
  const all = [path, ...[1, 2, 3, 4, 5].map((age) => `${path}.${age}`)].filter(existsSync);
  expect(all.length).toBeGreaterThan(2);
  expect(all.flatMap(linesOf).sort()).toEqual(wanted.sort());
  await Promise.all(files.map((file) => file.close()));
});

it("keeps five rotated files and deletes the oldest", async () => {
  const file = await openAuditFile(path, 100);
  for (let line = 0; line < 20; line += 1) await file.append(`line ${line}`.padEnd(99, "."));
  await file.close();
  expect(existsSync(`${path}.5`)).toBe(true);
  expect(existsSync(`${path}.6`)).toBe(false);
  expect(linesOf(path)[0]).toMatch(/^line 19/);
  expect(linesOf(`${path}.1`)[0]).toMatch(/^line 18/);
});

it("starts a new line after an incomplete one", async () => {
  appendFileSync(path, "whole\ntorn in the mid", { mode: 0o600 });
  const file = await openAuditFile(path);
  await file.append("next");
  await file.append("and next");
  await file.close();
  expect(linesOf(path)).toEqual(["whole", "torn in the mid", "next", "and next"]);
});

it("is rotated only when it is full, also by two servers that write at the same time", async () => {
  const path = join(folder, "shared.jsonl");
  const MAX = 2_000;
  const servers = await Promise.all([openAuditFile(path, MAX), openAuditFile(path, MAX)]);
  const line = "x".repeat(99);
  for (let round = 0; round < 60; round += 1)
    await Promise.all(servers.flatMap((server) => [server.append(line), server.append(line)]));
  await Promise.all(servers.map((server) => server.close()));
  const aside = readdirSync(folder).filter((name) => /^shared\.jsonl\.\d$/.test(name));
  expect(aside).toHaveLength(MAX_ROTATED_FILES);
  for (const name of aside) expect(statSync(join(folder, name)).size, name).toBeGreaterThanOrEqual(MAX);
});
