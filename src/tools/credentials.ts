import { arn, identityId, logins, shown } from "./members.ts";
import { defineTool } from "./tool.ts";

export const getCredentialsForIdentity = defineTool({
  name: "get-credentials-for-identity",
  summary:
    "Gets temporary AWS credentials for an identity (enhanced flow). They are not shown: the answer tells how a person uses them.",
  effect: "vend",
  command: "GetCredentialsForIdentityCommand",
  input: {
    IdentityId: identityId,
    Logins: logins.optional(),
    CustomRoleArn: arn.describe("One of the roles in the token's cognito:roles").optional(),
  },
  output: { IdentityId: shown.text, Credentials: shown.credentials },
});

export const getOpenIdToken = defineTool({
  name: "get-open-id-token",
  summary:
    "Gets an OpenID token for an identity, valid for 10 minutes (classic flow). It is not shown: the answer tells how a person uses it.",
  effect: "vend",
  command: "GetOpenIdTokenCommand",
  input: { IdentityId: identityId, Logins: logins.optional() },
  output: { IdentityId: shown.text, Token: shown.secret },
});
