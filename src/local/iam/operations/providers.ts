/** Identity providers: SAML and OpenID Connect. */
import { optional, required } from "../../protocol/shapes.ts";
import { checkQuota, iamErrors, iamOperation, uniqueId } from "../operation.ts";
import type { Tag } from "../records.ts";
import { arn, clientIds, metadata, samlProviderName, tags, thumbprints, url } from "../shapes.ts";
import { checkTags, tagElements } from "./roles.ts";

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const MAX_PROVIDERS = 100;
const MAX_CLIENT_IDS = 100;
const MAX_THUMBPRINTS = 5;
const A_CENTURY_MS = 100 * 365.25 * 24 * 3_600_000;

export interface CreateSamlProviderInput {
  readonly Name: string;
  readonly SAMLMetadataDocument: string;
  readonly Tags?: readonly Tag[];
}

export const createSamlProvider = iamOperation<CreateSamlProviderInput>({
  input: { Name: required(samlProviderName), SAMLMetadataDocument: required(metadata), Tags: optional(tags) },
  run({ Name, SAMLMetadataDocument, Tags = [] }, { documents, prefix, now }) {
    const providerArn = `${prefix}saml-provider/${Name}`;
    checkTags(Tags);
    const validUntil = validUntilOf(SAMLMetadataDocument) ?? now.getTime() + A_CENTURY_MS;
    if (documents.get("samlProvider", providerArn))
      throw iamErrors.exists(`SAMLProvider with name ${Name} already exists`);
    checkQuota("SAMLProvidersPerAccount", MAX_PROVIDERS, documents.list("samlProvider", prefix).length + 1);
    documents.put("samlProvider", providerArn, {
      arn: providerArn,
      metadata: SAMLMetadataDocument,
      validUntil,
      created: now.getTime(),
      tags: Tags,
    });
    return { SAMLProviderArn: providerArn, Tags: tagElements(Tags) };
  },
});

/** When the metadata expires; undefined if it does not say. Throws InvalidInput for what is no metadata. */
function validUntilOf(text: string): number | undefined {
  const [root] = /<(?:[\w-]+:)?Entit(?:y|ies)Descriptor\b[^>]*>/.exec(text) ?? [];
  if (root === undefined || !/\bentityID\s*=/.test(text)) throw iamErrors.invalidInput("Could not parse metadata");
  const [, written] = /\bvalidUntil\s*=\s*["']([^"']*)["']/.exec(root) ?? [];
  if (written === undefined) return undefined;
  const time = Date.parse(written);
  if (Number.isNaN(time)) throw iamErrors.invalidInput("Could not parse metadata");
  return time;
}

export const getSamlProvider = iamOperation<{ readonly SAMLProviderArn: string }>({
  input: { SAMLProviderArn: required(arn) },
  run({ SAMLProviderArn }, { documents, prefix }) {
    const provider = SAMLProviderArn.startsWith(prefix) ? documents.get("samlProvider", SAMLProviderArn) : undefined;
    if (!provider) throw iamErrors.noSuchEntity(`Manifest not found for arn ${SAMLProviderArn}`);
    return {
      SAMLProviderUUID: uniqueId("ASMP", provider.arn),
      SAMLMetadataDocument: provider.metadata,
      CreateDate: new Date(provider.created),
      ValidUntil: new Date(provider.validUntil),
      Tags: tagElements(provider.tags),
    };
  },
});

export const listSamlProviders = iamOperation<object>({
  input: {},
  run: (_, { documents, prefix }) => ({
    SAMLProviderList: documents.list("samlProvider", prefix).map((provider) => ({
      Arn: provider.arn,
      ValidUntil: new Date(provider.validUntil),
      CreateDate: new Date(provider.created),
    })),
  }),
});

export interface CreateOidcProviderInput {
  readonly Url: string;
  readonly ClientIDList?: readonly string[];
  readonly ThumbprintList?: readonly string[];
  readonly Tags?: readonly Tag[];
}

export const createOidcProvider = iamOperation<CreateOidcProviderInput>({
  input: {
    Url: required(url),
    ClientIDList: optional(clientIds),
    ThumbprintList: optional(thumbprints),
    Tags: optional(tags),
  },
  run({ Url, ClientIDList = [], ThumbprintList = [], Tags = [] }, { documents, prefix, now }) {
    const [, address] = /^https:\/\/([A-Za-z0-9.-]+(?:\/[!-~]*)?)$/.exec(Url) ?? [];
    if (address === undefined || /[?#]/.test(address))
      throw iamErrors.invalidInput("Invalid Open ID Connect Provider URL");
    checkTags(Tags);
    const providerArn = `${prefix}oidc-provider/${address}`;
    if (documents.get("oidcProvider", providerArn)) throw iamErrors.exists(`Provider with url ${Url} already exists.`);
    checkQuota("OpenIdConnectProvidersPerAccount", MAX_PROVIDERS, documents.list("oidcProvider", prefix).length + 1);
    checkQuota("ClientIdsPerOpenIdConnectProvider", MAX_CLIENT_IDS, ClientIDList.length);
    checkQuota("ThumbprintsPerOpenIdConnectProvider", MAX_THUMBPRINTS, ThumbprintList.length);
    documents.put("oidcProvider", providerArn, {
      arn: providerArn,
      url: address,
      clientIds: ClientIDList,
      thumbprints: ThumbprintList,
      created: now.getTime(),
      tags: Tags,
    });
    return { OpenIDConnectProviderArn: providerArn, Tags: tagElements(Tags) };
  },
});

export const getOidcProvider = iamOperation<{ readonly OpenIDConnectProviderArn: string }>({
  input: { OpenIDConnectProviderArn: required(arn) },
  run({ OpenIDConnectProviderArn: providerArn }, { documents, prefix }) {
    const provider = providerArn.startsWith(prefix) ? documents.get("oidcProvider", providerArn) : undefined;
    if (!provider) throw iamErrors.noSuchEntity(`OpenIDConnect Provider not found for arn ${providerArn}`);
    return {
      Url: provider.url,
      ClientIDList: provider.clientIds,
      ThumbprintList: provider.thumbprints,
      CreateDate: new Date(provider.created),
      Tags: tagElements(provider.tags),
    };
  },
});

export const listOidcProviders = iamOperation<object>({
  input: {},
  run: (_, { documents, prefix }) => ({
    OpenIDConnectProviderList: documents.list("oidcProvider", prefix).map((provider) => ({ Arn: provider.arn })),
  }),
});
