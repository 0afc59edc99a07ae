/** Roles, policies and identity providers in a seed file, with the names that AWS CloudFormation has for their members. */
import { type Fields, isRecord } from "../../util/json.ts";
import { checkInput } from "../protocol/constraints.ts";
import { type Members, optional, required } from "../protocol/shapes.ts";
import type { Documents } from "../state/documents.ts";
import { describeOidcProviders, describePolicies, describeRoles, describeSamlProviders } from "./describe.ts";
import type { IamCall } from "./operation.ts";
import { type CreatePolicyInput, createPolicy } from "./operations/policies.ts";
import { createOidcProvider, createSamlProvider } from "./operations/providers.ts";
import { withAttached, withInline } from "./operations/role-policies.ts";
import { addRole, type CreateRoleInput, createRole } from "./operations/roles.ts";
import { putRole } from "./roles.ts";
import { arn, document, policyName } from "./shapes.ts";

/** A list in a seed file. */
export interface SeedSection {
  /** One entry, in errors. */
  readonly what: string;
  readonly members: Members;
  /** Throws ServiceError. */
  load(entry: Fields, context: SeedContext): void;
  /** The entries that `load` made, or entries by which it makes the same. */
  describe(documents: Documents, accountId: string): Fields[];
}

interface SeedContext {
  readonly accountId: string;
  readonly documents: Documents;
  readonly now: () => Date;
}

/** What a call does not say: the account and the partition. */
const place: Members = {
  AccountId: optional({ type: "string", pattern: "\\d{12}" }),
  Partition: optional({ type: "string", enum: ["aws", "aws-cn", "aws-us-gov"] }),
};

interface SeedRole extends CreateRoleInput {
  readonly Policies?: readonly { readonly PolicyName: string; readonly PolicyDocument: string }[];
  readonly ManagedPolicyArns?: readonly string[];
}

/** In the order in which they are loaded: roles name policies. */
export const iamSections = {
  policies: {
    what: "policy",
    members: {
      ...createPolicy.input,
      ...place,
      // A managed policy of AWS has `aws` in the place of the account.
      AccountId: optional({ type: "string", pattern: "\\d{12}|aws" }),
    },
    load: (entry, context) => void createPolicy.run(checkedPolicy(entry), callFor(entry, context)),
    describe: describePolicies,
  },
  samlProviders: {
    what: "SAML provider",
    members: { ...createSamlProvider.input, ...place },
    load: (entry, context) =>
      void createSamlProvider.run(checkInput(createSamlProvider.input, entry), callFor(entry, context)),
    describe: describeSamlProviders,
  },
  oidcProviders: {
    what: "OpenID Connect provider",
    members: { ...createOidcProvider.input, ...place },
    load: (entry, context) =>
      void createOidcProvider.run(checkInput(createOidcProvider.input, entry), callFor(entry, context)),
    describe: describeOidcProviders,
  },
  roles: {
    what: "role",
    members: {
      ...createRole.input,
      ...place,
      Policies: optional({
        type: "list",
        of: {
          type: "structure",
          members: { PolicyName: required(policyName), PolicyDocument: required(document) },
        },
      }),
      ManagedPolicyArns: optional({ type: "list", of: arn }),
    },
    load: loadRole,
    describe: describeRoles,
  },
} as const satisfies Readonly<Record<string, SeedSection>>;

function checkedPolicy(entry: Fields): CreatePolicyInput {
  return checkInput(createPolicy.input, entry) as Fields & CreatePolicyInput;
}

/** The role may be older than IAM's present rules, and of an account with a raised quota. */
function loadRole(entry: Fields, context: SeedContext): void {
  const call = callFor(entry, context);
  const input = checkInput(iamSections.roles.members, entry) as Fields & SeedRole;
  let role = addRole(input, call, true);
  for (const { PolicyName, PolicyDocument } of input.Policies ?? [])
    role = withInline(role, PolicyName, PolicyDocument);
  for (const policyArn of input.ManagedPolicyArns ?? []) role = withAttached(call.documents, role, policyArn);
  putRole(call.documents, call.prefix, role);
}

function callFor({ AccountId, Partition = "aws" }: Fields, { accountId, documents, now }: SeedContext): IamCall {
  return { prefix: `arn:${String(Partition)}:iam::${String(AccountId ?? accountId)}:`, documents, now: now() };
}

const documentMembers = ["AssumeRolePolicyDocument", "PolicyDocument"];

/** The entry, with its policy documents as texts. In a seed file they may be JSON objects. */
export function withTexts(entry: unknown): unknown {
  if (Array.isArray(entry)) return entry.map(withTexts);
  if (!isRecord(entry)) return entry;
  return Object.fromEntries(
    Object.entries(entry).map(([name, value]) => {
      if (documentMembers.includes(name)) return [name, isRecord(value) ? JSON.stringify(value) : value];
      return [name, name === "Policies" ? withTexts(value) : value];
    }),
  );
}
