/**
 * Opens a page of this program in the person's browser. The address holds the token of the page, and every user of the machine can
 * read the arguments of a process. So the browser gets a file, which only this user can read and which leads to the address.
 */
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isRunning } from "../../util/is-running.ts";
import { systemCode } from "../../util/system-error.ts";
import { checkFolder } from "../channel-files.ts";
import { CLEAR_PATH } from "./page-protocol.ts";

interface Options {
  /** The address, with its token in the fragment. */
  readonly url: string;
  /** The channel folder. */
  readonly folder: string;
  /** A program that gets the file as its only argument, instead of the system's; `none` for no browser. */
  readonly browser: string | undefined;
  readonly platform: NodeJS.Platform;
  /** For the display on Linux. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Whether a browser was started, and if not, why: part of a sentence, such as `there is no display`. */
export type Opening =
  | {
      readonly started: true;
      /** Deletes the file. To be called when the document was loaded. It is deleted after 60 seconds in any case. */
      readonly loaded: () => void;
    }
  | { readonly started: false; readonly why: string };

/** How long the file exists at most, in milliseconds. */
const FILE_LIFETIME_MS = 60_000;

/** A program that runs so long has started a browser, in milliseconds. */
const START_MS = 3_000;

/** The program that opens a file with the browser, and its arguments before the file. */
const openers: Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>> = {
  darwin: ["open"],
  // What `start` does, without a shell that would read the path.
  win32: ["rundll32", "url.dll,FileProtocolHandler"],
};

/** Why there is no browser to start; undefined if there can be one. */
export function whyNoBrowser({ browser, platform, environment }: Omit<Options, "url" | "folder">): string | undefined {
  if (browser === "none") return "COGNITO_IDENTITY_MCP_BROWSER is none";
  if (browser !== undefined || platform === "win32" || platform === "darwin") return undefined;
  return environment["DISPLAY"] || environment["WAYLAND_DISPLAY"] ? undefined : "there is no display";
}

/** Starts the browser. Raises UserError if the folder cannot be used. */
export async function openBrowser(options: Options): Promise<Opening> {
  const { url, folder, browser, platform } = options;
  const none = whyNoBrowser(options);
  if (none !== undefined) return { started: false, why: none };
  checkFolder(folder);
  removeStale(folder);
  const file = join(folder, `page-${process.pid}-${randomUUID()}.html`);
  try {
    writeFileSync(file, redirectTo(url), { mode: 0o600, flag: "wx" });
  } catch (error) {
    return { started: false, why: `${file} cannot be written (${systemCode(error)})` };
  }
  const remove = () => {
    clearTimeout(timer);
    process.removeListener("exit", remove);
    rmSync(file, { force: true });
  };
  const timer = setTimeout(remove, FILE_LIFETIME_MS);
  timer.unref();
  process.once("exit", remove);
  const [command, ...args] = browser === undefined ? (openers[platform] ?? ["xdg-open"]) : [browser];
  const why = await start(command, [...args, file]);
  if (why === undefined) return { started: true, loaded: remove };
  remove();
  return { started: false, why };
}

/** Resolves to why the program could not be started; undefined if it runs, or ended without a failure. */
async function start(command: string, args: readonly string[]): Promise<string | undefined> {
  return await new Promise((resolve) => {
    const child = spawn(command, args, { stdio: "ignore", detached: true, windowsHide: true });
    const timer = setTimeout(() => resolve(undefined), START_MS);
    const end = (why: string | undefined) => {
      clearTimeout(timer);
      resolve(why);
    };
    child.once("error", (error) => end(`${command} cannot be started (${systemCode(error)})`));
    child.once("exit", (code) =>
      end(code === 0 ? undefined : `${command} ended with ${code === null ? "a signal" : `exit code ${code}`}`),
    );
    child.unref();
  });
}

/** Removes the files of processes that no longer run. */
function removeStale(folder: string): void {
  for (const name of readdirSync(folder)) {
    const [, pid] = /^page-([1-9]\d{0,8})-[\da-f-]{36}\.html$/.exec(name) ?? [];
    if (pid !== undefined && !isRunning(Number(pid))) rmSync(join(folder, name), { force: true });
  }
}

/**
 * A service worker that an earlier program left on the port would answer the navigation itself. It does not get the request for the
 * picture, whose answer has the browser remove it.
 */
function redirectTo(url: string): string {
  const address = url.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
  const picture = `${new URL(url).origin}${CLEAR_PATH}`;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="referrer" content="no-referrer">
<meta http-equiv="refresh" content="2; url=${address}">
<title>cognito-identity-mcp</title>
<p><a href="${address}">Open the page of cognito-identity-mcp</a></p>
<img src="${picture}" alt="" hidden>
<script>
const go = () => location.replace(document.querySelector("a").href);
const picture = document.querySelector("img");
if (picture.complete) go();
else picture.onload = picture.onerror = go;
</script>
</html>
`;
}
