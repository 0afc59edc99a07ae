/** Creates the services that every call uses, from the settings. */
import packageJson from "../../package.json" with { type: "json" };
import type { AuditWriter } from "../audit/types.ts";
import { createAws, type SigningCredentials } from "../aws/clients.ts";
import { everyTool } from "../call/catalogue.ts";
import { createPace } from "../call/lists/pace.ts";
import type { AnyTool, Services } from "../call/types.ts";
import type { Config } from "../config/settings.ts";
import { createChangeLock } from "../guards/change-lock.ts";
import { createConcurrency } from "../guards/concurrency.ts";
import { createAccountMemory } from "../guards/logins/account-memory.ts";
import { createLoginReferences, type LoginReference } from "../guards/logins/references.ts";
import { approvalLevelOf, type Policy } from "../guards/policy.ts";
import { createReveal } from "../guards/redaction/reveal.ts";
import { Secret } from "../guards/redaction/secret.ts";
import { createScreen, type ScreenHit } from "../guards/screen.ts";
import { createIdLists } from "../operator/id-lists.ts";
import type { Rejections } from "../operator/rejections.ts";
import { canLink, isGated } from "../tools/kinds.ts";
import { withPlanToken } from "../tools/tool.ts";
import { openLocal } from "./local.ts";
import { describeError, log, redactor, reportFault, sanitize } from "./stderr.ts";

/** The services without those of a server, and a function that closes them after the last call. */
export interface OpenServices {
  readonly services: Omit<Services, "approvals" | "vault">;
  close(): Promise<void>;
}

/** Creates the services and opens what they use: files, audit, embedded service. Raises UserError. */
export async function createServices({
  aws,
  local,
  policy,
  logins,
  maxAnswerBytes,
  revealCredentials,
  audit: auditFile,
  channelFolder,
}: Config): Promise<OpenServices> {
  if (revealCredentials)
    log("--reveal-credentials: answers contain vended secrets. The model sees them, and the host may store them.");
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
      region: aws.region,
      aws: createAws({
        ...aws,
        inProcess,
        product: `${packageJson.name}/${packageJson.version}`,
        onCredentials: rememberCredentials,
      }),
      maxAnswerBytes,
      redactor,
      concurrency: createConcurrency(),
      renewals: createConcurrency(),
      pace: createPace(),
      changeLock: createChangeLock(),
      screen: createScreen({ redactor, onHit: (hit) => reportHit(hit, audit) }),
      reveal: revealCredentials ? createReveal() : undefined,
      loginReferences: createLoginReferences({ references, only: logins.only }),
      accountMemory: createAccountMemory(),
      audit,
      lists: createIdLists(channelFolder),
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
export function rememberCredentials(credentials: SigningCredentials): void {
  const { accessKeyId, secretAccessKey, sessionToken = "", expiration } = credentials;
  const expires = expiration?.getTime();
  for (const value of [accessKeyId, secretAccessKey, sessionToken]) {
    // Protection "the credentials that sign requests are remembered": without it, `redactor.remember(new Secret(value), expires);` reads `void expires;`.
    redactor.remember(new Secret(value), expires);
  }
}

/** Tells the operator that a request or an answer held a piece of a secret, on stderr and in the audit. */
function reportHit({ hits, closed }: ScreenHit, audit: AuditWriter | undefined): void {
  const consequence = closed
    ? "The server answers no more requests until it is restarted. The commands approve, credentials and token, and renewals, still work."
    : "The request was not processed, or its answer was withheld.";
  log(`a request or its answer contained characters of a secret (${hits}). ${consequence}`);
  void audit?.recordScreening({ hits, closed });
}

/** Tells the operator that requests were rejected, on stderr and in the audit. `where`: on which of the person's ways. */
export function reportRejections(where: string, { reason, count }: Rejections, audit: AuditWriter | undefined): void {
  const connections = count === 1 ? "1 connection was" : `${count} connections were`;
  log(`${connections} rejected ${where} (${reason}).`);
  void audit?.recordChannelRejections({ reason, count });
}

async function openAuditAt(path: string) {
  const { openAudit } = await import("../audit/writer.ts");
  const onTrouble = (error: unknown) => log(`the audit file cannot be written: ${describeError(error)}`);
  // Protection "the audit is redacted": without it, `{ sanitize, onTrouble }` reads `{ sanitize: (record) => record, onTrouble }`.
  return await openAudit(path, { sanitize, onTrouble });
}

async function readLoginsFile(file: string, environment: Config["logins"]["environment"]) {
  const { readLogins } = await import("../config/logins-file.ts");
  return readLogins(file, environment);
}
