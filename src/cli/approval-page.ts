/** Creates the approval page of a server from the settings. */
import type { AuditWriter } from "../audit/types.ts";
import type { Config } from "../config/settings.ts";
import type { ApprovalQueue } from "../guards/approval/queue.ts";
import type { ShownJobs } from "../guards/shown-jobs.ts";
import { type ApprovalPage, createApprovalPage } from "../operator/approval-page.ts";
import {
  ADMINISTRATOR_NEEDS_NO_PASSWORD,
  administratorNeedsNoPassword,
  readKeyList,
} from "../operator/passkeys/key-list.ts";
import { createKeyRing } from "../operator/passkeys/key-ring.ts";
import { createRejectionReports } from "../operator/rejections.ts";
import type { KeptSecret } from "../operator/vault.ts";
import { openBrowser, whyNoBrowser } from "../operator/web/opener.ts";
import { keyPlaceOf } from "./args/key-place.ts";
import { reportRejections } from "./services.ts";
import { log, redactor, reportFault } from "./stderr.ts";

interface Parts {
  readonly queue: ApprovalQueue;
  readonly isReadable: (plan: unknown) => boolean;
  readonly onInvalidAnswer: (reason: string) => void;
  readonly audit: AuditWriter | undefined;
  readonly vended: () => KeptSecret[];
  readonly jobs: () => Pick<ShownJobs, "running" | "stop">;
}

/** Raises UserError if the list of passkeys cannot be used. */
export function createPage(
  config: Config,
  { queue, isReadable, onInvalidAnswer, audit, vended, jobs }: Parts,
): ApprovalPage {
  const { asking, aws, browser, channelFolder, command, environment } = config;
  const rejections = createRejectionReports((counted) => reportRejections("on the approval page", counted, audit));
  const system = { browser, platform: process.platform, environment };
  const page = createApprovalPage({
    queue,
    isNamed: asking.namesPage,
    port: asking.pagePort,
    command: `${command} approve --page`,
    enrollCommand: `${command} enroll`,
    keys: createKeyRing({
      read: () => readKeyList(keyPlaceOf(environment)),
      administratorNeedsNoPassword,
      noPassword: ADMINISTRATOR_NEEDS_NO_PASSWORD,
      onAdded: (label) => log(`the passkey ${JSON.stringify(label)} was added. Restart the server to use it.`),
      onTrouble: (problem) => log(problem),
    }),
    whyNoBrowser: () => whyNoBrowser(system),
    openBrowser: async (url) => await openBrowser({ ...system, url, folder: channelFolder }),
    profile: aws.profile,
    isReadable,
    sanitize: redactor.redactDeep,
    vended,
    jobs,
    onInvalidAnswer,
    onRefused: rejections.add,
    onFault: reportFault,
  });
  return {
    ...page,
    close() {
      page.close();
      rejections.end();
    },
  };
}
