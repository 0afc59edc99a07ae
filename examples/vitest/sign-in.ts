/** The application: signs a user in with a user pool's ID token and gives temporary AWS credentials. */
import {
  type CognitoIdentityClient,
  GetCredentialsForIdentityCommand,
  GetIdCommand,
} from "@aws-sdk/client-cognito-identity";

export interface SignedIn {
  readonly identityId: string;
  readonly accessKeyId: string;
  readonly sessionToken: string;
}

/** Without a token, the caller is a guest. */
export async function signIn(
  client: CognitoIdentityClient,
  identityPoolId: string,
  login?: { readonly provider: string; readonly idToken: string },
): Promise<SignedIn> {
  const logins = login && { Logins: { [login.provider]: login.idToken } };
  const { IdentityId } = await client.send(new GetIdCommand({ IdentityPoolId: identityPoolId, ...logins }));
  const { Credentials, IdentityId: actualId = "" } = await client.send(
    new GetCredentialsForIdentityCommand({ IdentityId, ...logins }),
  );
  return {
    identityId: actualId,
    accessKeyId: Credentials?.AccessKeyId ?? "",
    sessionToken: Credentials?.SessionToken ?? "",
  };
}
