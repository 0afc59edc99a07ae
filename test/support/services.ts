/** Services for tests that dispatch calls without a server process: no policy, no audit, no person. */
import type { Services } from "../../src/call/types.ts";
import { createConcurrency } from "../../src/guards/concurrency.ts";
import { createAccountMemory } from "../../src/guards/logins/account-memory.ts";
import { createLoginReferences } from "../../src/guards/logins/references.ts";
import type { Policy } from "../../src/guards/policy.ts";
import { createRedactor } from "../../src/guards/redaction/redactor.ts";
import { catalogue } from "../../src/tools/catalogue.ts";

/** A policy that forbids nothing, and asks a person for every update and delete. */
export const openPolicy: Policy = {
  readOnly: false,
  rules: new Map(),
  pools: undefined,
  regions: undefined,
  maxDeletedIdentities: 10,
};

/** Defines no login reference. */
export const noLoginReferences = createLoginReferences({ references: new Map(), only: false, remember: () => {} });

/** Services with the given parts, and usual ones in the place of the others. A defect fails the test. */
export function testServices(parts: Pick<Services, "aws"> & Partial<Services>): Services {
  return {
    tools: catalogue,
    policy: { ...openPolicy },
    redactor: createRedactor(),
    concurrency: createConcurrency(),
    loginReferences: noLoginReferences,
    accountMemory: createAccountMemory(),
    onFault(error) {
      throw error;
    },
    ...parts,
  };
}
