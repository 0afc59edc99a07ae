import { diagnoseIdentityPool } from "./diagnosis/report.ts";
import type { Report } from "./report.ts";

/** Every report, in the order in which a client lists them. */
export const reports: readonly Report[] = [diagnoseIdentityPool];
