/** Roles, policies and identity providers as entries of a seed. */
import type { Fields } from "../../util/json.ts";
import type { Documents } from "../state/documents.ts";
import type { Tag } from "./records.ts";

/** The records as entries. `own` is the account whose entries do not name it. */
function entriesOf<Entry extends { readonly arn: string; readonly tags: readonly Tag[] }>(
  records: readonly Entry[],
  own: string,
  describe: (record: Entry) => Fields,
): Fields[] {
  return records.map((record) => ({
    ...describe(record),
    ...(record.tags.length > 0 && { Tags: record.tags }),
    ...placeOf(record.arn, own),
  }));
}

export const describePolicies = (documents: Documents, own: string) =>
  entriesOf(documents.list("policy", ""), own, (policy) => ({
    PolicyName: policy.name,
    PolicyDocument: policy.document,
    ...namedOf(policy),
  }));

export const describeSamlProviders = (documents: Documents, own: string) =>
  entriesOf(documents.list("samlProvider", ""), own, ({ arn, metadata }) => ({
    Name: arn.slice(arn.indexOf("/") + 1),
    SAMLMetadataDocument: metadata,
  }));

export const describeOidcProviders = (documents: Documents, own: string) =>
  entriesOf(documents.list("oidcProvider", ""), own, ({ url, clientIds, thumbprints }) => ({
    Url: `https://${url}`,
    ...(clientIds.length > 0 && { ClientIDList: clientIds }),
    ...(thumbprints.length > 0 && { ThumbprintList: thumbprints }),
  }));

export const describeRoles = (documents: Documents, own: string) =>
  entriesOf(documents.list("role", ""), own, (role) => {
    const inline = Object.entries(role.inline);
    const Policies = inline.map(([PolicyName, PolicyDocument]) => ({ PolicyName, PolicyDocument }));
    return {
      RoleName: role.name,
      AssumeRolePolicyDocument: role.trustPolicy,
      ...namedOf(role),
      MaxSessionDuration: role.maxSessionDuration,
      ...(inline.length > 0 && { Policies }),
      ...(role.attached.length > 0 && { ManagedPolicyArns: role.attached }),
    };
  });

function namedOf({ path, description }: { readonly path: string; readonly description: string | undefined }): Fields {
  return { Path: path, ...(description !== undefined && { Description: description }) };
}

function placeOf(arn: string, own: string): Fields {
  const [, Partition, , , AccountId] = arn.split(":");
  return { ...(Partition !== "aws" && { Partition }), ...(AccountId !== own && { AccountId }) };
}
