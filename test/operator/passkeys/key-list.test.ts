/** Which list of passkeys counts, and which are refused. */
import { chmodSync, chownSync, linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readKeyList } from "../../../src/operator/passkeys/key-list.ts";
import { type KeyPlace, keyPlace } from "../../../src/operator/passkeys/key-place.ts";
import { parseList, renderList } from "../../../src/operator/passkeys/passkey.ts";
import { createAuthenticator } from "../../support/authenticator.ts";

const uid = process.getuid?.() ?? -1;
const { key } = createAuthenticator();
const text = renderList({ keys: [key], requires: true });

let top: string;
let folder: string;
let place: KeyPlace;
beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), "keys-"));
  chmodSync(top, 0o755);
  folder = join(top, "etc", "cognito-identity-mcp");
  mkdirSync(folder, { recursive: true });
  mkdirSync(join(top, "home"));
  place = {
    system: { path: join(folder, "passkeys-1000.json"), top, administrator: uid },
    user: join(top, "home", "passkeys.json"),
    // Another user than the administrator.
    uid: uid + 1,
  };
});
afterEach(() => rmSync(top, { recursive: true, force: true }));

const systemPath = () => place.system?.path ?? "";
const problemOf = (where = place) => {
  try {
    return readKeyList(where).owner;
  } catch (error) {
    return error instanceof Error && error.name === "UserError" ? error.message : error;
  }
};
/** As the user of the place, which is the one who runs the test. */
const asUser = () => ({ ...place, system: undefined, uid });

describe("the list of the system", () => {
  beforeEach(() => writeFileSync(systemPath(), text, { mode: 0o644 }));

  it("counts, protected, and its --require too", () => {
    expect(readKeyList(place)).toEqual({
      path: systemPath(),
      owner: "system",
      keys: [key],
      requires: true,
      unprotected: undefined,
    });
  });

  it("counts even where the user has another one, and even if it is empty", () => {
    writeFileSync(place.user, text, { mode: 0o600 });
    writeFileSync(systemPath(), renderList({ keys: [], requires: false }));
    expect(readKeyList(place)).toMatchObject({ owner: "system", keys: [] });
  });

  it("is unprotected for a program that runs as the administrator", () => {
    expect(readKeyList({ ...place, uid }).unprotected).toContain("The program runs as root");
  });

  it.each<[number, boolean]>([
    [0o600, true],
    [0o640, true],
    [0o644, true],
    [0o444, true],
    [0o664, false],
    [0o646, false],
    [0o622, false],
    [0o666, false],
    [0o777, false],
  ])("with mode %o is read: %s", (mode, isRead) => {
    chmodSync(systemPath(), mode);
    expect(problemOf()).toEqual(isRead ? "system" : expect.stringContaining("can be written by others than its owner"));
  });

  it.each(["cognito-identity-mcp", "etc", ""])("is refused if others can write the folder %j on the way", (name) => {
    const on = name === "" ? top : name === "etc" ? join(top, "etc") : folder;
    for (const mode of [0o775, 0o757, 0o777, 0o1777]) {
      chmodSync(on, mode);
      expect(problemOf()).toBe(
        `${on} can be written by others than its owner. No passkey was read. Find out who changed it. Then correct it, or delete the list and enroll the keys again.`,
      );
    }
    chmodSync(on, 0o755);
    expect(problemOf()).toBe("system");
  });

  it("is refused as a link, and in a folder that is one", () => {
    rmSync(systemPath());
    writeFileSync(join(folder, "other"), text);
    symlinkSync("other", systemPath());
    expect(problemOf()).toContain("is a symbolic link");
    rmSync(systemPath());
    linkSync(join(folder, "other"), systemPath());
    expect(problemOf()).toBe("system");
    rmSync(join(top, "etc"), { recursive: true });
    mkdirSync(join(top, "real", "cognito-identity-mcp"), { recursive: true });
    writeFileSync(join(top, "real", "cognito-identity-mcp", "passkeys-1000.json"), text);
    symlinkSync("real", join(top, "etc"));
    expect(problemOf()).toContain("is a symbolic link");
  });

  it.skipIf(uid !== 0)("is refused if it, or a folder on the way, belongs to another user", () => {
    chownSync(systemPath(), 65_534, 0);
    expect(problemOf()).toContain("belongs to another user");
    chownSync(systemPath(), 0, 0);
    for (const on of [folder, join(top, "etc"), top]) {
      chownSync(on, 65_534, 0);
      expect(problemOf()).toContain(`${on} does not belong to the administrator (root)`);
      chownSync(on, 0, 0);
    }
    expect(problemOf()).toBe("system");
  });

  it("is refused if it is a folder", () => {
    rmSync(systemPath());
    mkdirSync(systemPath());
    expect(problemOf()).toContain("is not a regular file");
  });

  it("never gives way to the list of the user when it is refused", () => {
    writeFileSync(place.user, text, { mode: 0o600 });
    for (const damage of ["", "{", "null", text.slice(1)]) {
      writeFileSync(systemPath(), damage);
      expect(problemOf()).toContain("is damaged");
    }
    rmSync(folder, { recursive: true });
    writeFileSync(folder, "a file in the place of the folder");
    expect(problemOf()).toContain("cannot be read (ENOTDIR)");
  });
});

