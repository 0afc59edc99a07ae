/** An account as plain data, and the readers of a report over it. */

import { diagnoseIdentityPool } from "../../../src/reports/diagnosis/report.ts";
import type { Readers } from "../../../src/reports/report.ts";

export const POOL = "eu-west-1:11111111-1111-4111-8111-111111111111";
export const OTHER_POOL = "eu-west-1:22222222-2222-4222-8222-222222222222";
export const IDENTITY = "eu-west-1:33333333-3333-4333-8333-333333333333";
export const ACCOUNT = "123456789012";
export const GUESTS = `arn:aws:iam::${ACCOUNT}:role/guests`;
export const USERS = `arn:aws:iam::${ACCOUNT}:role/users`;
export const USER_POOL = "cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEfGhI";
export const COGNITO = "cognito-identity.amazonaws.com";

type Group = Awaited<ReturnType<Readers["account"]["userPool"]>>["groups"][number];

export interface Account {
  /** Undefined: the pool does not exist. */
  readonly pool: object | undefined;
  readonly roles: Readonly<Record<string, string>>;
  readonly mappings: object;
  /** Logins by identity. */
  readonly identities: Readonly<Record<string, readonly string[]>>;
  /** Trust policies by the ARN of the role. */
  readonly trust: Readonly<Record<string, unknown>>;
  /** Policies by the ARN of the role. */
  readonly policies: Readonly<Record<string, object>>;
  /** PrincipalTags by provider. */
  readonly tags: Readonly<Record<string, object>>;
  readonly userPool: { readonly customAttributes: readonly string[]; readonly groups: readonly Group[] };
  /** Claims of login:NAME. */
  readonly claims: Readonly<Record<string, unknown>>;
  /** What the operator may not read. */
  /** AWS's code for a part that is denied, if it is another one. */
  readonly deniedWith?: string;
  readonly denied: readonly ("pool" | "roles" | "identity" | "tags" | "iam" | "user pools")[];
}

const statement = (amr: string, more: object = {}) => ({
  Effect: "Allow",
  Principal: { Federated: COGNITO },
  Action: "sts:AssumeRoleWithWebIdentity",
  Condition: { StringEquals: { [`${COGNITO}:aud`]: POOL }, "ForAnyValue:StringLike": { [`${COGNITO}:amr`]: amr } },
  ...more,
});

export const trustOf = (...Statement: unknown[]) => ({ Version: "2012-10-17", Statement });
export const guestStatement = (more: object = {}) => statement("unauthenticated", more);
export const userStatement = (more: object = {}) => statement("authenticated", more);

