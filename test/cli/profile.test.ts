/** A profile goes into a config file that people and programs of all kinds have written, and nothing else moves. */

import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { withProfile } from "../../src/cli/profile/aws-config.ts";
import { writeProfile } from "../../src/cli/profile/profile.ts";
import { createPool, type Service, type Session, startServer, startService } from "../support/client.ts";
import { runProgram } from "../support/command.ts";

const profile = {
  name: "guest",
  process: "cognito-identity-mcp credentials AAAAAAAAAAAAAAAAAAAAAA",
  region: "eu-west-1",
};
const next = { ...profile, process: profile.process.replaceAll("A", "B"), region: "us-east-1" };

const block = (end = "\n", { process, region } = profile) =>
  [
    "[profile guest]",
    "# made by cognito-identity-mcp",
    `credential_process = ${process}`,
    `region = ${region}`,
    "",
  ].join(end);

describe("the text of a config file", () => {
  it.each([
    ["nothing", "", block()],
    ["a profile", "[default]\nregion = x\n", `[default]\nregion = x\n\n${block()}`],
    ["no final line end", "[default]\nregion = x", `[default]\nregion = x\n\n${block()}`],
    ["an empty line at the end", "[default]\n\n", `[default]\n\n${block()}`],
    ["line ends of Windows", "[default]\r\nregion = x\r\n", `[default]\r\nregion = x\r\n\r\n${block("\r\n")}`],
    ["line ends of old", "[default]\rregion = x\r", `[default]\rregion = x\r\n\n${block()}`],
    ["comments only", "# [profile guest]\n; [profile guest]", `# [profile guest]\n; [profile guest]\n\n${block()}`],
    ["another of a longer name", "[profile guest2]\n", `[profile guest2]\n\n${block()}`],
    ["a session of the name", "[sso-session guest]\n", `[sso-session guest]\n\n${block()}`],
    ["a value that looks like it", "[default]\nx = [profile guest]\n", `[default]\nx = [profile guest]\n\n${block()}`],
  ])("with %s gets the profile at its end", (_, before, after) => expect(withProfile(before, profile)).toBe(after));

  it("has our own profile replaced in its place, and what was put under it kept", () => {
    const around = (own: string) => `# top\r[default]\n\n${own}output = json\n[profile z]\nregion = z`;
    expect(withProfile(around(block()), next)).toBe(around(block("\n", next)));
  });

  it.each([
    "[profile guest]\nregion = x\n",
    "[profile guest]",
    '[profile "guest"]\n',
    "[profile 'guest']\n",
    "[ profile guest ]\n",
    "[profile  guest]\n",
    "[profile\tguest]\n",
    "  [profile guest]\n",
    "[profile guest] # mine\n",
    "[profile guest];mine\n",
    "[Profile guest]\n",
    "[profile \\guest]\n",
    '[profile gu"es"t]\n',
    "[profile guest\n",
    "[default]\r[profile guest]\rregion = x",
    "\ufeff[profile guest]\n",
    "[profile\u00a0guest]\n",
    "[profile guest]\n# made by cognito-identity-mcp\nregion = x\n",
    "[profile guest]\n# made by cognito-identity-mcp\nrole_arn = x\ncredential_process = x\nregion = x\n",
    `# made by cognito-identity-mcp\n[profile guest]\ncredential_process = x\nregion = x\n`,
    `${block()}${block()}`,
    `${block()}[profile "guest"]\nregion = x\n`,
    "\0",
  ])("that holds %j is refused", (text) => {
    expect(() => withProfile(Buffer.from(text).toString("latin1"), profile)).toThrow(/The config file/);
  });

  it("keeps every other byte", () => {
    const piece = fc.constantFrom(
      "[",
      "]",
      "profile ",
      "guest",
      "other",
      '"',
      "#",
      ";",
      "\n",
      "\r\n",
      "\r",
      " ",
      "=",
      "é",
      "\u2028",
    );
    const anything = fc.oneof(
      fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join("")),
      fc.string(),
    );
    fc.assert(
      fc.property(anything, (text) => {
        const before = Buffer.from(text).toString("latin1");
        let after: string;
        try {
          after = withProfile(before, profile);
        } catch (error) {
          expect(error).toHaveProperty("name", "UserError");
          return;
        }
        expect(after.startsWith(before)).toBe(true);
        expect(after.slice(before.length).trimStart()).toMatch(/^\[profile guest\]\r?\n# made by/);
        // Put in again it stays as it is; put in anew it is replaced.
        expect(withProfile(after, profile)).toBe(after);
        expect(withProfile(withProfile(after, next), profile)).toBe(after);
      }),
      { numRuns: process.env["LONG"] ? 100_000 : 5_000 },
    );
  }, 900_000);

  it.each(["a\ncredential_process = evil", "a #b", "a ;b", "a\u0085b"])("takes no command such as %j", (command) =>
    expect(() => withProfile("", { ...profile, process: command })).toThrow(/cannot be written into a config file/),
  );
});

