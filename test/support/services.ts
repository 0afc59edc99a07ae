/** Services for tests that dispatch calls without a server process: no policy, no audit, no person. */
import type { Aws } from "../../src/aws/clients.ts";
import type { Services } from "../../src/call/types.ts";
import { createChangeLock } from "../../src/guards/change-lock.ts";
import { createConcurrency } from "../../src/guards/concurrency.ts";
import { createAccountMemory } from "../../src/guards/logins/account-memory.ts";
import { createLoginReferences } from "../../src/guards/logins/references.ts";
import type { Policy } from "../../src/guards/policy.ts";
import { createRedactor } from "../../src/guards/redaction/redactor.ts";
import { createScreen } from "../../src/guards/screen.ts";
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
export const noLoginReferences = createLoginReferences({ references: new Map(), only: false });

/** The way to an AWS that a test plays itself. */
export function fakeAws(parts: Pick<Aws, "reader" | "send"> & Partial<Aws>): Aws {
  const aws: Aws = {
    defaultRegion: async () => "eu-west-1",
    caller: async () => ({ caller: "000000000000", account: "account 000000000000" }),
    ...parts,
    withFixedCredentials: async () => aws,
  };
  return aws;
}

/** Services with the given parts, and usual ones in the place of the others. A defect fails the test. */
export function testServices(parts: Pick<Services, "aws"> & Partial<Services>): Services {
  const { redactor = createRedactor() } = parts;
  return {
    screen: createScreen({ redactor, onHit: () => {} }),
    renewals: createConcurrency(),
    changeLock: createChangeLock(),
    tools: catalogue,
    policy: { ...openPolicy },
    redactor,
    concurrency: createConcurrency(),
    loginReferences: noLoginReferences,
    accountMemory: createAccountMemory(),
    onFault(error) {
      throw error;
    },
    ...parts,
  };
}
