/** Takes pictures of the approval page, as Chromium shows it, into docs/approval-page-*.png. */
import { fileURLToPath } from "node:url";
import { startApprovalPage } from "../test/support/approval-page.ts";
import { findChromium, openTab, startChromium } from "../test/support/chromium.ts";
import { nothing, oldKey, roles, withPasskey } from "../test/support/page-states.ts";

const WIDTH = 820;

/** A plan of this kind says most of what the page can say. */
const plan = {
  ...withPasskey(roles),
  notes: ["Every user who is logged in gets the permissions of the new role with the next credentials."],
  expires: Date.now() + 290_000,
};

const path = findChromium();
if (path === undefined) throw new Error("There is no Chromium or Chrome here. Install one, or name it in CHROMIUM.");
const browser = await startChromium(path);
try {
  using server = await startApprovalPage({ state: { ...nothing, plans: [plan], keys: [oldKey("b2xk")] } });
  for (const colorScheme of ["light", "dark"] as const) {
    await using tab = await openTab(browser, { colorScheme, width: WIDTH });
    await tab.page.goto(server.address);
    await tab.page.getByRole("button", { name: "Reject" }).waitFor();
    const end = await tab.page.locator("article").boundingBox();
    await tab.page.screenshot({
      path: fileURLToPath(new URL(`../docs/approval-page-${colorScheme}.png`, import.meta.url)),
      clip: { x: 0, y: 0, width: WIDTH, height: Math.ceil((end?.y ?? 0) + (end?.height ?? 0) + 24) },
      fullPage: true,
    });
  }
} finally {
  await browser.close();
}