describe("a config file", () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "cognito-identity-"));
    file = join(folder, "config");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("is created for its user alone, and an existing one keeps its mode", async () => {
    await writeProfile(file, profile);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    chmodSync(file, 0o640);
    await writeProfile(file, next);
    expect(statSync(file).mode & 0o777).toBe(0o640);
    expect(readFileSync(file, "utf8")).toBe(block("\n", next));
    expect(readdirSync(folder)).toEqual(["config"]);
  });

  it("keeps bytes that are not UTF-8", async () => {
    const bytes = Buffer.from([0x23, 0xff, 0xfe, 0xc3, 0x0a]);
    writeFileSync(file, bytes);
    await writeProfile(file, { ...profile, process: "/opt/é credentials" });
    const after = readFileSync(file);
    expect(after.subarray(0, bytes.length)).toEqual(bytes);
    expect(after.toString()).toContain("credential_process = /opt/é credentials\n");
  });

  it.each<[string, () => void]>([
    ["a link", () => symlinkSync("real", file)],
    ["a link to nothing", () => symlinkSync("nothing", file)],
    ["a folder", () => mkdirSync(file)],
    ["too large", () => writeFileSync(file, "#".repeat(1_048_577))],
    [
      "in no folder",
      () => {
        file = join(folder, "none", "config");
      },
    ],
    ["with a profile of that name from another program", () => writeFileSync(file, "[profile guest]\n")],
  ])("that is %s is refused and left alone", async (_, make) => {
    writeFileSync(join(folder, "real"), "[default]\n");
    make();
    const before = readdirSync(folder).sort();
    await expect(writeProfile(file, profile)).rejects.toThrow(/config file/);
    expect(readdirSync(folder).sort()).toEqual(before);
    expect(readFileSync(join(folder, "real"), "utf8")).toBe("[default]\n");
  });

  it("of another user is refused", async ({ skip }) => {
    skip(process.getuid?.() !== 0, "only root can use a file of another user");
    const { chownSync } = await import("node:fs");
    writeFileSync(file, "[default]\n");
    chownSync(file, 12_345, 12_345);
    await expect(writeProfile(file, profile)).rejects.toThrow(/belongs to another user/);
    expect(readFileSync(file, "utf8")).toBe("[default]\n");
  });

  it("gets every profile of those that write at the same time", async () => {
    const names = Array.from({ length: 20 }, (_, index) => `guest-${index}`);
    await Promise.all(names.map((name) => writeProfile(file, { ...profile, name })));
    const text = readFileSync(file, "utf8");
    for (const name of names) expect(text).toContain(`[profile ${name}]\n`);
    expect(readdirSync(folder)).toEqual(["config"]);
  });

  it("is taken from a dead process that held it, and not from one that runs", async () => {
    writeFileSync(`${file}.lock`, "999999999\n");
    await writeProfile(file, profile);
    expect(readdirSync(folder)).toEqual(["config"]);
    linkSync(file, `${file}.other`);
    writeFileSync(`${file}.lock`, `${process.pid}\n`);
    const before = readFileSync(file, "utf8");
    await expect(writeProfile(file, next)).rejects.toThrow(/is held by another process/);
    expect(readFileSync(file, "utf8")).toBe(before);
    expect(existsSync(`${file}.lock`)).toBe(true);
  }, 20_000);
});

describe("--write-profile", () => {
  let runtime: string;
  let service: Service;
  let session: Session;
  let handle: string;
  beforeEach(async () => {
    runtime = mkdtempSync(join(tmpdir(), "cognito-identity-"));
    service = await startService();
    session = await startServer({ env: { ...service.env, XDG_RUNTIME_DIR: runtime } });
    const pool = await createPool(service.sdk);
    const { content } = await session.call("get-id", { IdentityPoolId: pool });
    const vended = await session.call("get-credentials-for-identity", { IdentityId: content["IdentityId"] });
    handle = String(vended.content["handle"]);
  });
  afterEach(async () => {
    await session[Symbol.asyncDispose]();
    await service[Symbol.asyncDispose]();
    rmSync(runtime, { recursive: true });
  });

  const config = () => join(runtime, "config");
  const write = (name: string, file: string) =>
    runProgram(["credentials", handle, "--write-profile", name, "--config", file], {
      XDG_RUNTIME_DIR: runtime,
      HOME: runtime,
    });

  it.each([
    "default",
    "",
    "a b",
    "a]\n[profile b",
    "a]\ncredential_process = evil\n[b",
    '"a"',
    "'a'",
    "$(x)",
    "a/b",
    "é",
    "a".repeat(65),
  ])("refuses the name %j", async (name) => {
    const { code, stdout, stderr } = await write(name, config());
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(
      name === ""
        ? /--write-profile is empty\. Write NAME, such as /
        : /--write-profile is .*;\u2069? it must be 1 to 64 letters/,
    );
    expect(existsSync(config())).toBe(false);
  });

  it.each([
    ["[profile guest]\ncredential_process = evil\n", /this program did not write, or that was changed since/],
    ['[profile "guest"]\r\ncredential_process = "evil"\r\n', /this program did not write, or that was changed since/],
    [`${block()}${block()}`, /more than once/],
  ])("refuses a file with %j, and shows nothing of it", async (text, message) => {
    writeFileSync(config(), text);
    const { code, stdout, stderr } = await write("guest", config());
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/evil|ASIA|IQoJ/);
    expect(readFileSync(config(), "utf8")).toBe(text);
  });

  it("writes only to the named file", async () => {
    const { code } = await write("guest", config());
    expect(code).toBe(0);
    expect(readdirSync(runtime).sort()).toEqual(["cognito-identity-mcp", "config"]);
    const { code: without } = await runProgram(["credentials", handle, "--write-profile", "guest"], {
      XDG_RUNTIME_DIR: runtime,
      HOME: runtime,
    });
    expect(without).toBe(2);
    expect(readdirSync(runtime).sort()).toEqual(["cognito-identity-mcp", "config"]);
  });
});
