/** The positional arguments of the commands: a tool, a host, a handle, a file. */

import { resolve } from "node:path";
import { fileOptions, type Option, serveOptions } from "../../config/options.ts";
import type { NamedTool } from "../../config/policy.ts";
import { checkValue } from "../../config/values.ts";
import { didYouMean } from "../../util/did-you-mean.ts";
import { UserError } from "../../util/user-error.ts";
import { isProfileName } from "../profile/profile-name.ts";
import { type HostName, hostNames } from "../setup/hosts.ts";
import { ONE_OUTPUT } from "./commands.ts";
import type { GivenOption, Values } from "./parse.ts";

/** The form in which credentials are output. */
export type Delivery =
  | { readonly as: "document" | "export" }
  | { readonly as: "exec"; readonly command: string; readonly args: readonly string[] }
  | { readonly as: "profile"; readonly name: string; readonly file: string };

/** The name of a tool. `self` is the command line that runs this program. Raises UserError. */
export function readTool([name]: readonly string[], tools: readonly NamedTool[], self: string): string {
  const list = `To list the tools, run: ${self} tools`;
  if (name === undefined) throw new UserError("settings", "The tool name is missing.", list);
  if (tools.some((tool) => tool.name === name)) return name;
  const hint = didYouMean(
    name,
    tools.map((tool) => tool.name),
  );
  throw new UserError("settings", `Unknown tool ${name}.`, `${hint} ${list}`.trim());
}

export function readHost([name]: readonly string[]): HostName {
  const all = hostNames.join(", ");
  if (name === undefined) throw new UserError("settings", `The host name is missing. The hosts are ${all}.`);
  const host = hostNames.find((known) => known === name);
  if (host !== undefined) return host;
  throw new UserError("settings", `Unknown host ${name}.${didYouMean(name, hostNames)} The hosts are ${all}.`);
}

/** The given options of serve, with full paths of files: a host can start the server in any folder. */
export function serveArguments(given: readonly GivenOption[]): string[] {
  const own: Readonly<Record<string, Option>> = { ...serveOptions, ...fileOptions };
  return given.flatMap(({ name, value }) => {
    const option = own[name];
    if (option === undefined) return [];
    if (value === undefined) return [`--${name}`];
    const said = option.value === "FILE" ? resolve(value) : value;
    return said.startsWith("-") ? [`--${name}=${said}`] : [`--${name}`, said];
  });
}

/** What `diagnose` is asked, as the arguments of the tool, which checks their values. Raises UserError. */
export function readCase(values: Values, [pool]: readonly string[]): Readonly<Record<string, string>> {
  const { error, identity, kind, flow, provider, "with-login": login, region } = values;
  if (pool === undefined && identity === undefined && error === undefined)
    throw new UserError(
      "settings",
      "Nothing to diagnose is given.",
      "Pass the id of an identity pool, --identity or --error.",
    );
  const named = { IdentityPoolId: pool, IdentityId: identity, errorText: error, kind, flow, provider, login, region };
  return Object.fromEntries(Object.entries(named).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

export function readFileName([file]: readonly string[]): string {
  if (file) return file;
  throw new UserError("settings", "The file name is missing. Pass the file that the server writes with --audit.");
}

/** The error does not repeat an invalid handle: it could be a secret that was pasted by mistake. */
export function readHandle([handle]: readonly string[]): string {
  if (handle !== undefined && isHandle(handle)) return handle;
  throw new UserError(
    "settings",
    "The handle is missing or invalid. Pass the handle from the answer of the vending tool: 22 letters, digits, - and _.",
  );
}

export function readDelivery(values: Values, executed: readonly string[]): Delivery {
  const { config: file, "write-profile": name } = values;
  const ways = (["export", "exec", "write-profile"] as const).filter((way) => values[way] !== undefined);
  if (ways.length > 1)
    throw new UserError("settings", `--${ways.join(" and --")} cannot be used together.`, ONE_OUTPUT);
  if ((name === undefined) !== (file === undefined))
    throw new UserError("settings", "--write-profile and --config must be used together.");
  if (name !== undefined && file !== undefined) {
    checkValue("--write-profile", name, isProfileName, "1 to 64 letters, digits, - and _, and not default");
    return { as: "profile", name, file };
  }
  if (!values.exec) return { as: values.export ? "export" : "document" };
  const [command, ...args] = executed;
  if (command === undefined || command === "")
    throw new UserError("settings", "--exec needs a command after it, such as --exec aws sts get-caller-identity.");
  return { as: "exec", command, args };
}

/** Whether the text has the form of a handle. */
function isHandle(text: string): boolean {
  return /^[A-Za-z0-9_-]{22}$/.test(text);
}
