/** Guest credentials from an identity pool, with nothing but fetch: both operations are public and need no signature. */

/** Calls an operation. Throws an Error with AWS's code as its name. */
async function call(endpoint, operation, input) {
  const response = await fetch(endpoint, {
    method: "POST",
    headers: {
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": `AWSCognitoIdentityService.${operation}`,
    },
    body: JSON.stringify(input),
  });
  const output = await response.json();
  if (response.ok) return output;
  throw Object.assign(new Error(output.message), { name: output.__type });
}

/** Gives the identity and the access key of a new guest. */
export async function signInAsGuest(endpoint, identityPoolId) {
  const { IdentityId } = await call(endpoint, "GetId", { IdentityPoolId: identityPoolId });
  const { Credentials } = await call(endpoint, "GetCredentialsForIdentity", { IdentityId });
  return { identityId: IdentityId, accessKeyId: Credentials.AccessKeyId };
}
