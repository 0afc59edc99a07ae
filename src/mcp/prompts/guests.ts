import { identityPoolName, region } from "../../tools/members.ts";
import { roleArn } from "./arguments.ts";
import { definePrompt } from "./prompt.ts";
import { trustPolicy } from "./trust.ts";

export const setUpGuestPool = definePrompt({
  name: "set-up-guest-pool",
  title: "Set up a guest pool",
  description: "A new identity pool whose guests get credentials with the least rights",
  arguments: {
    name: { description: "Name of the new identity pool", required: true, schema: identityPoolName },
    region: { description: "AWS region", required: false, schema: region.unwrap(), completes: "region" },
    roleArn,
  },
  needs: ["list-identity-pools", "create-identity-pool", "set-identity-pool-roles"],
  task: ({ name, region = "the server's own region" }) =>
    `Set up an identity pool named ${name} in ${region}, whose guests get credentials with the least rights.`,
  steps: ({ name, roleArn }, can) => [
    `Look with \`list-identity-pools\` (\`nameContains\`) whether a pool with that name is there. If so, stop and ask which is meant: AWS takes the same name twice.`,
    "Ask the person which AWS actions guests need, and on which resources. Without an answer, guests get no permission at all.",
    `Make it with \`create-identity-pool\`: \`IdentityPoolName\` ${name}, \`AllowUnauthenticatedIdentities\` true, and \`AllowClassicFlow\` false. Left out, the classic flow stays open, and with it the limits that AWS puts on guests in the enhanced flow do not hold.`,
    roleArn === undefined
      ? `These tools do not touch IAM. Write out for the person the role to make: ${trustPolicy("the new pool's id", "unauthenticated")}; its permissions are the actions of step 2 on the resources of step 2, without a wildcard over all. Wait for its ARN.`
      : `Have the person check the role ${roleArn} in IAM: ${trustPolicy("the new pool's id", "unauthenticated")}; its permissions are no more than the actions of step 2.`,
    "Set it with `set-identity-pool-roles`, as `unauthenticated` in `Roles`. Set no role for `authenticated`.",
    ...(can("get-id") && can("get-credentials-for-identity")
      ? [
          "Offer a trial, since it leaves an identity behind: `get-id` with `IdentityPoolId` alone makes a guest, and `get-credentials-for-identity` with its `IdentityId` shows whether the role works. Pass the lines in `use` on to the person; credentials are not shown.",
        ]
      : []),
    "Tell what was made: the pool's id and name, the role, and what guests can do.",
  ],
});
