/** IAM by the AWS query protocol (https://docs.aws.amazon.com/IAM/latest/APIReference/). */
import { type LocalRequest, type LocalResponse, MAX_BODY_BYTES } from "../protocol/aws-json.ts";
import { formOf, inputOfForm, isQueryRequest, queryFailure, querySuccess } from "../protocol/aws-query.ts";
import { checkInput } from "../protocol/constraints.ts";
import { ServiceError } from "../protocol/errors.ts";
import type { Members } from "../protocol/shapes.ts";
import type { Documents } from "../state/documents.ts";
import { readSignature } from "../sts/signature.ts";
import type { IamOperation } from "./operation.ts";
import { createPolicy, getPolicy, getPolicyVersion } from "./operations/policies.ts";
import {
  createOidcProvider,
  createSamlProvider,
  getOidcProvider,
  getSamlProvider,
  listOidcProviders,
  listSamlProviders,
} from "./operations/providers.ts";
import {
  attachRolePolicy,
  deleteRolePolicy,
  detachRolePolicy,
  getRolePolicy,
  listAttachedRolePolicies,
  listRolePolicies,
  putRolePolicy,
} from "./operations/role-policies.ts";
import { createRole, deleteRole, getRole, listRoles, updateAssumeRolePolicy } from "./operations/roles.ts";
import { partitionOf } from "./partitions.ts";

const operations: Readonly<Record<string, IamOperation>> = {
  AttachRolePolicy: attachRolePolicy,
  CreateOpenIDConnectProvider: createOidcProvider,
  CreatePolicy: createPolicy,
  CreateRole: createRole,
  CreateSAMLProvider: createSamlProvider,
  DeleteRole: deleteRole,
  DeleteRolePolicy: deleteRolePolicy,
  DetachRolePolicy: detachRolePolicy,
  GetOpenIDConnectProvider: getOidcProvider,
  GetPolicy: getPolicy,
  GetPolicyVersion: getPolicyVersion,
  GetRole: getRole,
  GetRolePolicy: getRolePolicy,
  GetSAMLProvider: getSamlProvider,
  ListAttachedRolePolicies: listAttachedRolePolicies,
  ListOpenIDConnectProviders: listOidcProviders,
  ListRolePolicies: listRolePolicies,
  ListRoles: listRoles,
  ListSAMLProviders: listSamlProviders,
  PutRolePolicy: putRolePolicy,
  UpdateAssumeRolePolicy: updateAssumeRolePolicy,
};

const VERSION = "2010-05-08";
const NAMESPACE = `https://iam.amazonaws.com/doc/${VERSION}/`;

/** https://docs.aws.amazon.com/IAM/latest/APIReference/, the errors of each operation. */
const statuses: Readonly<Record<string, number>> = {
  DeleteConflict: 409,
  EntityAlreadyExists: 409,
  LimitExceeded: 409,
  NoSuchEntity: 404,
};

interface IamContext {
  readonly accountId: string;
  readonly documents: Documents;
  readonly now: () => Date;
  readonly onCall?: ((operation: string, input: unknown) => void) | undefined;
}

/** Whether a request is for IAM: by the service in its signature, or without one by the version of the API. */
export function isIamRequest(request: LocalRequest): boolean {
  if (!isQueryRequest(request)) return false;
  const { authorization } = request.headers;
  const signature = authorization === undefined ? undefined : readSignature(authorization);
  return signature ? signature.service === "iam" : formOf(request).get("Version") === VERSION;
}

/** Handles a request to IAM; never throws. Anything but a ServiceError is passed to `onFault`. */
export function handleIam(
  request: LocalRequest,
  requestId: string,
  context: IamContext,
  onFault: (error: unknown) => void,
): LocalResponse {
  try {
    const form = formOf(request);
    const action = form.get("Action") ?? "";
    return querySuccess(action, NAMESPACE, run(action, form, request, context), requestId);
  } catch (error) {
    if (!(error instanceof ServiceError)) onFault(error);
    return queryFailure(error, NAMESPACE, statuses, requestId);
  }
}

/** The signature names the service and the region, and is not verified. IAM's region stands for its partition only. */
function run(action: string, form: URLSearchParams, request: LocalRequest, context: IamContext) {
  if (request.body.byteLength > MAX_BODY_BYTES)
    throw new ServiceError("RequestEntityTooLarge", `Request body is larger than ${MAX_BODY_BYTES} bytes`);
  const operation = Object.hasOwn(operations, action) ? operations[action] : undefined;
  if (!operation)
    throw new ServiceError("InvalidAction", `Could not find operation ${action} for version ${form.get("Version")}`);
  const { authorization } = request.headers;
  if (authorization === undefined)
    throw new ServiceError("MissingAuthenticationToken", "Request is missing Authentication Token");
  const signature = readSignature(authorization);
  if (!signature) throw new ServiceError("IncompleteSignature", "Authorization header is not a signature of version 4");
  const rawInput = inputOfForm(operation.input, form);
  context.onCall?.(`iam:${action}`, rawInput);
  const prefix = `arn:${partitionOf(signature.region)}:iam::${context.accountId}:`;
  const call = { prefix, documents: context.documents, now: context.now() };
  return operation.run(checkIamInput(operation.input, rawInput), call);
}

/** Throws ValidationError. */
function checkIamInput(members: Members, input: object): object {
  try {
    return checkInput(members, input);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    const [, member = ""] =
      /^1 validation error detected: Value '.*' at '(\w+)' failed to satisfy constraint: Member must satisfy regular expression pattern/s.exec(
        error.message,
      ) ?? [];
    const rule = Object.hasOwn(rules, member) ? rules[member] : undefined;
    const message = rule === undefined ? error.message : `The specified value for ${member} is invalid. ${rule}`;
    throw new ServiceError("ValidationError", message);
  }
}

const ofName = "It must contain only alphanumeric characters and/or the following: +=,.@_-";
/** What IAM says in the place of the pattern. */
const rules: Readonly<Record<string, string>> = {
  roleName: ofName,
  policyName: ofName,
  path: "It must begin and end with / and contain only alphanumeric characters and/or / characters.",
};
