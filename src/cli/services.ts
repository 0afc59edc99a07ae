/** Puts together what calls are held against. */
import packageJson from "../../package.json" with { type: "json" };
import { createAws, type SigningCredentials } from "../aws/clients.ts";
import type { House } from "../call/dispatch.ts";
import type { Config } from "../config/settings.ts";
import { ConfigError } from "../config/values.ts";
import { createPlanTokens } from "../guards/approval/plan-tokens.ts";
import { createAdmission } from "../guards/concurrency.ts";
import { createLogins, type Reference } from "../guards/logins/references.ts";
import { levelOf, type Policy } from "../guards/policy.ts";
import { createReveal } from "../guards/redaction/reveal.ts";
import { Secret } from "../guards/redaction/secret.ts";
import { catalogue } from "../tools/catalogue.ts";
import { isGated, type Tool, takingPlanToken } from "../tools/tool.ts";
import { openLocal } from "./local.ts";
import { clean, messageOf, redactor, reportFault, say } from "./stderr.ts";

/** A house with its doors open, to be closed when nobody calls any more. */
export interface OpenHouse {
  readonly house: House;
  close(): Promise<void>;
}

/** Opens what the operator asks for: files, audit, embedded service. Raises ConfigError. */
export async function openHouse(
  { aws, local, policy, logins, revealCredentials, audit: auditFile }: Config,
  channel: Pick<House, "terminal" | "vault">,
): Promise<OpenHouse> {
  if (revealCredentials)
    say("--reveal-credentials: whatever is vended is shown in the answers, to the model and wherever they are kept.");
  const references =
    logins.file === undefined ? new Map<string, Reference>() : await readLoginsFile(logins.file, logins.environment);
  const audit = auditFile === undefined ? undefined : await openAuditAt(auditFile);
  const inProcess = local && (await openLocal(local));
  return {
    house: {
      tools: toolsUnder(policy),
      policy,
      aws: createAws({
        ...aws,
        inProcess,
        product: `${packageJson.name}/${packageJson.version}`,
        onCredentials: rememberCredentials,
      }),
      redactor,
      planTokens: createPlanTokens(),
      admission: createAdmission(),
      ...channel,
      reveal: revealCredentials ? createReveal() : undefined,
      logins: createLogins({
        references,
        only: logins.only,
        remember: (token) => void redactor.remember(new Secret(token)),
      }),
      audit,
      onFault: reportFault,
    },
    async close() {
      await inProcess?.close();
      await audit?.close();
    },
  };
}

/** The catalogue, with a place for plan tokens where the operator wants two steps. */
function toolsUnder(policy: Policy): Tool[] {
  return catalogue.map((tool) =>
    isGated(tool) && levelOf(tool, policy) === "two-step" ? takingPlanToken(tool) : tool,
  );
}

export function rememberCredentials({ accessKeyId, secretAccessKey, sessionToken = "" }: SigningCredentials): void {
  // Protection "the credentials that sign requests are remembered": without it, `redactor.remember(new Secret(value));` reads `void value;`.
  for (const value of [accessKeyId, secretAccessKey, sessionToken]) redactor.remember(new Secret(value));
}

async function openAuditAt(path: string) {
  const { openAudit } = await import("../audit/writer.ts");
  const onTrouble = (error: unknown) => say(`the audit cannot be written to: ${messageOf(error)}`);
  // Protection "the audit is redacted": without it, `{ clean, onTrouble }` reads `{ clean: (record) => record, onTrouble }`.
  return await openAudit(path, { clean, onTrouble }).catch(asConfigError);
}

/** By name: the audit is loaded only when it is wanted. */
export function asConfigError(error: unknown): never {
  throw error instanceof Error && error.name === "AuditFileError" ? new ConfigError(error.message) : error;
}

async function readLoginsFile(file: string, environment: Config["logins"]["environment"]) {
  const { LoginsFileError, readLogins } = await import("../config/logins-file.ts");
  try {
    return readLogins(file, environment);
  } catch (error) {
    throw error instanceof LoginsFileError ? new ConfigError(error.message) : error;
  }
}
