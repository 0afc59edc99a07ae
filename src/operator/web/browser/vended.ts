/** What is kept for the person: how it is used. */
import type { PageVended } from "../page-protocol.ts";
import { announce, button, element, isolated } from "./dom.ts";

export function vendedItem({ kind, region, expires, use }: PageVended): HTMLElement {
  const name = kind === "credentials" ? "AWS credentials" : "OpenID token";
  const until = new Date(expires);
  return element(
    "li",
    { class: "vended" },
    element(
      "p",
      {},
      element("strong", {}, name),
      ", ",
      isolated(region),
      ", valid until ",
      element("time", { datetime: expires }, Number.isNaN(until.getTime()) ? expires : until.toLocaleString()),
    ),
    ...use.map((line) =>
      element(
        "div",
        { class: "line" },
        element("code", { dir: "ltr" }, line),
        button("Copy", { "aria-label": `Copy ${line}` }, () => void copy(line)),
      ),
    ),
  );
}

async function copy(line: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(line);
    announce("Copied.");
  } catch {
    announce("The browser does not let this page copy. Select the line and copy it.");
  }
}
