/** Names and ids that tasks share. */
export const account = "000000000000";

export const roleArn = (name: string) => `arn:aws:iam::${account}:role/${name}`;

/** A pool id with this number in it. */
export const poolId = (number: number, region = "eu-west-1") =>
  `${region}:7c1f0000-3a5e-4d27-9b64-${String(number).padStart(12, "0")}`;

/** The user pool of the examples, and its client. */
export const userPoolId = "eu-west-1_Yk3Tn8QpL";
export const userPool = `cognito-idp.eu-west-1.amazonaws.com/${userPoolId}`;
export const client = "4f2k9m1q7c3v5b8n6d0s2a4g7h";
export const mappingKey = `${userPool}:${client}`;

export const google = "accounts.google.com";
export const googleApp = "528491730652-k3v9.apps.googleusercontent.com";
export const facebook = "graph.facebook.com";

/** A rule on the groups of a user. */
export const groupRule = (group: string, role = group) => ({
  Claim: "cognito:groups",
  MatchType: "Contains" as const,
  Value: group,
  RoleARN: roleArn(role),
});
