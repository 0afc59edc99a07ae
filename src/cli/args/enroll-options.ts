/** The options of the command `enroll`. */
import { wholeNumber } from "../../config/values.ts";
import { isLabel, MAX_LABEL } from "../../operator/passkeys/passkey.ts";
import { UserError } from "../../util/user-error.ts";
import type { EnrollAction } from "../enroll/enroll.ts";
import type { Values } from "./parse.ts";

const single = ["list", "remove", "recover", "require", "no-require"] as const;

/** Raises UserError. */
export function readEnroll(values: Values): { readonly action: EnrollAction; readonly port: number | undefined } {
  const port =
    values["page-port"] === undefined ? undefined : wholeNumber("--page-port", values["page-port"], 1, 65_535);
  return { action: readAction(values), port };
}

function readAction(values: Values): EnrollAction {
  const { label, user = false, remove } = values;
  const chosen = single.filter((name) => values[name] !== undefined);
  const [one, two] = [...chosen, ...(user ? (["user"] as const) : [])];
  if (one !== undefined && two !== undefined)
    throw new UserError("settings", `--${one} and --${two} cannot be used together.`, "Give one of them.");
  const [action] = chosen;
  if (label !== undefined) {
    if (action !== undefined && action !== "recover")
      throw new UserError("settings", `--label and --${action} cannot be used together.`, "Remove --label.");
    if (!isLabel(label))
      throw new UserError("settings", `--label must have 1 to ${MAX_LABEL} characters, all of which can be seen.`);
  }
  if (action === "list") return { is: "list" };
  if (remove !== undefined) return { is: "remove", key: remove };
  if (action === "require" || action === "no-require") return { is: "require", on: action === "require" };
  return { is: "add", user, recover: action === "recover", label };
}
