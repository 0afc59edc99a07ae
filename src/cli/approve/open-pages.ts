/** `approve --page`: opens the approval page of each server in which a plan waits. */
import { setTimeout as wait } from "node:timers/promises";
import type { RunningServer } from "../../operator/channel-client.ts";
import type { Opening } from "../../operator/web/opener.ts";
import { isUserError } from "../../util/user-error.ts";
import { reportProblems } from "../stderr.ts";

/** Returns the exit code: 0 if a page was opened for every server, 1 otherwise. */
export async function openPages(
  servers: readonly RunningServer[],
  openBrowser: (address: string) => Promise<Opening>,
  say: (line: string) => void,
): Promise<number> {
  let failures = 0;
  for (const server of servers) {
    const { lines, isOpen } = await openPage(server, openBrowser);
    for (const line of lines) say(line);
    if (!isOpen) failures += 1;
  }
  return failures === 0 ? 0 : 1;
}

async function openPage(
  server: RunningServer,
  openBrowser: (address: string) => Promise<Opening>,
): Promise<{ readonly lines: readonly string[]; readonly isOpen: boolean }> {
  const whose = `of process ${server.pid}`;
  let page: Awaited<ReturnType<RunningServer["page"]>>;
  try {
    page = await server.page();
  } catch (error) {
    if (!isUserError(error)) throw error;
    reportProblems([error]);
    return { lines: [], isOpen: false };
  }
  if (!page)
    return {
      lines: [`The server ${whose} has no approval page: it has ended, or --ask leaves the page out.`],
      isOpen: false,
    };
  const { address, withPasskey } = page;
  const opening = page.isShown ? undefined : await openBrowser(address);
  const elsewhere =
    withPasskey === undefined
      ? []
      : [`You can also open ${withPasskey} in a browser of this machine. It asks for your passkey first.`];
  if (!opening) return { lines: [`The approval page ${whose} is open in a browser already.`], isOpen: true };
  if (!opening.started)
    return {
      lines: [
        `The approval page ${whose} was not opened: ${opening.why}. Run this where a browser can be opened.`,
        ...elsewhere,
      ],
      isOpen: false,
    };
  // The file that leads the browser to the page is deleted when this command ends.
  const isOpen = await isShownSoon(server);
  opening.loaded();
  const what = isOpen ? "is open in your browser" : `was not loaded within ${LOAD_MS / 1000} seconds`;
  return { lines: [`The approval page ${whose} ${what}.`, ...elsewhere], isOpen };
}

/** How long a browser may take to load the page, in milliseconds, and how often the server is asked. */
const [LOAD_MS, POLL_MS] = [15_000, 250];

async function isShownSoon(server: RunningServer): Promise<boolean> {
  for (const end = Date.now() + LOAD_MS; Date.now() < end; await wait(POLL_MS))
    // A server that does not answer now is asked again.
    if ((await server.page().catch(() => undefined))?.isShown) return true;
  return false;
}
