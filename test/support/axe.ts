/** Looks at a page as axe-core does: what would keep somebody from using it. */
import axe from "axe-core";
import type { Page } from "playwright-core";

/** Each violation of WCAG 2.2 AA or of best practice, with the elements. */
async function violationsOf(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(async () => {
    const { axe: loaded } = globalThis as unknown as { readonly axe: typeof axe };
    return await loaded.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] });
  });
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" | ")}`);
}

/** By how many pixels the page is wider than the window. */
async function overflowOf(page: Page): Promise<number> {
  return await page.evaluate<number>("document.documentElement.scrollWidth - document.documentElement.clientWidth");
}

/** What is wrong with the page in each colour scheme, wide and narrow. */
export async function faultsOf(page: Page): Promise<string[]> {
  const faults: string[] = [];
  for (const colorScheme of ["light", "dark"] as const)
    for (const width of [1280, 360]) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 900 });
      const wide = await overflowOf(page);
      const found = [...(await violationsOf(page)), ...(wide > 0 ? [`${wide} pixels too wide`] : [])];
      faults.push(...found.map((fault) => `${colorScheme}, ${width}: ${fault}`));
    }
  return faults;
}
