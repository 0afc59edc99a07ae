/** The errors that every service of AWS gives; see the common errors of https://docs.aws.amazon.com/cognitoidentity/latest/APIReference. */
import { expect, it } from "vitest";
import { startPuppet, startServer } from "../support/client.ts";

it.each([
  ["ThrottlingException", 400, /throttled/],
  ["RequestExpired", 400, /rejected the signature/],
  ["OptInRequired", 403, /region or service is not enabled/],
  ["NotAuthorized", 400, /do not have this permission/],
  ["UnrecognizedClientException", 400, /does not recognize the AWS credentials/],
  ["ServiceUnavailable", 503, /internal error/],
  ["constructor", 400, /an unknown reason/],
  ["TypeError", 400, /an unknown reason/],
])("%s is said in words", async (code, status, words) => {
  const puppet = await startPuppet(() => ({ status, body: { __type: code, message: "as told" } }));
  try {
    await using session = await startServer({ env: puppet.env });
    const { content } = await session.call("list-identity-pools");
    expect(content).toMatchObject({ failed: expect.stringMatching(words), next: expect.stringMatching(/\.$/), code });
    expect(content["aws"]).toBe(/RequestExpired|UnrecognizedClient/.test(code) ? undefined : "as told");
  } finally {
    puppet.close();
  }
});

it("a service that names its error as one of ours leaves a change in doubt", async () => {
  const puppet = await startPuppet(() => ({ status: 500, body: { __type: "EndpointError" } }));
  try {
    await using session = await startServer({ env: puppet.env });
    const input = { IdentityPoolName: "x", AllowUnauthenticatedIdentities: false };
    const { content } = await session.call("create-identity-pool", input);
    expect(content).toMatchObject({ failed: expect.stringMatching(/internal error.*not known/), outcome: "unknown" });
  } finally {
    puppet.close();
  }
});
