import type { XmlElements } from "../../protocol/aws-query.ts";
import { optional, required } from "../../protocol/shapes.ts";
import {
  checkQuota,
  encoded,
  type IamCall,
  iamErrors,
  iamOperation,
  type Paging,
  pageOf,
  uniqueId,
} from "../operation.ts";
import { readTrustPolicy } from "../policy/trust.ts";
import type { Role, Tag } from "../records.ts";
import { putRole, removeRole, roleKey, roleNamed } from "../roles.ts";
import { description, document, paging, path, pathPrefix, roleName, sessionDuration, tags } from "../shapes.ts";

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const MAX_ROLES = 1000;

export interface CreateRoleInput {
  readonly RoleName: string;
  readonly AssumeRolePolicyDocument: string;
  readonly Path?: string;
  readonly Description?: string;
  readonly MaxSessionDuration?: number;
  readonly Tags?: readonly Tag[];
}

export const createRole = iamOperation<CreateRoleInput>({
  input: {
    RoleName: required(roleName),
    AssumeRolePolicyDocument: required(document),
    Path: optional(path),
    Description: optional(description),
    MaxSessionDuration: optional(sessionDuration),
    Tags: optional(tags),
  },
  run(input, call) {
    const role = addRole(input, call);
    return { Role: { ...elementsOf(role), Tags: tagElements(role.tags) } };
  },
});

/** `isOld`: whether the trust policy may be one that `readTrustPolicy` takes with `isOld`. Throws the errors of CreateRole. */
export function addRole(input: CreateRoleInput, { documents, prefix, now }: IamCall, isOld = false): Role {
  const { RoleName: name, AssumeRolePolicyDocument: trustPolicy, Path = "/", Tags = [] } = input;
  readTrustPolicy(trustPolicy, isOld);
  checkTags(Tags);
  if (documents.get("role", roleKey(prefix, name))) throw iamErrors.exists(`Role with name ${name} already exists.`);
  checkQuota("RolesPerAccount", MAX_ROLES, documents.list("role", prefix).length + 1);
  const role: Role = {
    arn: `${prefix}role${Path}${name}`,
    name,
    path: Path,
    description: input.Description,
    trustPolicy,
    maxSessionDuration: input.MaxSessionDuration ?? 3600,
    inline: {},
    attached: [],
    created: now.getTime(),
    tags: Tags,
  };
  putRole(documents, prefix, role);
  return role;
}

export const getRole = iamOperation<{ readonly RoleName: string }>({
  input: { RoleName: required(roleName) },
  run({ RoleName }, { documents, prefix }) {
    const role = roleNamed(documents, prefix, RoleName);
    return { Role: { ...elementsOf(role), Tags: tagElements(role.tags), RoleLastUsed: {} } };
  },
});

/** Without tags, as AWS's. */
export const listRoles = iamOperation<Paging & { readonly PathPrefix?: string }>({
  input: { PathPrefix: optional(pathPrefix), ...paging },
  run({ PathPrefix = "/", ...wanted }, { documents, prefix }) {
    const roles = documents.list("role", prefix).filter((role) => role.path.startsWith(PathPrefix));
    const { page, ...more } = pageOf(`roles ${PathPrefix}`, roles, ({ name }) => name.toLowerCase(), wanted);
    return { Roles: page.map(elementsOf), ...more };
  },
});

export const updateAssumeRolePolicy = iamOperation<{ readonly RoleName: string; readonly PolicyDocument: string }>({
  input: { RoleName: required(roleName), PolicyDocument: required(document) },
  run({ RoleName, PolicyDocument }, { documents, prefix }) {
    const role = roleNamed(documents, prefix, RoleName);
    readTrustPolicy(PolicyDocument);
    putRole(documents, prefix, { ...role, trustPolicy: PolicyDocument });
    return {};
  },
});

export const deleteRole = iamOperation<{ readonly RoleName: string }>({
  input: { RoleName: required(roleName) },
  run({ RoleName }, { documents, prefix }) {
    const role = roleNamed(documents, prefix, RoleName);
    if (role.attached.length > 0)
      throw iamErrors.deleteConflict("Cannot delete entity, must detach all policies first.");
    if (Object.keys(role.inline).length > 0)
      throw iamErrors.deleteConflict("Cannot delete entity, must delete policies first.");
    removeRole(documents, prefix, role);
    return {};
  },
});

function elementsOf(role: Role): XmlElements {
  return {
    Path: role.path,
    RoleName: role.name,
    RoleId: uniqueId("AROA", role.arn),
    Arn: role.arn,
    CreateDate: new Date(role.created),
    AssumeRolePolicyDocument: encoded(role.trustPolicy),
    Description: role.description,
    MaxSessionDuration: role.maxSessionDuration,
  };
}

/** An element without entries is left out. */
export function tagElements(given: readonly Tag[]): XmlElements[] | undefined {
  return given.length === 0 ? undefined : given.map(({ Key, Value }) => ({ Key, Value }));
}

/** Throws InvalidInput. */
export function checkTags(given: readonly Tag[]): void {
  if (new Set(given.map(({ Key }) => Key.toLowerCase())).size < given.length)
    throw iamErrors.invalidInput("Duplicate tag keys found. Please note that Tag keys are case insensitive.");
}
