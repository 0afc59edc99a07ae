/** The command `doctor`: checks everything that a server needs, changes nothing, and says what to correct. */

import type { SigningCredentials } from "../../aws/clients.ts";
import { everyTool } from "../../call/catalogue.ts";
import type { ChannelFolders } from "../../config/channel-folders.ts";
import type { Config } from "../../config/settings.ts";
import { needsPasskey } from "../../guards/policy.ts";
import type { KeyPlace } from "../../operator/passkeys/key-place.ts";
import { whyNoBrowser } from "../../operator/web/opener.ts";
import { isUserError, type UserError } from "../../util/user-error.ts";
import type { Screen } from "../terminal/plan-display.ts";
import { checkAws } from "./aws-check.ts";
import { checkAudit, checkChannel, checkFiles } from "./file-checks.ts";
import { type Finding, showFinding, startProblem } from "./finding.ts";
import { checkPasskeys } from "./passkey-check.ts";
import { checkPolicy } from "./policy-check.ts";

interface Options {
  /** The settings, or the error if they are invalid. */
  readonly config: Config | UserError;
  readonly version: string;
  /** The channel folders of this user. */
  readonly folders: ChannelFolders;
  /** Where the lists of passkeys are. */
  readonly keys: KeyPlace;
  /** Runs this program from a shell. */
  readonly command: string;
  readonly screen: Screen;
  /** Redacts everything that is shown. */
  readonly sanitize: <Value>(value: Value) => Value;
  readonly onCredentials: (credentials: SigningCredentials) => void;
}

/** The oldest supported version of Node. */
const MIN_NODE_MAJOR = 20;

/** Returns the exit code: 0 if there is no problem, 1 otherwise. */
export async function runDoctor(options: Options): Promise<number> {
  const { screen, sanitize } = options;
  let problems = 0;
  for await (const finding of findings(options)) {
    if (finding.mark === "problem") problems += 1;
    showFinding(sanitize(finding), screen);
  }
  return problems === 0 ? 0 : 1;
}

async function* findings({ config, version, folders, keys, command, onCredentials }: Options): AsyncGenerator<Finding> {
  yield checkNode(process.versions.node);
  yield { mark: "ok", about: "Version", says: `cognito-identity-mcp ${version}` };
  if (isUserError(config)) {
    yield startProblem("Settings", config);
    yield* checkChannel(folders, undefined);
    yield* checkPasskeys(keys, false, command);
    return;
  }
  yield* checkAws(config, onCredentials);
  yield* checkChannel(folders, config.channel);
  const { browser, environment } = config;
  const takesPasskey = needsPasskey(everyTool, config.policy);
  yield checkAsking(config.asking, takesPasskey, whyNoBrowser({ browser, environment, platform: process.platform }));
  yield* checkPolicy(config);
  yield* checkPasskeys(keys, takesPasskey, command);
  yield await checkAudit(config.audit);
  yield* checkFiles(config);
}

/** The ways in which a server with these settings asks a person. */
function checkAsking(
  { ways, callWaitMs }: Config["asking"],
  takesPasskey: boolean,
  noBrowser: string | undefined,
): Finding {
  const places = [
    ...(ways.has("form") ? ["in a form, if the client shows forms"] : []),
    ...(ways.has("terminal") ? ["with the command approve at a terminal of this machine"] : []),
    ...(ways.has("page")
      ? [`on the approval page${noBrowser === undefined ? "" : ` (not opened by itself: ${noBrowser})`}`]
      : []),
  ];
  const about = "Asking";
  const says = `a person decides ${places.join(", or ")}; a call waits ${callWaitMs / 1000} s for the decision`;
  if (takesPasskey && !ways.has("page"))
    return {
      mark: "problem",
      about,
      says: "The policy requires a passkey, which only the approval page takes, and --ask leaves the page out.",
      next: "The server does not start. Add page to --ask.",
    };
  if (ways.has("terminal") || (ways.has("page") && noBrowser === undefined)) return { mark: "ok", about, says };
  const next = ways.has("page")
    ? "To approve, run approve --page where a browser can be opened. Remove --ask to allow a terminal too."
    : "If the client shows no forms, nobody is asked. Remove --ask to allow a terminal too.";
  return { mark: "note", about, says, next };
}

function checkNode(version: string): Finding {
  const about = "Node";
  if (Number(version.split(".")[0]) >= MIN_NODE_MAJOR) return { mark: "ok", about, says: version };
  return { mark: "problem", about, says: `${version} is too old.`, next: `Install Node ${MIN_NODE_MAJOR} or later.` };
}
