/** User pools in a seed file: the members of CreateUserPool, CreateUserPoolClient and CreateGroup that can be read back. */
import { type Fields, isRecord } from "../../util/json.ts";
import type { SeedSection } from "../iam/seed.ts";
import { checkInput } from "../protocol/constraints.ts";
import { ServiceError } from "../protocol/errors.ts";
import { type Members, optional, required, type Shape } from "../protocol/shapes.ts";
import { clientId, userPoolId } from "./user-pools.ts";

const text: Shape = { type: "string", max: 2048 };
const boolean = optional({ type: "boolean" });
const texts = optional({ type: "list", max: 100, of: text });
const seconds = optional({ type: "number", min: 0, max: 315_360_000 });
const name: Shape = { type: "string", min: 1, max: 128 };

const structure = (members: Members) => optional({ type: "structure", members });

const client: Members = {
  ClientId: required(clientId),
  ClientName: required(name),
  ReadAttributes: texts,
  WriteAttributes: texts,
  ExplicitAuthFlows: texts,
  SupportedIdentityProviders: texts,
  CallbackURLs: texts,
  LogoutURLs: texts,
  AllowedOAuthFlows: texts,
  AllowedOAuthScopes: texts,
  AllowedOAuthFlowsUserPoolClient: boolean,
  EnableTokenRevocation: boolean,
  PreventUserExistenceErrors: optional(text),
  RefreshTokenValidity: seconds,
  AccessTokenValidity: seconds,
  IdTokenValidity: seconds,
};

const group: Members = {
  GroupName: required(name),
  Description: optional(text),
  RoleArn: optional({ type: "string", min: 20, max: 2048 }),
  Precedence: optional({ type: "number", min: 0, max: 2_147_483_647 }),
};

const userPoolMembers: Members = {
  UserPoolId: required(userPoolId),
  PoolName: required(name),
  AdminCreateUserConfig: structure({ AllowAdminCreateUserOnly: boolean }),
  AutoVerifiedAttributes: texts,
  UsernameAttributes: texts,
  AliasAttributes: texts,
  UserAttributeUpdateSettings: structure({ AttributesRequireVerificationBeforeUpdate: texts }),
  MfaConfiguration: optional({ type: "string", enum: ["OFF", "ON", "OPTIONAL"] }),
  DeletionProtection: optional({ type: "string", enum: ["ACTIVE", "INACTIVE"] }),
  UserPoolTier: optional({ type: "string", enum: ["LITE", "ESSENTIALS", "PLUS"] }),
  LambdaConfig: structure({
    PreSignUp: optional(text),
    PreAuthentication: optional(text),
    PostConfirmation: optional(text),
    PreTokenGeneration: optional(text),
  }),
  Schema: optional({
    type: "list",
    max: 50,
    of: {
      type: "structure",
      members: {
        Name: required(name),
        AttributeDataType: optional({ type: "string", enum: ["String", "Number", "DateTime", "Boolean"] }),
        Mutable: boolean,
        Required: boolean,
        DeveloperOnlyAttribute: boolean,
      },
    },
  }),
  Clients: optional({ type: "list", max: 1000, of: { type: "structure", members: client } }),
  Groups: optional({ type: "list", max: 10_000, of: { type: "structure", members: group } }),
};

const MAX_USER_POOLS = 1000;

export const userPoolSection: SeedSection = {
  what: "user pool",
  members: userPoolMembers,
  load(entry, { documents, now }) {
    const checked = checkInput(userPoolMembers, entry);
    const { UserPoolId, PoolName, Schema, Clients, Groups, ...description } = checked;
    const id = String(UserPoolId);
    if (documents.get("userPool", id))
      throw new ServiceError("ResourceConflictException", `the id ${id} is already used`);
    if (documents.size("userPool") >= MAX_USER_POOLS)
      throw new ServiceError("LimitExceededException", `there can be at most ${MAX_USER_POOLS} user pools`);
    documents.put("userPool", id, {
      id,
      created: now().getTime(),
      description: { Name: PoolName, ...(Schema !== undefined && { SchemaAttributes: Schema }), ...description },
      clients: byName("ClientId", "client", Clients),
      groups: Object.values(byName("GroupName", "group", Groups)),
    });
  },
  describe: (documents) =>
    documents.list("userPool", "").map(({ id, description: { Name, SchemaAttributes, ...rest }, clients, groups }) => ({
      UserPoolId: id,
      PoolName: Name,
      ...(SchemaAttributes !== undefined && { Schema: SchemaAttributes }),
      ...rest,
      ...(Object.keys(clients).length > 0 && { Clients: Object.values(clients) }),
      ...(groups.length > 0 && { Groups: groups }),
    })),
};

function byName(key: string, what: string, entries: unknown): Readonly<Record<string, Fields>> {
  const found = new Map<string, Fields>();
  for (const entry of Array.isArray(entries) ? entries.filter(isRecord) : []) {
    const own = String(entry[key]);
    if (found.has(own)) throw new ServiceError("ResourceConflictException", `the ${what} ${own} is there twice`);
    found.set(own, entry);
  }
  return Object.fromEntries(found);
}