describe("the list of the user", () => {
  beforeEach(() => {
    place = asUser();
    writeFileSync(place.user, text, { mode: 0o600 });
  });

  it("is unprotected, and cannot require passkeys", () => {
    expect(readKeyList(place)).toEqual({
      path: place.user,
      owner: "user",
      keys: [key],
      requires: false,
      unprotected: expect.stringContaining("belongs to this user"),
    });
  });

  it("is refused if others can write it or its folder, if it is a link, and if it is damaged", () => {
    chmodSync(place.user, 0o620);
    expect(problemOf()).toContain("can be written by others");
    chmodSync(place.user, 0o600);
    chmodSync(join(top, "home"), 0o777);
    expect(problemOf()).toContain("can be written by others");
    chmodSync(join(top, "home"), 0o700);
    expect(problemOf()).toBe("user");
    // A list that goes on and on, although it would be valid.
    writeFileSync(place.user, text + " ".repeat(300_000));
    expect(problemOf()).toContain("is damaged");
    rmSync(place.user);
    writeFileSync(join(top, "other"), text);
    symlinkSync(join(top, "other"), place.user);
    expect(problemOf()).toContain("is a symbolic link");
  });

  it.skipIf(uid !== 0)("is refused if it belongs to another user", () => {
    chownSync(place.user, 65_534, 0);
    expect(problemOf()).toContain("belongs to another user");
  });

  it("that is not there is none", () => {
    rmSync(place.user);
    expect(readKeyList(place)).toMatchObject({ owner: "none", keys: [], requires: false });
  });
});

