/** Approves several updates at once. Stands after all plans, each of which is shown in full. Never offered for deletions. */
import type { PagePlan } from "../page-protocol.ts";
import { element } from "./dom.ts";
import { titleOf } from "./plan-card.ts";

export interface Together {
  readonly root: HTMLElement;
  /** Keeps what is selected of the plans that still wait. */
  update(plans: readonly PagePlan[]): void;
  showReason(reason: string): void;
}

/** For the plans of one level: one passkey approves all that are selected. */
export function createTogether(level: PagePlan["level"], onApprove: (plans: readonly PagePlan[]) => void): Together {
  const boxes = new Map<
    string,
    { readonly plan: PagePlan; readonly box: HTMLInputElement; readonly row: HTMLElement }
  >();
  const title = element(
    "h2",
    { id: `together-${level}` },
    level === "passkey" ? "Approve several updates with one passkey" : "Approve several updates",
  );
  const list = element("div", { class: "boxes" });
  const submit = element("button", { type: "submit", class: "approve" });
  const reason = element("p", { class: "reason", role: "alert" });
  const root = element(
    "form",
    { class: "together", "aria-labelledby": title.id },
    title,
    element("p", {}, "Select the updates that you have read above."),
    list,
    reason,
    element("div", { class: "buttons" }, submit),
  );
  const selected = () => [...boxes.values()].filter(({ box }) => box.checked).map(({ plan }) => plan);
  const count = () => {
    const { length } = selected();
    submit.textContent = length < 2 ? "Approve updates together" : `Approve ${length} updates together`;
    submit.disabled = length < 2;
  };
  root.addEventListener("change", count);
  root.addEventListener("submit", (event) => {
    event.preventDefault();
    onApprove(selected());
  });
  return {
    root,
    update(plans) {
      for (const [binding, { row }] of boxes)
        if (!plans.some((plan) => plan.binding === binding)) {
          row.remove();
          boxes.delete(binding);
        }
      for (const plan of plans) {
        if (boxes.has(plan.binding)) continue;
        const box = element("input", { type: "checkbox" });
        const row = element("label", {}, box, element("span", {}, ...titleOf(plan)));
        boxes.set(plan.binding, { plan, box, row });
        list.append(row);
      }
      root.hidden = plans.length < 2;
      count();
    },
    showReason(text) {
      reason.textContent = text;
    },
  };
}
