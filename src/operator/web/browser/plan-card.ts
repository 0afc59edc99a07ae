/** A plan that waits: everything that would happen, and the buttons to decide. */
import type { PageChange, PageGroup, PageKey, PagePlan } from "../page-protocol.ts";
import { button, type Child, element, isolated, prose } from "./dom.ts";
import { ageOf, isNew } from "./keys.ts";

export interface PlanCard {
  readonly plan: PagePlan;
  readonly root: HTMLElement;
  /** The plan waits until then, in milliseconds since the epoch. */
  setExpires(at: number): void;
  /** Shows the time that is left. */
  tick(now: number): void;
  /** Shows which keys can approve. */
  showKeys(keys: readonly PageKey[], now: number): void;
  /** Shows why the plan still waits after an answer; an empty text takes that away. */
  showReason(reason: string): void;
  /** Focuses the heading. */
  focus(): void;
}

/** `onSaid` is called with `no`, `yes`, or the name that was typed. `id` is unique in the document. */
export function createPlanCard(plan: PagePlan, id: string, onSaid: (said: string) => void): PlanCard {
  const { confirmation, level, changes, notes, groups = [], already = [] } = plan;
  const heading = element("h2", { id: `${id}-title`, tabindex: "-1" }, ...titleOf(plan));
  const time = element("span", { class: "time" });
  const keyList = element("p", { class: "keys", hidden: "" });
  const reason = element("p", { id: `${id}-reason`, class: "reason", role: "alert" });
  const input =
    confirmation.by === "typing"
      ? element("input", {
          id: `${id}-name`,
          type: "text",
          dir: "auto",
          autocomplete: "off",
          autocapitalize: "none",
          spellcheck: "false",
          "aria-describedby": reason.id,
        })
      : undefined;
  const form = element(
    "form",
    { class: "fields" },
    input && confirmation.by === "typing"
      ? element(
          "label",
          { for: input.id },
          "To approve, type the name ",
          element("bdi", { class: "name" }, confirmation.expected),
        )
      : undefined,
    // Above the field, so that it is in sight with it.
    reason,
    input,
    keyList,
    element(
      "div",
      { class: "buttons" },
      element(
        "button",
        { type: "submit", class: plan.reversible ? "approve" : "approve final", "aria-describedby": heading.id },
        level === "passkey" ? "Approve with passkey" : "Approve",
      ),
      button("Reject", { class: "reject", "aria-describedby": heading.id }, () => onSaid("no")),
    ),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    onSaid(input ? input.value : "yes");
  });
  let { expires } = plan;
  const root = element(
    "article",
    { class: "plan", "aria-labelledby": heading.id },
    element("div", { class: "head" }, heading, time),
    factsOf(plan),
    plan.reversible ? undefined : element("p", { class: "warning" }, element("strong", {}, "This cannot be undone.")),
    notes.length > 0
      ? element("ul", { class: "notes" }, ...notes.map((note) => element("li", {}, ...prose(note))))
      : undefined,
    changes.length > 0 ? element("h3", {}, changes.length === 1 ? "1 change" : `${changes.length} changes`) : undefined,
    changes.length > 0 ? element("ol", { class: "changes plain" }, ...changes.map(changeRow)) : undefined,
    ...groups.flatMap(groupParts),
    ...(already.length > 0 ? [element("h3", {}, "Already as requested, so not changed"), poolList(already)] : []),
    form,
  );
  return {
    plan,
    root,
    setExpires(at) {
      expires = at;
    },
    tick(now) {
      time.textContent = timeLeft(expires - now);
    },
    showKeys(keys, now) {
      keyList.hidden = level !== "passkey" || keys.length === 0;
      const listed = keys.flatMap((key, index): Child[] => [
        index > 0 ? ", " : "",
        isolated(key.label),
        ` (added ${ageOf(key, now)}${isNew(key, now) ? ", new" : ""})`,
      ]);
      keyList.replaceChildren("Passkeys that can approve: ", ...listed.filter((child) => child !== undefined));
    },
    showReason(text) {
      reason.replaceChildren(...prose(text).filter((child) => child !== undefined));
      if (text !== "") {
        input?.focus();
        reason.scrollIntoView({ block: "center" });
      }
      input?.setAttribute("aria-invalid", String(text !== ""));
    },
    focus: () => heading.focus(),
  };
}

/** `Delete identity pool "photos"`. */
export function titleOf({ action, target, groups }: PagePlan): Child[] {
  if (groups) return prose(action);
  return [...prose(action), " ", isolated(target.name === undefined ? target.id : `"${target.name}"`)];
}

function factsOf({ groups, target, into, account, profile, region, level }: PagePlan): HTMLElement {
  const fact = (name: string, attributes: Readonly<Record<string, string>>, ...value: readonly Child[]) =>
    element("div", attributes, element("dt", {}, name), element("dd", {}, ...value));
  const named = ({ name, id }: PagePlan["target"]) =>
    name === undefined ? [isolated(id)] : [isolated(`"${name}"`), " ", isolated(id)];
  return element(
    "dl",
    { class: "facts" },
    groups ? undefined : fact("Target", { class: "wide" }, ...named(target)),
    into && fact("Into", { class: "wide" }, ...named(into)),
    // `account 123456789012` says its name twice here.
    fact("Account", {}, ...prose(account.replace(/^account (?=\d)/, ""))),
    profile === undefined ? undefined : fact("Profile", {}, isolated(profile)),
    fact("Region", {}, isolated(region)),
    fact("Approval level", {}, level),
  );
}

function groupParts({ title, notes, changes, pools }: PageGroup): HTMLElement[] {
  return [
    element("h3", {}, title),
    ...(notes.length > 0
      ? [element("ul", { class: "notes" }, ...notes.map((note) => element("li", {}, ...prose(note))))]
      : []),
    element("ol", { class: "changes plain" }, ...changes.map(changeRow)),
    poolList(pools),
  ];
}

/** Each line begins with a mark for terminals. */
function poolList(pools: readonly string[]): HTMLElement {
  return element(
    "ul",
    { class: "notes" },
    ...pools.map((pool) => element("li", {}, ...prose(pool.replace(/^\* /, "")))),
  );
}

/** What a change is called, and the class of its row. */
function kindOf({ before, after }: PageChange): "added" | "removed" | "changed" {
  if (before === undefined) return "added";
  return after === undefined ? "removed" : "changed";
}

function changeRow(change: PageChange): HTMLElement {
  const { path, before, after } = change;
  const kind = kindOf(change);
  const side = (name: "before" | "after", sign: string, value: string | undefined) =>
    value === undefined
      ? undefined
      : element(
          "div",
          { class: name },
          element("span", { class: "sign", "aria-hidden": "true" }, sign),
          element("span", { class: kind === "changed" ? "side" : "unseen" }, `${name} `),
          element("code", { dir: "ltr" }, ...prose(value)),
        );
  return element(
    "li",
    {},
    element(
      "p",
      { class: "path" },
      element("span", { class: `kind ${kind}` }, kind),
      " ",
      element("code", {}, isolated(path)),
    ),
    element("div", { class: "sides" }, side("before", "−", before), side("after", "+", after)),
  );
}

/** `4 min 12 s left`. */
function timeLeft(milliseconds: number): string {
  const seconds = Math.ceil(milliseconds / 1000);
  if (seconds <= 0) return "Expired";
  return seconds < 60 ? `${seconds} s left` : `${Math.floor(seconds / 60)} min ${seconds % 60} s left`;
}