describe("the text of a list", () => {
  it("is read as it was written", () => {
    expect(parseList(text)).toEqual({ keys: [key], requires: true });
  });

  it("is refused with any member that is missing, new, or of another kind", () => {
    const list = JSON.parse(text) as Record<string, unknown>;
    const odd = fc.oneof(fc.anything(), fc.constantFrom(0, "", "2", true, [], {}, "\u202e", "a".repeat(65), "AA="));
    const changes = fc.oneof(
      fc
        .tuple(fc.constantFrom("version", "requires", "keys"), odd)
        .map(([name, value]) => ({ ...list, [name]: value })),
      fc
        .tuple(fc.constantFrom(...Object.keys(key)), odd)
        .map(([name, value]) => ({ ...list, keys: [{ ...key, [name]: value }] })),
      fc.string().map((name) => ({ ...list, [`${name}x`]: 1 })),
      fc.string().map((name) => ({ ...list, keys: [{ ...key, [`${name}x`]: 1 }] })),
      fc.constantFrom(...Object.keys(key)).map((name) => ({ ...list, keys: [{ ...key, [name]: undefined }] })),
      fc.constant({ ...list, keys: [key, { ...key, label: "other" }] }),
      fc.constant({ ...list, keys: [key, { ...key, id: "AAAA" }] }),
    );
    fc.assert(
      fc.property(changes, (changed) => {
        let written: string;
        try {
          written = JSON.stringify(changed);
        } catch {
          return;
        }
        const read = parseList(written);
        // What is still a list is one with other values of the same kind.
        if (read) expect(JSON.parse(renderList(read))).toEqual(JSON.parse(written));
      }),
    );
    for (const changed of [
      { ...list, version: 2 },
      { ...list, requires: 1 },
      { ...list, keys: [{ ...key, algorithm: -35 }] },
      { ...list, keys: [{ ...key, algorithm: "-7" }] },
      { ...list, keys: [{ ...key, label: "a\u202eb" }] },
      { ...list, keys: [{ ...key, label: " a" }] },
      { ...list, keys: [{ ...key, added: "2026-13-01T00:00:00.000Z" }] },
      { ...list, keys: [{ ...key, id: `${key.id}=` }] },
      { ...list, keys: [{ ...key, publicKey: "not base64url!" }] },
      { ...list, keys: [{ ...key, transports: ["<script>"] }] },
      { ...list, keys: [key, { ...key, label: "other" }] },
      { ...list, keys: [key, { ...key, id: "AAAA" }] },
      {
        ...list,
        keys: Array.from({ length: 33 }, (_, index) => ({ ...key, id: "A".repeat(4 * index + 4), label: `${index}` })),
      },
      { ...list, more: 1 },
    ])
      expect(parseList(JSON.stringify(changed)), JSON.stringify(changed)).toBeUndefined();
  });
});

describe("the place of the lists", () => {
  const every = {
    XDG_CONFIG_HOME: "/evil",
    XDG_CONFIG_DIRS: "/evil",
    HOME: "/evil",
    USER: "evil",
    SUDO_UID: "1",
    ProgramData: "/evil",
    PROGRAMDATA: "/evil",
    COGNITO_IDENTITY_MCP_PASSKEYS: "/evil",
  };

  it("of the system is fixed, whatever is in the environment", () => {
    for (const environment of [{}, every]) {
      expect(keyPlace(environment, "linux", "/home/a", 1000).system).toEqual({
        path: "/etc/cognito-identity-mcp/passkeys-1000.json",
        top: "/",
        administrator: 0,
      });
      expect(keyPlace(environment, "darwin", "/Users/a", 501).system?.path).toBe(
        "/Library/Application Support/cognito-identity-mcp/passkeys-501.json",
      );
      expect(keyPlace(environment, "win32", "C:\\Users\\a", undefined).system).toBeUndefined();
    }
  });

  it("of the user is where the system keeps settings", () => {
    expect(keyPlace({}, "linux", "/home/a", 1000).user).toBe("/home/a/.config/cognito-identity-mcp/passkeys.json");
    expect(keyPlace({ XDG_CONFIG_HOME: "/x" }, "linux", "/home/a", 1000).user).toBe(
      "/x/cognito-identity-mcp/passkeys.json",
    );
    expect(keyPlace({ XDG_CONFIG_HOME: "x" }, "linux", "/home/a", 1000).user).toBe(
      "/home/a/.config/cognito-identity-mcp/passkeys.json",
    );
    expect(keyPlace({}, "darwin", "/Users/a", 501).user).toBe(
      "/Users/a/Library/Application Support/cognito-identity-mcp/passkeys.json",
    );
    expect(keyPlace({ APPDATA: "/r" }, "win32", "C:\\Users\\a", undefined).user).toContain("passkeys.json");
  });
});
