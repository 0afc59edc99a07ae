/**
 * A machine with an administrator and a user: the program runs as an unprivileged user with an /etc of its own, and `sudo` is a
 * script. It takes root to set up, and changes nothing outside of a temporary folder.
 */
import { type ChildProcess, spawn } from "node:child_process";
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { program } from "./command.ts";
import { plain } from "./terminal.ts";

/** Why there is no such machine here; undefined if there can be one. */
export const whyNoMachine =
  process.platform !== "linux" ? "it needs Linux" : process.getuid?.() !== 0 ? "it needs root" : undefined;

/** The user id of `nobody`. */
export const USER = 65_534;

/** How long a person takes to read a prompt, in milliseconds. */
const READING_MS = 500;

/** What sudo does: ask for a password, ask for none, or refuse whatever is typed. */
type Sudo = "password" | "none" | "refuse";

export const PASSWORD = "correct horse";

export interface Machine extends Disposable {
  /** What the program sees as /etc. */
  readonly etc: string;
  readonly home: string;
  /** The list of the system. */
  readonly systemList: string;
  readonly userList: string;
  setSudo(sudo: Sudo | "absent"): void;
  /** The command lines with which sudo was called. */
  sudoCalls(): string[];
  /** Runs the program in a terminal of the user. */
  start(args: readonly string[], env?: Readonly<Record<string, string>>): Terminal;
  /** Runs it as root. */
  startAsRoot(args: readonly string[], env?: Readonly<Record<string, string>>): Terminal;
}

export interface Terminal {
  /** Resolves to the first match on the screen; rejects if the program ends without. */
  shows(pattern: RegExp): Promise<RegExpExecArray>;
  type(text: string): void;
  /** Types a line after a prompt, as a person who has read it does: what is typed sooner may not count. */
  answer(prompt: RegExp, line: string): Promise<void>;
  readonly screen: () => string;
  /** Resolves to the exit code. */
  readonly ended: Promise<number | null>;
}

export function createMachine(): Machine {
  const folder = mkdtempSync(join(tmpdir(), "machine-"));
  chmodSync(folder, 0o755);
  const [etc, home, bin] = [join(folder, "etc"), join(folder, "home"), join(folder, "bin")];
  for (const name of [etc, home, bin]) mkdirSync(name);
  for (const name of ["passwd", "group", "hosts", "nsswitch.conf"])
    if (existsSync(`/etc/${name}`)) copyFileSync(`/etc/${name}`, join(etc, name));
  chownSync(home, USER, USER);
  // A program with the rights of root, as sudo is one.
  const becomeRoot = join(bin, "become-root");
  copyFileSync("/usr/bin/setpriv", becomeRoot);
  chmodSync(becomeRoot, 0o4755);
  const log = join(folder, "sudo.log");
  writeFileSync(log, "");
  chownSync(log, USER, USER);
  const children = new Set<ChildProcess>();

  function start(args: readonly string[], env: Readonly<Record<string, string>>, uid: number): Terminal {
    const words = [process.execPath, program, ...args].map((word) => `'${word}'`).join(" ");
    const user = uid === 0 ? [] : ["setpriv", `--reuid=${uid}`, `--regid=${uid}`, "--clear-groups", "--"];
    const inside = [...user, "script", "-qec", `stty cols 200; exec ${words}`, "/dev/null"];
    const child = spawn(
      "unshare",
      ["-m", "--", "sh", "-c", `mount --bind '${etc}' /etc && exec "$@"`, "sh", ...inside],
      {
        env: {
          PATH: `${bin}:/usr/bin:/bin`,
          TERM: "dumb",
          HOME: home,
          XDG_RUNTIME_DIR: home,
          SHELL: "/bin/sh",
          COGNITO_IDENTITY_MCP_BROWSER: "none",
          ...env,
        },
      },
    );
    children.add(child);
    let output = "";
    let hasEnded = false;
    const looks = new Set<() => void>();
    const collect = (chunk: Buffer) => {
      output += chunk;
      for (const look of looks) look();
    };
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    const screen = () => plain(output);
    const ended = new Promise<number | null>((resolve) =>
      child.once("close", (code) => {
        children.delete(child);
        hasEnded = true;
        for (const look of looks) look();
        resolve(code);
      }),
    );
    async function shows(pattern: RegExp): Promise<RegExpExecArray> {
      return await new Promise((resolve, reject) => {
        const look = () => {
          const found = pattern.exec(screen());
          if (found) resolve(found);
          else if (hasEnded) reject(new Error(`the program ended, and never showed ${pattern}:\n${screen()}`));
          else return;
          looks.delete(look);
        };
        looks.add(look);
        look();
      });
    }
    return {
      screen,
      ended,
      shows,
      type: (text) => void child.stdin.write(text),
      async answer(prompt, line) {
        await shows(prompt);
        await wait(READING_MS);
        child.stdin.write(`${line}\n`);
      },
    };
  }

  const machine: Machine = {
    etc,
    home,
    systemList: join(etc, "cognito-identity-mcp", `passkeys-${USER}.json`),
    userList: join(home, ".config", "cognito-identity-mcp", "passkeys.json"),
    setSudo(sudo) {
      rmSync(join(bin, "sudo"), { force: true });
      if (sudo === "absent") return;
      writeFileSync(join(bin, "sudo"), sudoScript(sudo, log, becomeRoot), { mode: 0o755 });
    },
    sudoCalls: () => readFileSync(log, "utf8").split("\n").slice(0, -1),
    start: (args, env = {}) => start(args, env, USER),
    startAsRoot: (args, env = {}) => start(args, env, 0),
    [Symbol.dispose]() {
      for (const child of children) child.kill("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    },
  };
  machine.setSudo("password");
  return machine;
}

function sudoScript(sudo: Sudo, log: string, becomeRoot: string): string {
  return `#!/bin/sh
printf '%s\\n' "$1 $2" >>'${log}'
if [ "$1" = -k ]; then exit 0; fi
if [ "$1" = -n ]; then ${sudo === "none" ? "exit 0" : "exit 1"}; fi
[ "$1" = -- ] || exit 1
shift
${
  sudo === "none"
    ? ""
    : `printf 'Password: ' >/dev/tty
IFS= read -r typed </dev/tty
[ "$typed" = '${sudo === "refuse" ? "\\n" : PASSWORD}' ] || { echo 'Sorry.' >&2; exit 1; }`
}
exec '${becomeRoot}' --reuid=0 --regid=0 --clear-groups -- "$@"
`;
}
