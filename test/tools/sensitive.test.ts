/** Where the secrets of an answer are, by the path that leads to each. */
import { expect, it } from "vitest";
import { getCredentialsForIdentity } from "../../src/tools/credentials.ts";
import { mapSensitive } from "../../src/tools/sensitive.ts";

it("gives each secret with how it may be shown and where it stood", () => {
  const answer = { IdentityId: "id", Credentials: { AccessKeyId: "key", SecretKey: "secret", Expiration: "later" } };
  const mapped = mapSensitive(getCredentialsForIdentity.output, answer, (...found) => found);
  expect(mapped).toEqual({
    IdentityId: "id",
    Credentials: {
      AccessKeyId: ["key", "last four", ["Credentials", "AccessKeyId"]],
      SecretKey: ["secret", "nothing", ["Credentials", "SecretKey"]],
      Expiration: "later",
    },
  });
});
