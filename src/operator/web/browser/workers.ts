/** Removes service workers that another program left on this port. */
import { announce } from "./dom.ts";
import { keep, readKept } from "./kept.ts";

const MAX_RELOADS = 3;

/**
 * Whether no service worker can see what this page sends. If there is one, it is removed and the page reloads: nothing may be sent
 * before.
 */
export async function isFreeOfWorkers(): Promise<boolean> {
  const { serviceWorker } = navigator;
  const registrations = (await serviceWorker?.getRegistrations()) ?? [];
  if (registrations.length === 0 && !serviceWorker?.controller) {
    keep({ reloads: 0 });
    return true;
  }
  await Promise.all(registrations.map((registration) => registration.unregister()));
  const { reloads = 0 } = readKept();
  if (reloads < MAX_RELOADS) {
    keep({ reloads: reloads + 1 });
    location.reload();
  } else
    announce(
      "Another program left a service worker at this address, and it cannot be removed. Clear the data of this site in your browser, then reload the page.",
    );
  return false;
}
