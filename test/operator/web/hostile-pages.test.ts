/** Pages and programs beside the approval page: they see nothing of it and decide nothing. */
import { networkInterfaces } from "node:os";
import { expect, it } from "vitest";
import { startApprovalPage } from "../../support/approval-page.ts";
import { openTab, useChromium } from "../../support/chromium.ts";
import { html, startHostileSite } from "../../support/hostile-site.ts";
import { showing, update } from "../../support/page-states.ts";

const browser = useChromium();

const hasIPv6 = Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === "::1"));

it("a page of another port of localhost, which even knows the token, reads nothing and decides nothing", async () => {
  using page = await startApprovalPage({ state: showing(update) });
  await using site = await startHostileSite({ "/": html("<body></body>") });
  await using tab = await openTab(browser());
  await tab.page.goto(site.origin);
  const outcomes = await tab.page.evaluate(
    async ({ origin, token }) => {
      const body = JSON.stringify({ answers: [{ binding: "update", said: "yes" }] });
      const headers = { "content-type": "application/json", "x-page-token": token, "x-page-document": "A".repeat(24) };
      const tried = async (way: () => Promise<Response>) => {
        try {
          const response = await way();
          return `${response.type} ${response.status}`;
        } catch {
          return "failed";
        }
      };
      const seen: string[] = [
        await tried(() => fetch(origin)),
        await tried(() => fetch(origin, { mode: "no-cors" })),
        await tried(() => fetch(`${origin}/decide`, { method: "POST", body, headers })),
        await tried(() => fetch(`${origin}/decide`, { method: "POST", body, mode: "no-cors" })),
        await tried(() => fetch(`${origin}/plans`, { method: "POST", body: "{}", headers, credentials: "include" })),
      ];
      // A form needs no permission, and takes the page of the person along.
      const form = document.createElement("form");
      Object.assign(form, { method: "post", action: `${origin}/decide`, target: "target", enctype: "text/plain" });
      const target = document.createElement("iframe");
      target.name = "target";
      const frame = document.createElement("iframe");
      frame.src = origin;
      document.body.append(form, target, frame);
      form.submit();
      const popup = open(`${origin}/#${token}`, "popup");
      await new Promise((resolve) => setTimeout(resolve, 2000));
      const read = (window: Window | null | undefined) => {
        try {
          return window?.document.title ?? "nothing";
        } catch {
          return "no access";
        }
      };
      return [...seen, read(frame.contentWindow), read(popup)];
    },
    { origin: page.origin, token: page.token },
  );
  // An opaque answer has no content.
  expect(outcomes.slice(0, 5).filter((outcome) => outcome !== "failed" && outcome !== "opaque 0")).toEqual([]);
  expect(outcomes.slice(5)).toEqual(["no access", "no access"]);
  expect(page.sent).toEqual([]);
  expect(page.streams()).toBe(0);
  expect(page.loads()).toBe(0);
  expect(page.refused.length).toBeGreaterThan(6);
});

it("a page that resolves its own name to this machine is refused", async () => {
  using page = await startApprovalPage({ state: showing(update) });
  await using tab = await openTab(browser());
  for (const name of ["127.0.0.1", "attacker.localhost"])
    await tab.page.goto(`http://${name}:${page.port}/#${page.token}`).catch(() => {});
  expect(page.loads()).toBe(0);
  expect(page.refused).toContain("the host name was wrong");
});

it.runIf(hasIPv6)("a program that listens on one of the two addresses makes the page choose another port", async () => {
  for (const host of ["127.0.0.1", "::1"]) {
    await using site = await startHostileSite({ "/": html("owned") }, { host });
    await expect(startApprovalPage({ port: site.port })).rejects.toThrow("is taken");
  }
  // Once the page is open, no other program can listen on the other address.
  using page = await startApprovalPage({ state: showing(update) });
  for (const host of ["127.0.0.1", "::1"])
    await expect(startHostileSite({}, { host, port: page.port })).rejects.toThrow("EADDRINUSE");
  await using tab = await openTab(browser());
  await tab.page.goto(page.address);
  await tab.page.getByRole("button", { name: "Approve" }).waitFor();
});
