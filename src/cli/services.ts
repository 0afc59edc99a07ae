/** Creates what every call is held against, from the settings. */
import packageJson from "../../package.json" with { type: "json" };
import { createAws, type SigningCredentials } from "../aws/clients.ts";
import { everyTool } from "../call/catalogue.ts";
import type { AnyTool, Services } from "../call/types.ts";
import type { Config } from "../config/settings.ts";
import { createConcurrency } from "../guards/concurrency.ts";
import { createAccountMemory } from "../guards/logins/account-memory.ts";
import { createLoginReferences, type LoginReference } from "../guards/logins/references.ts";
import { approvalLevelOf, type Policy } from "../guards/policy.ts";
import { createReveal } from "../guards/redaction/reveal.ts";
import { Secret } from "../guards/redaction/secret.ts";
import { canLink, isGated, withPlanToken } from "../tools/tool.ts";
import { openLocal } from "./local.ts";
import { describeError, log, redactor, reportFault, sanitize } from "./stderr.ts";

/** The services, to be closed when nobody calls any more. */
export interface OpenServices {
  readonly services: Services;
  close(): Promise<void>;
}

/** Creates the services and opens what they use: files, audit, embedded service. Raises UserError. */
export async function createServices(
  { aws, local, policy, logins, revealCredentials, audit: auditFile }: Config,
  channel: Pick<Services, "pendingApprovals" | "vault">,
): Promise<OpenServices> {
  if (revealCredentials)
    log("--reveal-credentials: whatever is vended is shown in the answers, to the model and wherever they are kept.");
  const references =
    logins.file === undefined
      ? new Map<string, LoginReference>()
      : await readLoginsFile(logins.file, logins.environment);
  const audit = auditFile === undefined ? undefined : await openAuditAt(auditFile);
  const inProcess = local && (await openLocal(local));
  return {
    services: {
      tools: toolsUnder(policy),
      policy,
      aws: createAws({
        ...aws,
        inProcess,
        product: `${packageJson.name}/${packageJson.version}`,
        onCredentials: rememberCredentials,
      }),
      redactor,
      concurrency: createConcurrency(),
      ...channel,
      reveal: revealCredentials ? createReveal() : undefined,
      loginReferences: createLoginReferences({
        references,
        only: logins.only,
        remember: (token) => void redactor.remember(new Secret(token)),
      }),
      accountMemory: createAccountMemory(),
      audit,
      onFault: reportFault,
    },
    async close() {
      await inProcess?.close();
      await audit?.close();
    },
  };
}

/** The catalogue; tools at level `two-step` accept a plan token. */
function toolsUnder(policy: Policy): AnyTool[] {
  return everyTool.map((tool) =>
    (isGated(tool) || canLink(tool)) && approvalLevelOf(tool, policy) === "two-step" ? withPlanToken(tool) : tool,
  );
}

/** Remembers the secrets of the credentials that sign requests, so that they are redacted. */
export function rememberCredentials({ accessKeyId, secretAccessKey, sessionToken = "" }: SigningCredentials): void {
  // Protection "the credentials that sign requests are remembered": without it, `redactor.remember(new Secret(value));` reads `void value;`.
  for (const value of [accessKeyId, secretAccessKey, sessionToken]) redactor.remember(new Secret(value));
}

async function openAuditAt(path: string) {
  const { openAudit } = await import("../audit/writer.ts");
  const onTrouble = (error: unknown) => log(`the audit cannot be written to: ${describeError(error)}`);
  // Protection "the audit is redacted": without it, `{ sanitize, onTrouble }` reads `{ sanitize: (record) => record, onTrouble }`.
  return await openAudit(path, { sanitize, onTrouble });
}

async function readLoginsFile(file: string, environment: Config["logins"]["environment"]) {
  const { readLogins } = await import("../config/logins-file.ts");
  return readLogins(file, environment);
}
