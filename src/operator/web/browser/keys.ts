/** What a person should know of the keys that can approve. */
import type { PageKey, PageState } from "../page-protocol.ts";
import { element, isolated, prose } from "./dom.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Whether the key was added within the last 24 hours. */
export function isNew({ added }: PageKey, now: number): boolean {
  return !(now - Date.parse(added) >= DAY_MS);
}

/** `3 days ago`. */
export function ageOf({ added }: PageKey, now: number): string {
  const age = Math.max(0, now - Date.parse(added));
  const [amount, unit] =
    age >= DAY_MS ? [age / DAY_MS, "day"] : age >= HOUR_MS ? [age / HOUR_MS, "hour"] : [age / MINUTE_MS, "minute"];
  const whole = Math.floor(amount);
  if (Number.isNaN(whole)) return "at an unknown time";
  return `${whole} ${unit}${whole === 1 ? "" : "s"} ago`;
}

/** A warning for each key that is new, and one if other programs can change the list. */
export function keyWarnings({ keys, unprotected }: PageState, now: number): HTMLElement[] {
  const news = keys
    .filter((key) => isNew(key, now))
    .map((key) =>
      element(
        "p",
        { class: "warning" },
        element("strong", {}, "New passkey: "),
        isolated(key.label),
        ` was added ${ageOf(key, now)}. If you did not add it, reject what waits, and remove the passkey with the command `,
        element("code", {}, "enroll --remove"),
        " and its name.",
      ),
    );
  if (unprotected === undefined) return news;
  return [
    ...news,
    element("p", { class: "warning" }, element("strong", {}, "Unprotected passkeys: "), ...prose(unprotected)),
  ];
}
