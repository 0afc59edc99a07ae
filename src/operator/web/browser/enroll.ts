/** The page of the command `enroll`: adds a passkey, or removes one. */
import type { AssertRequest, Confirmed, EnrollEnd, EnrollStep, RegisterRequest } from "../enroll-protocol.ts";
import { byId, element, isolated } from "./dom.ts";
import { createPasskey, getAssertion } from "./passkey.ts";
import { PageError, post, takeToken } from "./requests.ts";
import { isFreeOfWorkers } from "./workers.ts";

async function start(): Promise<void> {
  if (!(await isFreeOfWorkers())) return;
  if (!takeToken()) return end("This page must be opened by the command cognito-identity-mcp enroll.");
  await guarded(async () => show(await options()), end);
}

async function options(): Promise<EnrollStep> {
  return await post<EnrollStep>("/enroll-options", {});
}

/** Shows what comes next. What it does starts with a click: browsers ask for passkeys only then. */
function show(step: EnrollStep): void {
  switch (step.state) {
    case "assert":
      showAssert(step);
      break;
    case "create":
      showCreate(step);
      break;
    default:
      end(step.message);
  }
}

function showAssert({ confirms }: Extract<EnrollStep, { state: "assert" }>): void {
  const { title, summary, button } = textsOf(confirms);
  byId("title").textContent = title;
  byId("summary").replaceChildren(...summary);
  showForm(button, [], async () => {
    // The ticket of the step that is shown may be too old by now.
    const step = await options();
    if (step.state !== "assert") return show(step);
    const body: AssertRequest = { ticket: step.ticket, assertion: await getAssertion(step) };
    show(await post<EnrollStep>("/assert", body));
  });
}

function textsOf(confirms: Confirmed): { title: string; summary: (string | HTMLElement)[]; button: string } {
  switch (confirms.is) {
    case "add":
      return {
        title: "Add a passkey",
        summary: ["First, confirm with a passkey that is already enrolled."],
        button: "Confirm with a passkey",
      };
    case "remove":
      return {
        title: "Remove a passkey",
        summary: ["Confirm with an enrolled passkey that ", isolated(confirms.label), " is to be removed."],
        button: "Confirm and remove",
      };
    case "stop requiring":
      return {
        title: "Stop requiring a passkey",
        summary: [
          "Every gated call takes a passkey at present. Confirm with an enrolled passkey that the approval level of each call is to decide again.",
        ],
        button: "Confirm and stop requiring",
      };
  }
}

function showCreate(first: Extract<EnrollStep, { state: "create" }>): void {
  byId("title").textContent = "Add a passkey";
  byId("summary").textContent =
    "With this passkey you will approve changes to identity pools. It stays in your device, security key or password manager.";
  const input = element("input", { id: "label", type: "text", dir: "auto", autocomplete: "off", maxlength: "64" });
  input.value = first.label ?? "";
  const label = element("label", { for: input.id }, "Name of this passkey, by which you recognize it");
  let step: EnrollStep = first;
  let isUsed = false;
  showForm("Create passkey", [label, input], async () => {
    if (input.value.trim() === "") {
      input.focus();
      throw new PageError("Type a name for the passkey.");
    }
    if (isUsed) step = await options();
    if (step.state !== "create") return show(step);
    isUsed = true;
    const body: RegisterRequest = {
      ticket: step.ticket,
      label: input.value.trim(),
      credential: await createPasskey(step),
    };
    end((await post<EnrollEnd>("/register", body)).message);
  });
}

/** A form with one button. Its reason says why nothing happened. */
function showForm(name: string, fields: readonly HTMLElement[], run: () => Promise<void>): void {
  const reason = element("p", { class: "reason", role: "alert" });
  const submit = element("button", { type: "submit", class: "approve" }, name);
  const form = element("form", { class: "together" }, ...fields, reason, element("div", { class: "buttons" }, submit));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit.disabled = true;
    reason.textContent = "";
    void guarded(run, (message) => {
      reason.textContent = message;
    }).finally(() => {
      submit.disabled = false;
    });
  });
  byId("step").replaceChildren(form);
  fields.find((field) => field.matches("input"))?.focus();
}

async function guarded(run: () => Promise<void>, onError: (message: string) => void): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (!(error instanceof PageError)) throw error;
    onError(error.message);
  }
}

function end(message: string): void {
  byId("summary").textContent = `${message} You can close this tab.`;
  byId("step").replaceChildren();
  byId("title").focus();
}

void start();
