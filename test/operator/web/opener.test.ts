/** How a page gets into the person's browser: its token stays out of what other users can read. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openBrowser, whyNoBrowser } from "../../../src/operator/web/opener.ts";

const TOKEN = 'to"ken&<>';
const url = `http://localhost:50123/#${TOKEN}`;

let top: string;
let folder: string;
let log: string;
beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), "opener-"));
  folder = join(top, "channel");
  log = join(top, "log");
  mkdirSync(join(top, "bin"));
});
afterEach(() => rmSync(top, { recursive: true, force: true }));

/** A browser that writes down how it was called, and what is in the file. */
function browser(name: string, then = ""): string {
  const path = join(top, "bin", name);
  writeFileSync(
    path,
    `#!/bin/sh
{ printf '%s\\n' "$#" "$@"; stat -c %a "$1"; tr '\\0' ' ' </proc/$$/cmdline; echo; cat "$1"; } >'${log}.part'
mv '${log}.part' '${log}'
${then}
`,
    { mode: 0o755 },
  );
  return path;
}

const open = (given: Partial<Parameters<typeof openBrowser>[0]> = {}) =>
  openBrowser({ url, folder, browser: undefined, platform: "linux", environment: { DISPLAY: ":0" }, ...given });

const files = () => readdirSync(folder).filter((name) => name.endsWith(".html"));

it("the browser gets one argument: a file for this user alone, which leads to the address and is deleted after use", async () => {
  const opening = await open({ browser: browser("firefox") });
  expect(opening).toMatchObject({ started: true });
  const [count, file = "", mode, command = "", ...html] = readFileSync(log, "utf8").split("\n");
  expect({ count, mode }).toEqual({ count: "1", mode: "600" });
  expect(file).toMatch(new RegExp(`^${folder}/page-${process.pid}-[0-9a-f-]{36}\\.html$`));
  expect(command).not.toContain("ken");
  expect(html.join("\n")).toContain(
    'http-equiv="refresh" content="2; url=http://localhost:50123/#to&quot;ken&amp;&lt;>"',
  );
  expect(existsSync(file)).toBe(true);
  if (opening.started) opening.loaded();
  expect(files()).toEqual([]);
});

it("a browser that ends with a failure, or is not there, was not started, and no file is left", async () => {
  expect(await open({ browser: browser("broken", "exit 4") })).toEqual({
    started: false,
    why: expect.stringMatching(/broken ended with exit code 4$/),
  });
  expect(await open({ browser: "no-such-browser-here" })).toEqual({
    started: false,
    why: "no-such-browser-here cannot be started (ENOENT)",
  });
  expect(files()).toEqual([]);
});

it("a browser that goes on running was started", async () => {
  const opening = await open({ browser: browser("slow", "exec sleep 4") });
  expect(opening).toMatchObject({ started: true });
  await wait(1_500);
  if (opening.started) opening.loaded();
});

it("files of processes that have ended are removed, and no others", async () => {
  mkdirSync(folder, { mode: 0o700 });
  const stale = `page-999999999-${"a".repeat(8)}-0000-0000-0000-${"0".repeat(12)}.html`;
  const own = stale.replace("999999999", String(process.pid));
  for (const name of [stale, own, "4711.sock"]) writeFileSync(join(folder, name), "");
  const opening = await open({ browser: browser("firefox") });
  expect(readdirSync(folder)).not.toContain(stale);
  expect(readdirSync(folder)).toEqual(expect.arrayContaining([own, "4711.sock"]));
  if (opening.started) opening.loaded();
});

it("a folder that others can read is refused", async () => {
  mkdirSync(folder);
  chmodSync(folder, 0o755);
  await expect(open({ browser: browser("firefox") })).rejects.toThrow(/only this user can access/);
  expect(existsSync(log)).toBe(false);
});

describe("there is no browser", () => {
  it.each<[string, Parameters<typeof whyNoBrowser>[0], string | undefined]>([
    ["on Linux without a display", { browser: undefined, platform: "linux", environment: {} }, "there is no display"],
    ["with X", { browser: undefined, platform: "linux", environment: { DISPLAY: ":0" } }, undefined],
    [
      "with Wayland",
      { browser: undefined, platform: "linux", environment: { WAYLAND_DISPLAY: "wayland-0" } },
      undefined,
    ],
    ["on macOS", { browser: undefined, platform: "darwin", environment: {} }, undefined],
    ["on Windows", { browser: undefined, platform: "win32", environment: {} }, undefined],
    ["where another is named", { browser: "w3m", platform: "linux", environment: {} }, undefined],
    [
      "where none is wanted",
      { browser: "none", platform: "darwin", environment: {} },
      "COGNITO_IDENTITY_MCP_BROWSER is none",
    ],
  ])("%s", async (_, given, why) => {
    expect(whyNoBrowser(given)).toBe(why);
    if (why !== undefined) expect(await open(given)).toEqual({ started: false, why });
  });
});
