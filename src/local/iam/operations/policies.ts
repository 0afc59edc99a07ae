/** Managed policies. Each has one version, because no operation here makes another. */
import type { XmlElements } from "../../protocol/aws-query.ts";
import { optional, required } from "../../protocol/shapes.ts";
import type { Documents } from "../../state/documents.ts";
import { checkQuota, encoded, type IamCall, iamErrors, iamOperation, uniqueId } from "../operation.ts";
import { checkPermissions } from "../policy/permissions.ts";
import { lengthOf } from "../policy/trust.ts";
import type { ManagedPolicy, Tag } from "../records.ts";
import { arn, description, document, path, policyName, tags, versionId } from "../shapes.ts";
import { checkTags, tagElements } from "./roles.ts";

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const MAX_POLICIES = 1500;
const MAX_LENGTH = 6144;
const VERSION = "v1";

export interface CreatePolicyInput {
  readonly PolicyName: string;
  readonly PolicyDocument: string;
  readonly Path?: string;
  readonly Description?: string;
  readonly Tags?: readonly Tag[];
}

export const createPolicy = iamOperation<CreatePolicyInput>({
  input: {
    PolicyName: required(policyName),
    PolicyDocument: required(document),
    Path: optional(path),
    Description: optional(description),
    Tags: optional(tags),
  },
  run(input, call) {
    const { PolicyName: name, PolicyDocument, Path = "/", Tags = [] } = input;
    const { documents, prefix, now } = call;
    checkPermissions(PolicyDocument);
    checkQuota("PolicySize", MAX_LENGTH, lengthOf(PolicyDocument));
    checkTags(Tags);
    if (documents.get("policy", keyOf(prefix, name)))
      throw iamErrors.exists(`A policy called ${name} already exists. Duplicate names are not allowed.`);
    checkQuota("PoliciesPerAccount", MAX_POLICIES, documents.list("policy", prefix).length + 1);
    const policy: ManagedPolicy = {
      arn: `${prefix}policy${Path}${name}`,
      name,
      path: Path,
      description: input.Description,
      document: PolicyDocument,
      created: now.getTime(),
      tags: Tags,
    };
    documents.put("policy", keyOf(prefix, name), policy);
    return { Policy: elementsOf(policy, call) };
  },
});

export const getPolicy = iamOperation<{ readonly PolicyArn: string }>({
  input: { PolicyArn: required(arn) },
  run({ PolicyArn }, call) {
    const policy = visiblePolicy(PolicyArn, call);
    return { Policy: { ...elementsOf(policy, call), Description: policy.description } };
  },
});

export const getPolicyVersion = iamOperation<{ readonly PolicyArn: string; readonly VersionId: string }>({
  input: { PolicyArn: required(arn), VersionId: required(versionId) },
  run({ PolicyArn, VersionId }, call) {
    const policy = visiblePolicy(PolicyArn, call);
    if (VersionId !== VERSION)
      throw iamErrors.noSuchEntity(`Policy ${PolicyArn} version ${VersionId} does not exist or is not attachable.`);
    return {
      PolicyVersion: {
        Document: encoded(policy.document),
        VersionId,
        IsDefaultVersion: true,
        CreateDate: new Date(policy.created),
      },
    };
  },
});

export function policyAt(documents: Documents, policyArn: string): ManagedPolicy | undefined {
  const prefix = policyArn.slice(0, policyArn.indexOf(":policy/") + 1);
  const policy = documents.get("policy", keyOf(prefix, policyArn.slice(policyArn.lastIndexOf("/") + 1)));
  return policy?.arn === policyArn ? policy : undefined;
}

/** A name is unique in an account, whatever its path and case. */
function keyOf(prefix: string, name: string): string {
  return `${prefix}policy/${name.toLowerCase()}`;
}

/** A policy of the account or of AWS. Throws NoSuchEntity. */
function visiblePolicy(policyArn: string, { documents, prefix }: IamCall): ManagedPolicy {
  const policy = policyAt(documents, policyArn);
  if (!policy || !(policyArn.startsWith(prefix) || policyArn.includes(":iam::aws:")))
    throw iamErrors.noSuchEntity(`Policy ${policyArn} was not found.`);
  return policy;
}

function elementsOf(policy: ManagedPolicy, { documents, prefix }: IamCall): XmlElements {
  return {
    PolicyName: policy.name,
    PolicyId: uniqueId("ANPA", policy.arn),
    Arn: policy.arn,
    Path: policy.path,
    DefaultVersionId: VERSION,
    AttachmentCount: documents.list("role", prefix).filter(({ attached }) => attached.includes(policy.arn)).length,
    PermissionsBoundaryUsageCount: 0,
    IsAttachable: true,
    CreateDate: new Date(policy.created),
    UpdateDate: new Date(policy.created),
    Tags: tagElements(policy.tags),
  };
}
