import { identityPoolName, region } from "../../tools/members.ts";
import { roleArn } from "./arguments.ts";
import { definePrompt } from "./prompt.ts";
import { trustPolicy } from "./trust.ts";

export const setUpGuestPool = definePrompt({
  name: "set-up-guest-pool",
  title: "Set up a guest pool",
  description: "Creates an identity pool whose guests get credentials with least privilege",
  arguments: {
    name: { description: "Name of the new identity pool", required: true, schema: identityPoolName },
    region: { description: "AWS region", required: false, schema: region.unwrap(), completes: "region" },
    roleArn,
  },
  needs: ["list-identity-pools", "create-identity-pool", "set-identity-pool-roles"],
  task: ({ name, region = "the server's default region" }) =>
    `Set up an identity pool named ${name} in ${region}, whose guests get credentials with least privilege.`,
  steps: ({ name, region, roleArn }, can) => [
    `Check with \`list-identity-pools\` (\`nameContains\`) whether a pool with this name exists. If so, stop and ask the person what to do: AWS allows two pools with the same name.`,
    "Ask the person which AWS actions guests need, and on which resources. Without an answer, give guests no permissions.",
    `Create the pool with \`create-identity-pool\`: \`IdentityPoolName\` ${name}, \`AllowUnauthenticatedIdentities\` true, and \`AllowClassicFlow\` false. If \`AllowClassicFlow\` is omitted, the basic (classic) flow is open, and AWS does not apply the restrictions for guests of the enhanced flow.`,
    roleArn === undefined
      ? `These tools cannot change IAM. Describe to the person the role to create: ${trustPolicy("the new pool's id", "unauthenticated", region)}; its permissions are the actions and resources of step 2, without a wildcard for all resources. Wait for the ARN of the role.`
      : `Ask the person to check the role ${roleArn} in IAM: ${trustPolicy("the new pool's id", "unauthenticated", region)}; its permissions are not broader than step 2.`,
    "Set the role with `set-identity-pool-roles`, as `unauthenticated` in `Roles`. Do not set a role for `authenticated`.",
    ...(can("get-id") && can("get-credentials-for-identity")
      ? [
          "Offer to test the pool, and say that the test creates an identity: `get-id` with only `IdentityPoolId` creates a guest, and `get-credentials-for-identity` with its `IdentityId` shows whether the role works. Give the person the lines in `use`; credentials are not shown.",
        ]
      : []),
    "Report the result: the id and name of the pool, the role, and the permissions of guests.",
  ],
});
