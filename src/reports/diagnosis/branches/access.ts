/** What is denied with good credentials. */
import { type Branch, because, byTextAlone, found, possible } from "../branch.ts";
import { findAction, passesGuestCeiling, readDeniedAccess, roleNameOf } from "../denied-access.ts";
import { type Facts, kindsOf, valueIn } from "../facts.ts";
import { candidatesOf } from "../roles-of.ts";

const GUIDE = "https://docs.aws.amazon.com/cognito/latest/developerguide/iam-roles.html";
const DENIED = "https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html";

const BEYOND_GUESTS =
  "Let users who need the action sign in, or offer it through a service that guests may call, such as Lambda or API Gateway. The classic flow has no such session policy: with it, the role alone limits guests.";

/** Whether the role that was denied is the guests' and not the users'. */
function isGuestsRole({ roles: read }: Facts, name: string | undefined): boolean {
  const roles = valueIn(read);
  if (name === undefined || roles?.unauthenticated === undefined) return false;
  const isRole = (arn: string | undefined) => arn !== undefined && roleNameOf(arn) === name;
  return isRole(roles.unauthenticated) && !isRole(roles.authenticated);
}

export const accessBranches: readonly Branch[] = [
  {
    id: "B29",
    title: "credentials of a guest after the sign-in",
    stage: "access",
    cause: "The user holds the credentials of a guest, which the application got before the sign-in and still uses.",
    tell: "GetCallerIdentity, or the denial's text, names the guests' role.",
    texts: [],
    example: undefined,
    needs: ["error text", "pool roles"],
    advice: "After a sign-in, forget the cached credentials and get new ones with Logins.",
    sources: ["https://docs.aws.amazon.com/cognito/latest/developerguide/switching-identities.html"],
    judge: (facts) => {
      const role = /:assumed-role\/([\w+=,.@-]{1,64})\//.exec(facts.asked.errorText ?? "")?.[1];
      if (role === undefined || facts.roles.state !== "read") return undefined;
      const isUser =
        facts.asked.kind === "user" ||
        facts.asked.kind === "developer" ||
        (facts.asked.kind === undefined && !kindsOf(facts).includes("guest"));
      if (!isGuestsRole(facts, role)) return "clear";
      const fix = { advice: "After a sign-in, forget the cached credentials and get new ones with Logins." };
      return isUser ? [found({ role }, fix)] : facts.asked.kind === "guest" ? "clear" : [possible({ role }, fix)];
    },
  },
  {
    id: "B27",
    title: "limit of what guests may do",
    stage: "access",
    cause:
      "In the enhanced flow, AWS limits what guests may do by session policies, whatever their role allows, and this action is not in them.",
    tell: "The text says that no session policy allows the action, and the identity is a guest's.",
    texts: [/because no session policy allows/],
    example:
      "… is not authorized to perform: ssm:GetParameter on resource: … because no session policy allows the ssm:GetParameter action",
    needs: ["error text", "pool roles"],
    advice: BEYOND_GUESTS,
    sources: [
      GUIDE,
      "https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonCognitoUnAuthedIdentitiesSessionPolicy.html",
    ],
    judge: (facts) => {
      const denied = readDeniedAccess(facts.asked.errorText);
      if (!denied || denied.action.startsWith("sts:")) return undefined;
      const isGuest = isGuestsRole(facts, denied.role) || (facts.asked.kind === "guest" && denied.role === undefined);
      if (passesGuestCeiling(denied.action) || facts.asked.flow === "classic") return "clear";
      if (!isGuest) return undefined;
      const role = denied.role !== undefined && { role: denied.role };
      return [found({ action: denied.action, ...role }, { advice: BEYOND_GUESTS })];
    },
  },
  {
    id: "B28",
    title: "permissions of the role",
    stage: "access",
    cause:
      "The role's policies do not allow the action, or another policy denies it: of the resource, its KMS key, a permissions boundary or the organization.",
    tell: "The words after because: no identity-based policy, no permissions boundary, no resource-based policy, a service control policy, an explicit deny.",
    texts: [
      /because no (identity|resource)-based policy|no permissions boundary allows|service control policy|resource control policy|with an explicit deny|AccessDenied/,
    ],
    example:
      "… is not authorized to perform: s3:GetObject on resource: … because no identity-based policy allows the s3:GetObject action",
    vague: /^(?!.*(?:\bbecause\b|\bpolicy\b|\bboundary\b|\bexplicit deny\b))/s,
    needs: ["error text", "role policies"],
    advice:
      "Allow the action on the resource in a policy of the role. For AWS IoT, attach an IoT policy to the identity as well (AttachPolicy).",
    sources: [DENIED, "https://docs.aws.amazon.com/iot/latest/developerguide/cog-iot-policies.html"],
    judge: (facts) => {
      const denied = readDeniedAccess(facts.asked.errorText);
      if (!denied || /^(sts|cognito-identity):/.test(denied.action)) return undefined;
      const candidates = candidatesOf(facts).list.filter(
        ({ arn }) => denied.role === undefined || roleNameOf(arn) === denied.role,
      );
      if (candidates.length === 0) return undefined;
      const list = candidates.flatMap(({ arn }) => {
        const policies = valueIn(facts.policies(arn));
        if (!policies) return [];
        const { allowing, denying, malformed } = findAction(policies.list, denied);
        const evidence = {
          role: arn,
          action: denied.action,
          ...(denied.resource !== undefined && { resource: denied.resource }),
          policies: policies.list.length,
          ...(malformed.length > 0 && { unreadablePolicies: malformed }),
          ...(!policies.complete && { note: "The role has more policies than were read." }),
        };
        if (denying.length > 0)
          return [
            because(
              "A policy of the role denies the action.",
              found(
                { ...evidence, denying },
                { iam: "iam:PutRolePolicy", role: arn, place: "Remove or narrow the Deny in the named policies." },
              ),
            ),
          ];
        const boundary = valueIn(asRead(facts.role(arn)))?.boundary;
        if (allowing.length > 0)
          return [
            because(
              "A policy of the role allows the action: its conditions do not hold, or another policy denies it.",
              possible(
                { ...evidence, allowing, ...(boundary !== undefined && { permissionsBoundary: boundary }) },
                {
                  advice:
                    "Check the conditions of these policies, the policy of the resource and of its KMS key, the permissions boundary, and the organization's policies.",
                },
              ),
            ),
          ];
        const statement = {
          Effect: "Allow",
          Action: denied.action,
          Resource: denied.resource ?? "ARN of the resource",
        };
        const finding = (policies.complete ? found : possible)(
          { ...evidence, allowing: [] },
          {
            iam: "iam:PutRolePolicy",
            role: arn,
            place: "Add the statement to a policy of the role, with every resource that the application needs.",
            statement,
          },
        );
        return [because(policies.complete ? "No policy of the role allows the action." : undefined, finding)];
      });
      return list.length > 0 ? list : undefined;
    },
  },
  {
    id: "B30",
    title: "credentials expired",
    stage: "access",
    cause: "The credentials have expired: those of the enhanced flow last an hour.",
    tell: "It worked before, and works again after a restart.",
    texts: [/ExpiredToken|security token included in the request is expired/i],
    example: "ExpiredToken: The provided token has expired.",
    needs: ["error text"],
    advice: "Let the SDK refresh the credentials, or get new ones before the Expiration that came with them.",
    sources: ["https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_Credentials.html"],
    judge: byTextAlone,
  },
];

/** A role of another account was not read. */
function asRead(role: ReturnType<Facts["role"]>) {
  return role.state === "other account" ? ({ state: "not asked" } as const) : role;
}
