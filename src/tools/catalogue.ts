import { getCredentialsForIdentity, getOpenIdToken } from "./credentials.ts";
import {
  getOpenIdTokenForDeveloperIdentity,
  lookupDeveloperIdentity,
  mergeDeveloperIdentities,
  unlinkDeveloperIdentity,
} from "./developer-identities.ts";
import { deleteIdentities, describeIdentity, getId, listIdentities, unlinkIdentity } from "./identities.ts";
import {
  createIdentityPool,
  deleteIdentityPool,
  describeIdentityPool,
  listIdentityPools,
  updateIdentityPool,
} from "./identity-pools.ts";
import { getPrincipalTagAttributeMap, setPrincipalTagAttributeMap } from "./principal-tags.ts";
import { getIdentityPoolRoles, setIdentityPoolRoles } from "./roles.ts";
import { listTagsForResource, tagResource, untagResource } from "./tags.ts";
import type { Tool } from "./tool.ts";

/** Every operation of the service, in the order in which a client lists them. */
export const catalogue: readonly Tool[] = [
  listIdentityPools,
  describeIdentityPool,
  createIdentityPool,
  updateIdentityPool,
  deleteIdentityPool,
  getIdentityPoolRoles,
  setIdentityPoolRoles,
  getPrincipalTagAttributeMap,
  setPrincipalTagAttributeMap,
  listTagsForResource,
  tagResource,
  untagResource,
  getId,
  listIdentities,
  describeIdentity,
  deleteIdentities,
  unlinkIdentity,
  getCredentialsForIdentity,
  getOpenIdToken,
  getOpenIdTokenForDeveloperIdentity,
  lookupDeveloperIdentity,
  mergeDeveloperIdentities,
  unlinkDeveloperIdentity,
];
