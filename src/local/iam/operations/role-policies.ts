import { ServiceError } from "../../protocol/errors.ts";
import { optional, required } from "../../protocol/shapes.ts";
import type { Documents } from "../../state/documents.ts";
import { checkQuota, encoded, iamErrors, iamOperation, type Paging, pageOf } from "../operation.ts";
import { checkPermissions } from "../policy/permissions.ts";
import { lengthOf } from "../policy/trust.ts";
import type { Role } from "../records.ts";
import { putRole, roleNamed } from "../roles.ts";
import { arn, document, paging, pathPrefix, policyName, roleName } from "../shapes.ts";
import { policyAt } from "./policies.ts";

/** For all inline policies of a role together, without white space. */
const MAX_INLINE_LENGTH = 10_240;
/** The default quota; AWS raises it on request. */
const MAX_ATTACHED = 10;

interface OfRole {
  readonly RoleName: string;
}

interface InlinePolicy extends OfRole {
  readonly PolicyName: string;
}

interface AttachedPolicy extends OfRole {
  readonly PolicyArn: string;
}

export const putRolePolicy = iamOperation<InlinePolicy & { readonly PolicyDocument: string }>({
  input: { RoleName: required(roleName), PolicyName: required(policyName), PolicyDocument: required(document) },
  run({ RoleName, PolicyName, PolicyDocument }, { documents, prefix }) {
    const role = roleNamed(documents, prefix, RoleName);
    putRole(documents, prefix, withInline(role, PolicyName, PolicyDocument));
    return {};
  },
});

/** Throws MalformedPolicyDocument and LimitExceeded. */
export function withInline(role: Role, name: string, text: string): Role {
  checkPermissions(text);
  const inline = { ...role.inline, [name]: text };
  const length = Object.values(inline).reduce((sum, each) => sum + lengthOf(each), 0);
  if (length > MAX_INLINE_LENGTH)
    throw new ServiceError(
      "LimitExceeded",
      `Maximum policy size of ${MAX_INLINE_LENGTH} bytes exceeded for role ${role.name}`,
    );
  return { ...role, inline };
}

export const getRolePolicy = iamOperation<InlinePolicy>({
  input: { RoleName: required(roleName), PolicyName: required(policyName) },
  run({ RoleName, PolicyName }, { documents, prefix }) {
    const role = roleNamed(documents, prefix, RoleName);
    return { RoleName: role.name, PolicyName, PolicyDocument: encoded(inlinePolicy(role, PolicyName)) };
  },
});

export const listRolePolicies = iamOperation<OfRole & Paging>({
  input: { RoleName: required(roleName), ...paging },
  run({ RoleName, ...wanted }, { documents, prefix }) {
    const role = roleNamed(documents, prefix, RoleName);
    const names = Object.keys(role.inline).sort();
    const { page, ...more } = pageOf(`policies of ${role.arn}`, names, (name) => name, wanted);
    return { PolicyNames: page, ...more };
  },
});

export const deleteRolePolicy = iamOperation<InlinePolicy>({
  input: { RoleName: required(roleName), PolicyName: required(policyName) },
  run({ RoleName, PolicyName }, { documents, prefix }) {
    const role = roleNamed(documents, prefix, RoleName);
    inlinePolicy(role, PolicyName);
    const rest = Object.entries(role.inline).filter(([name]) => name !== PolicyName);
    putRole(documents, prefix, { ...role, inline: Object.fromEntries(rest) });
    return {};
  },
});

export const attachRolePolicy = iamOperation<AttachedPolicy>({
  input: { RoleName: required(roleName), PolicyArn: required(arn) },
  run({ RoleName, PolicyArn }, { documents, prefix }) {
    const role = roleNamed(documents, prefix, RoleName);
    putRole(documents, prefix, withAttached(documents, role, PolicyArn));
    return {};
  },
});

/** Policies of AWS need not be defined here. Throws NoSuchEntity and LimitExceeded. */
export function withAttached(documents: Documents, role: Role, policyArn: string): Role {
  if (!isOfAws(policyArn) && !policyAt(documents, policyArn))
    throw iamErrors.noSuchEntity(`Policy ${policyArn} does not exist or is not attachable.`);
  const attached = [...new Set([...role.attached, policyArn])];
  checkQuota("PoliciesPerRole", MAX_ATTACHED, attached.length);
  return { ...role, attached };
}

function isOfAws(policyArn: string): boolean {
  return /^arn:aws[\w-]*:iam::aws:policy\/[\w+=,.@/-]+$/.test(policyArn);
}

export const detachRolePolicy = iamOperation<AttachedPolicy>({
  input: { RoleName: required(roleName), PolicyArn: required(arn) },
  run({ RoleName, PolicyArn }, { documents, prefix }) {
    const role = roleNamed(documents, prefix, RoleName);
    if (!role.attached.includes(PolicyArn)) throw iamErrors.noSuchEntity(`Policy ${PolicyArn} was not found.`);
    putRole(documents, prefix, { ...role, attached: role.attached.filter((other) => other !== PolicyArn) });
    return {};
  },
});

export const listAttachedRolePolicies = iamOperation<OfRole & Paging & { readonly PathPrefix?: string }>({
  input: { RoleName: required(roleName), PathPrefix: optional(pathPrefix), ...paging },
  run({ RoleName, PathPrefix = "/", ...wanted }, { documents, prefix }) {
    const role = roleNamed(documents, prefix, RoleName);
    const arns = role.attached.filter((policyArn) => pathOf(policyArn).startsWith(PathPrefix)).sort();
    const list = `attached policies ${PathPrefix} of ${role.arn}`;
    const { page, ...more } = pageOf(list, arns, (policyArn) => policyArn, wanted);
    return {
      AttachedPolicies: page.map((policyArn) => ({
        PolicyName: policyArn.slice(policyArn.lastIndexOf("/") + 1),
        PolicyArn: policyArn,
      })),
      ...more,
    };
  },
});

function pathOf(policyArn: string): string {
  return policyArn.slice(policyArn.indexOf("/"), policyArn.lastIndexOf("/") + 1);
}

/** Names of inline policies are case-sensitive. Throws NoSuchEntity. */
function inlinePolicy({ inline }: Role, name: string): string {
  const text = Object.hasOwn(inline, name) ? inline[name] : undefined;
  if (text === undefined) throw iamErrors.noSuchEntity(`The role policy with name ${name} cannot be found.`);
  return text;
}
