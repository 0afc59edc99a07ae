/** The command `doctor`: checks everything that a server needs, changes nothing, and says what to correct. */

import type { SigningCredentials } from "../../aws/clients.ts";
import type { Config } from "../../config/settings.ts";
import { isUserError, type UserError } from "../../util/user-error.ts";
import type { Screen } from "../terminal/plan-display.ts";
import { checkAws } from "./aws-check.ts";
import { checkAudit, checkChannel, checkFiles } from "./file-checks.ts";
import { type Finding, showFinding, startProblem } from "./finding.ts";
import { checkPolicy } from "./policy-check.ts";

interface Options {
  /** The settings, or the error if they are invalid. */
  readonly config: Config | UserError;
  readonly version: string;
  /** The channel folder of this user. */
  readonly folder: string;
  readonly screen: Screen;
  /** Redacts everything that is shown. */
  readonly sanitize: <Value>(value: Value) => Value;
  readonly onCredentials: (credentials: SigningCredentials) => void;
}

/** The oldest supported version of Node. */
const MIN_NODE_MAJOR = 20;

/** Returns the exit code: 0 if there is no problem, 1 otherwise. */
export async function runDoctor({
  config,
  version,
  folder,
  screen,
  sanitize,
  onCredentials,
}: Options): Promise<number> {
  let problems = 0;
  for await (const finding of findings(config, version, folder, onCredentials)) {
    if (finding.mark === "problem") problems += 1;
    showFinding(sanitize(finding), screen);
  }
  return problems === 0 ? 0 : 1;
}

async function* findings(
  config: Options["config"],
  version: string,
  folder: string,
  onCredentials: Options["onCredentials"],
): AsyncGenerator<Finding> {
  yield checkNode(process.versions.node);
  yield { mark: "ok", about: "Version", says: `cognito-identity-mcp ${version}` };
  if (isUserError(config)) {
    yield startProblem("Settings", config);
    yield* checkChannel(folder, undefined);
    return;
  }
  yield* checkAws(config, onCredentials);
  yield* checkChannel(folder, config.channel);
  yield checkAsking(config.asking);
  yield* checkPolicy(config);
  yield await checkAudit(config.audit);
  yield* checkFiles(config);
}

/** The ways in which a server with these settings asks a person. */
function checkAsking({ ways, callWaitMs }: Config["asking"]): Finding {
  const form = "in a form, if the client shows forms";
  const terminal = "with the command approve at a terminal of this machine";
  const says = [...(ways.has("form") ? [form] : []), ...(ways.has("terminal") ? [terminal] : [])].join(", or ");
  const about = "Asking";
  const all = `a person decides ${says}; a call waits ${callWaitMs / 1000} s for the decision`;
  if (ways.has("terminal")) return { mark: "ok", about, says: all };
  return {
    mark: "note",
    about,
    says: all,
    next: "If the client shows no forms, nobody can approve. Remove --ask to allow a terminal too.",
  };
}

function checkNode(version: string): Finding {
  const about = "Node";
  if (Number(version.split(".")[0]) >= MIN_NODE_MAJOR) return { mark: "ok", about, says: version };
  return { mark: "problem", about, says: `${version} is too old.`, next: `Install Node ${MIN_NODE_MAJOR} or later.` };
}
