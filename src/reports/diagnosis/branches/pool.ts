/** Whether the request reaches the pool. */
import { type Branch, byTextAlone, found } from "../branch.ts";
import { valueIn } from "../facts.ts";

export const poolBranches: readonly Branch[] = [
  {
    id: "B1",
    title: "pool not found",
    stage: "pool",
    cause:
      "The identity pool does not exist in this region and account: it was deleted, or the id or the region is wrong.",
    tell: "describe-identity-pool does not find the pool.",
    texts: [/IdentityPool '[^']{0,200}' not found/],
    example: "IdentityPool 'us-east-1:…' not found.",
    needs: ["error text", "pool"],
    advice: "Compare the id in the application with list-identity-pools in the region that the id begins with.",
    sources: [
      "https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_GetId.html",
      "https://github.com/awslabs/aws-sdk-android-samples/issues/163",
    ],
    judge: ({ pool, region }) => {
      if (pool.state === "missing")
        return [found({ region }, { tool: "list-identity-pools", arguments: { region, allPages: true } })];
      return pool.state === "read" ? "clear" : undefined;
    },
  },
  {
    id: "B2",
    title: "identity not found",
    stage: "pool",
    cause: "The identity does not exist: it was deleted, or it belongs to another pool, region or account.",
    tell: "describe-identity does not find the identity.",
    texts: [/Identity '[^']{0,200}' not found/],
    example: "Identity 'us-east-1:…' not found.",
    needs: ["error text", "identity"],
    advice: "The application must forget the id that it stored, and call GetId again.",
    sources: ["https://github.com/aws-amplify/amplify-js/issues/2301"],
    judge: ({ identity, poolId }) => {
      if (identity.state !== "missing") return identity.state === "read" ? "clear" : undefined;
      const again = poolId === undefined ? [] : [{ tool: "get-id", arguments: { IdentityPoolId: poolId } }];
      return [
        found({}, ...again, { advice: "The application must forget the id that it stored, and call GetId again." }),
      ];
    },
  },
  {
    id: "B3",
    title: "identity closed to the request",
    stage: "pool",
    cause:
      "The identity is closed to this request: it belongs to a user and the request has no login, or it was merged into another identity.",
    tell: "describe-identity shows a login for an identity of a user. Of an identity that was merged away AWS shows nothing.",
    texts: [/Access to Identity '[^']{0,200}' is forbidden/],
    example: "Access to Identity 'us-east-1:…' is forbidden.",
    needs: ["error text", "identity"],
    advice:
      "Pass a login of the identity in Logins. After a merge, call GetId with the user's logins to get the current identity.",
    sources: [
      "https://github.com/aws-amplify/amplify-js/issues/6616",
      "https://github.com/aws-amplify/amplify-js/issues/5015",
      "https://docs.aws.amazon.com/cognito/latest/developerguide/authentication-flow.html",
    ],
    judge: ({ identity, asked, pool }) => {
      const logins = valueIn(identity)?.logins;
      if (!logins) return undefined;
      if (asked.kind === "guest" && logins.length > 0 && valueIn(pool)?.guests !== false)
        return [
          found(
            { logins },
            {
              advice: "Pass a login of the identity in Logins, or let the guest get an identity of its own with GetId.",
            },
          ),
        ];
      return asked.kind === "guest" && logins.length === 0 ? "clear" : undefined;
    },
  },
  {
    id: "B4",
    title: "throttled",
    stage: "pool",
    cause: "The service is throttled, or a login provider did not answer it. The configuration is not the cause.",
    tell: "The error passes by itself.",
    texts: [/TooManyRequests|Rate exceeded|Throttl|ExternalService/],
    example: "TooManyRequestsException: Rate exceeded",
    needs: ["error text"],
    advice:
      "Retry with growing pauses, and keep identity ids and credentials until they expire. GetId takes 25 requests a second in an account.",
    sources: [
      "https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html",
      "https://github.com/aws-amplify/amplify-js/issues/13608",
    ],
    judge: byTextAlone,
  },
  {
    id: "B5",
    title: "denied outside of the pool",
    stage: "pool",
    cause:
      "A policy outside of the pool denies the request, which has no signature: that of a VPC endpoint, or a resource control policy.",
    tell: "The denied action is one of cognito-identity that needs no credentials: GetId, GetCredentialsForIdentity, GetOpenIdToken, UnlinkIdentity.",
    texts: [
      /not authorized to perform: cognito-identity:(GetId|GetCredentialsForIdentity|GetOpenIdToken|UnlinkIdentity)\b/,
    ],
    example: "User: anonymous is not authorized to perform: cognito-identity:GetId on resource: …",
    needs: ["error text"],
    advice: "Ask whoever manages the VPC endpoint and the organization to except these actions.",
    sources: [
      "https://docs.aws.amazon.com/cognito/latest/developerguide/security-iam.html",
      "https://github.com/aws-samples/resource-control-policy-examples/pull/18",
    ],
    judge: byTextAlone,
  },
];
