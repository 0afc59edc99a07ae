import { planLinkToIdentity } from "../plans/linking.ts";
import { identityId, logins, outputs, roleArn } from "./members.ts";
import { defineLinkingTool } from "./tool.ts";

export const getCredentialsForIdentity = defineLinkingTool({
  name: "get-credentials-for-identity",
  summary: "Gets an identity's AWS credentials (not shown) by the enhanced flow.",
  effect: "vend",
  command: "GetCredentialsForIdentityCommand",
  input: {
    IdentityId: identityId,
    Logins: logins.optional(),
    CustomRoleArn: roleArn.describe("A role in the token's cognito:roles").optional(),
  },
  output: { IdentityId: outputs.text, Credentials: outputs.credentials },
  unsigned: true,
  planIfLinking: planLinkToIdentity<"GetCredentialsForIdentityCommand">,
});

export const getOpenIdToken = defineLinkingTool({
  name: "get-open-id-token",
  summary: "Gets an identity's OpenID token (not shown) for the classic flow.",
  effect: "vend",
  command: "GetOpenIdTokenCommand",
  input: { IdentityId: identityId, Logins: logins.optional() },
  output: { IdentityId: outputs.text, Token: outputs.secret },
  unsigned: true,
  planIfLinking: planLinkToIdentity<"GetOpenIdTokenCommand">,
});
