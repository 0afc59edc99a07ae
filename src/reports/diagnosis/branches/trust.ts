/** Whether the role lets the identity in. AWS has one text for most of these, so that only the account tells them apart. */
import { type Branch, because, type Finding, findings, found, type Judgement, possible } from "../branch.ts";
import { type Facts, kindsOf, valueIn } from "../facts.ts";
import { trustFindings } from "../trust-findings.ts";
import { createRole } from "../trust-fixes.ts";

/** The texts of the enhanced and of the classic flow. */
const REFUSED = [/Invalid identity pool configuration/, /Not authorized to perform sts:AssumeRoleWithWebIdentity/i];
const EXAMPLE = "Invalid identity pool configuration. Check assigned IAM roles for this pool.";
const GUIDE = "https://docs.aws.amazon.com/cognito/latest/developerguide/role-trust-and-permissions.html";
const ISSUES = "https://github.com";

const CLASSIC_FLOW_OPENS =
  "With the classic flow on, every client of the pool can choose any role whose trust policy lets it in.";

function judgeTrust(id: string, own: (facts: Facts) => readonly Finding[] = () => []): Branch["judge"] {
  return (facts): Judgement => {
    const { list, complete, sound, notJudged } = trustFindings(facts);
    const mine = [
      ...own(facts),
      ...list.filter(({ branch }) => branch === id).map(({ branch: _, ...finding }) => finding),
    ];
    if (mine.length > 0) return mine;
    if (!complete) return undefined;
    // Without a role there is no trust policy to look at.
    if (kindsWithoutRole(facts).some(({ certain }) => certain)) return [];
    if (notJudged.has(id)) return list.length > 0 ? [] : undefined;
    return sound.length + list.length > 0 ? "clear" : undefined;
  };
}

/** Kinds for which the pool has no role. */
function kindsWithoutRole(facts: Facts): readonly Finding[] {
  const roles = valueIn(facts.roles);
  if (!roles) return [];
  return kindsOf(facts).flatMap((kind) => {
    const member = kind === "guest" ? "unauthenticated" : "authenticated";
    if (roles[member] !== undefined) return [];
    // Rules and groups can give users roles without a default.
    const certain = kind !== "user" || roles.mappings.size === 0;
    const finding = (certain ? found : possible)(
      { for: kind, missing: `Roles.${member}` },
      {
        tool: "set-identity-pool-roles",
        arguments: { IdentityPoolId: facts.poolId, Roles: { [member]: "ARN of the role" } },
      },
      createRole(facts, { kind, provider: facts.asked.provider }),
    );
    return [
      because(`No role is set for ${kind === "guest" ? "guests" : "users"}: Roles.${member} is missing.`, finding),
    ];
  });
}