/** An account in which everything works, for guests and for users of a user pool. */
export const sound: Account = {
  pool: {
    IdentityPoolId: POOL,
    AllowUnauthenticatedIdentities: true,
    AllowClassicFlow: true,
    CognitoIdentityProviders: [{ ProviderName: USER_POOL, ClientId: "client1", ServerSideTokenCheck: false }],
    DeveloperProviderName: "login.example",
  },
  roles: { unauthenticated: GUESTS, authenticated: USERS },
  mappings: {},
  identities: { [IDENTITY]: [USER_POOL] },
  trust: { [GUESTS]: trustOf(guestStatement()), [USERS]: trustOf(userStatement()) },
  policies: {
    [GUESTS]: { reads: trustOf({ Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::public/*" }) },
    [USERS]: { reads: trustOf({ Effect: "Allow", Action: "s3:GetObject", Resource: "*" }) },
  },
  tags: {},
  userPool: { customAttributes: ["custom:team"], groups: [] },
  claims: { iss: `https://${USER_POOL}`, aud: "client1", exp: Math.floor(Date.now() / 1000) + 3600, token_use: "id" },
  denied: [],
};

class AwsError extends Error {
  constructor(name: string) {
    super(name);
    this.name = name;
  }
}

function readersOf(account: Account, region: string): Readers {
  const allowed = (what: Account["denied"][number]) => {
    if (account.denied.includes(what)) throw new AwsError(account.deniedWith ?? "AccessDeniedException");
  };
  const roleNamed = (name: string) => {
    allowed("iam");
    const arn = Object.keys(account.trust).find((one) => one.split("/").at(-1) === name);
    if (arn === undefined) throw new AwsError("NoSuchEntityException");
    return arn;
  };
  const answers: Readonly<Record<string, (request: Readonly<Record<string, string>>) => object>> = {
    DescribeIdentityPoolCommand() {
      allowed("pool");
      if (!account.pool) throw new AwsError("ResourceNotFoundException");
      return account.pool;
    },
    GetIdentityPoolRolesCommand() {
      allowed("roles");
      return { Roles: account.roles, RoleMappings: account.mappings };
    },
    DescribeIdentityCommand({ IdentityId = "" }) {
      allowed("identity");
      const Logins = account.identities[IdentityId];
      if (!Logins) throw new AwsError("ResourceNotFoundException");
      return { IdentityId, Logins };
    },
    GetPrincipalTagAttributeMapCommand({ IdentityProviderName = "" }) {
      allowed("tags");
      return { PrincipalTags: account.tags[IdentityProviderName] ?? {}, UseDefaults: false };
    },
  };
  return {
    cognitoIdentity: async (command, request) => answers[command]?.({ ...(request as object) }) as never,
    attempt() {
      throw new Error("the diagnosis reads everything by itself");
    },
    region,
    account: {
      async role(name) {
        const arn = roleNamed(name);
        const trust = account.trust[arn];
        return { arn, trust: typeof trust === "string" ? trust : JSON.stringify(trust), boundary: undefined };
      },
      async rolePolicies(name) {
        const list = Object.entries(account.policies[roleNamed(name)] ?? {});
        return {
          list: list.map(([policy, text]) => ({ name: policy, document: JSON.stringify(text) })),
          complete: true,
        };
      },
      async ownAccount() {
        allowed("iam");
        return ACCOUNT;
      },
      async userPool() {
        allowed("user pools");
        return account.userPool;
      },
    },
    poolOf: () => undefined,
    claimsOf: () => account.claims,
  };
}

export interface Answer {
  readonly summary: string;
  readonly causes: readonly {
    readonly branch: string;
    readonly certainty: string;
    readonly cause: string;
    readonly evidence: Readonly<Record<string, unknown>>;
    readonly fix: readonly Readonly<Record<string, unknown>>[];
  }[];
  readonly ruledOut?: readonly string[];
  readonly read?: readonly string[];
  readonly notRead?: readonly { readonly what: string; readonly permission: string; readonly reason: string }[];
  readonly next: string;
}

/** Runs the report, with the pool of the account unless the input says otherwise. */
export async function diagnoseAccount(changes: Partial<Account>, input: object, region = "eu-west-1"): Promise<Answer> {
  const given = diagnoseIdentityPool.input.parse({ IdentityPoolId: POOL, ...input });
  const answer = await diagnoseIdentityPool.run(given, readersOf({ ...sound, ...changes }, region));
  // As every answer: only what is declared leaves the server.
  return diagnoseIdentityPool.output.parse(answer) as unknown as Answer;
}

/** The account after a fix of IAM: with the statement in the trust policy of the role, as `place` says. */
export function applyTrustFix(account: Partial<Account>, fix: Readonly<Record<string, unknown>>): Partial<Account> {
  const { role, place, statement: corrected } = fix as { role: string; place: string; statement: object };
  const trust = { ...sound.trust, ...account.trust };
  const present = (trust[role] as { Statement?: unknown[] } | undefined)?.Statement;
  const statements = Array.isArray(present) ? [...present] : [];
  const number = /^Replace statement (\d+) /.exec(place)?.[1];
  if (number !== undefined) statements[Number(number) - 1] = corrected;
  else statements.push(corrected);
  return { ...account, trust: { ...trust, [role]: trustOf(...statements) } };
}