export const trustBranches: readonly Branch[] = [
  {
    id: "B19",
    title: "no usable role",
    stage: "trust",
    cause:
      "There is no role for this kind of identity: none is set, it does not exist, or its trust policy does not name the service of this partition as a federated principal.",
    tell: "get-identity-pool-roles shows no role for the kind, iam:GetRole does not find it, or its trust policy has another Principal.",
    texts: REFUSED,
    example: EXAMPLE,
    needs: ["pool roles", "role"],
    advice:
      "Set the role with set-identity-pool-roles. Its trust policy needs the principal Federated cognito-identity.amazonaws.com, or that of the partition.",
    sources: [
      GUIDE,
      `${ISSUES}/aws-amplify/amplify-js/issues/741`,
      "https://docs.aws.amazon.com/govcloud-us/latest/UserGuide/govcloud-cog.html",
    ],
    judge: judgeTrust("B19", (facts) => [...kindsWithoutRole(facts), ...trustFindings(facts).notRead]),
  },
  {
    id: "B20",
    title: "action of the trust policy",
    stage: "trust",
    cause: "The trust policy allows another action than sts:AssumeRoleWithWebIdentity.",
    tell: "The Action of the trust policy, often sts:AssumeRole.",
    texts: REFUSED,
    example: EXAMPLE,
    needs: ["role"],
    advice: "Set the Action of the trust policy to sts:AssumeRoleWithWebIdentity.",
    sources: [GUIDE, "https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html"],
    judge: judgeTrust("B20"),
  },
  {
    id: "B21",
    title: "aud of the trust policy",
    stage: "trust",
    cause: "The trust policy is for another pool: its condition on aud does not have the id of this identity pool.",
    tell: "The condition on cognito-identity.amazonaws.com:aud. It can have the id of a user pool by mistake.",
    texts: REFUSED,
    example: EXAMPLE,
    needs: ["role"],
    advice: "Set StringEquals cognito-identity.amazonaws.com:aud to the id of the identity pool.",
    sources: [GUIDE, `${ISSUES}/aws-amplify/amplify-js/issues/5113`],
    judge: judgeTrust("B21"),
  },
  {
    id: "B22",
    title: "amr of the trust policy",
    stage: "trust",
    cause:
      "The trust policy is for another kind of identity: its condition on amr, or a key that does not exist, does not fit.",
    tell: "The condition on cognito-identity.amazonaws.com:amr: authenticated, unauthenticated, or a provider's name, with ForAnyValue.",
    texts: REFUSED,
    example: EXAMPLE,
    needs: ["role"],
    advice:
      "Set ForAnyValue:StringLike cognito-identity.amazonaws.com:amr to authenticated for users, unauthenticated for guests.",
    sources: [GUIDE, "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html"],
    judge: judgeTrust("B22"),
  },
  {
    id: "B23",
    title: "another condition or a Deny of the trust policy",
    stage: "trust",
    cause: "Another condition of the trust policy fails, such as one on sub, or a Deny applies.",
    tell: "The other conditions and the Deny statements of the trust policy.",
    texts: REFUSED,
    example: EXAMPLE,
    needs: ["role", "identity"],
    advice: "Remove the condition or the Deny, or correct its values.",
    sources: ["https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html", GUIDE],
    judge: judgeTrust("B23"),
  },
  {
    id: "B24",
    title: "session tags",
    stage: "trust",
    cause:
      "The pool sends principal tags, and the trust policy does not allow sts:TagSession; or the tags have more than 460 bytes.",
    tell: "get-principal-tag-attribute-map shows tags of the provider.",
    texts: REFUSED,
    example: EXAMPLE,
    needs: ["principal tags", "role"],
    advice:
      "Add sts:TagSession to the actions of the trust policy, or remove the mapping with set-principal-tag-attribute-map.",
    sources: [
      "https://docs.aws.amazon.com/cognito/latest/developerguide/using-attributes-for-access-control-policy-example.html",
      "https://docs.aws.amazon.com/cognito/latest/developerguide/using-afac-with-cognito-identity-pools.html",
      `${ISSUES}/aws/aws-cdk/issues/30919`,
    ],
    judge: judgeTrust("B24"),
  },
  {
    id: "B25",
    title: "another account or the organization",
    stage: "trust",
    cause:
      "The role is in another account, whose trust policy needs aud and amr in the classic flow; or a service or resource control policy of the organization denies sts:AssumeRoleWithWebIdentity, which cannot be read from here.",
    tell: "The account in the role's ARN. CloudTrail in the role's account records the refusal of AssumeRoleWithWebIdentity.",
    texts: REFUSED,
    example: EXAMPLE,
    needs: ["role"],
    advice:
      "Check the trust policy in the role's account, and ask the organization's administrators for policies on sts:AssumeRoleWithWebIdentity.",
    sources: [
      "https://docs.aws.amazon.com/cognito/latest/developerguide/iam-roles.html",
      "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html",
    ],
    judge: (facts) => {
      const { list, complete, sound, notJudged } = trustFindings(facts);
      const foreign = list.filter(({ branch }) => branch === "B25");
      if (foreign.length > 0) return foreign.map(({ branch: _, ...finding }) => finding);
      const missing = kindsWithoutRole(facts);
      // Beside a cause that is known, and a role of this account, it only makes the answer longer.
      if ([...list, ...missing].some(({ certain }) => certain) || (complete && list.length > 0)) return [];
      const refused = REFUSED.some((text) => text.test(facts.asked.errorText ?? ""));
      const roles = valueIn(facts.roles);
      if (!refused || !complete || !roles || missing.length > 0 || notJudged.size > 0) return undefined;
      const advice =
        "Ask the organization's administrators for policies on sts:AssumeRoleWithWebIdentity. Changes of IAM take some seconds.";
      return [
        because(
          "The roles let the identity in: a policy of the organization can deny it, which cannot be read from here.",
          possible({ rolesThatLetIn: sound }, { advice }),
        ),
      ];
    },
  },
  {
    id: "B26",
    title: "classic flow",
    stage: "trust",
    cause: "The classic flow is not available: the pool has it off, has role mappings, or the login is by SAML.",
    tell: "AllowClassicFlow and RoleMappings of the pool.",
    texts: [/Basic \(classic\) flow is not (enabled|supported)/],
    example: "Basic (classic) flow is not enabled, please use enhanced flow.",
    needs: ["error text", "pool", "pool roles"],
    advice: "Use GetCredentialsForIdentity, the enhanced flow.",
    sources: [
      "https://docs.aws.amazon.com/cognito/latest/developerguide/authentication-flow.html",
      `${ISSUES}/aws/aws-cli/issues/7652`,
    ],
    judge: ({ pool: poolRead, roles: rolesRead, asked: { flow, provider }, poolId }) => {
      const pool = valueIn(poolRead);
      if (flow !== "classic" || !pool) return undefined;
      const enhanced = { advice: "Use GetCredentialsForIdentity, the enhanced flow." };
      const list: Finding[] = [];
      if (pool.classicFlow === false)
        list.push(
          because(
            "The pool has the classic flow off.",
            found(
              { AllowClassicFlow: false },
              enhanced,
              { tool: "update-identity-pool", arguments: { IdentityPoolId: poolId, AllowClassicFlow: true } },
              { advice: CLASSIC_FLOW_OPENS },
            ),
          ),
        );
      const mappings = [...(valueIn(rolesRead)?.mappings.keys() ?? [])];
      if (mappings.length > 0)
        list.push(
          because(
            "The pool has role mappings, with which there is no classic flow.",
            found({ RoleMappings: mappings }, enhanced),
          ),
        );
      if (provider !== undefined && pool.samlArns.includes(provider))
        list.push(because("There is no classic flow for logins by SAML.", found({ provider }, enhanced)));
      return findings(list);
    },
  },
];
