/**
 * Ten public questions about trust policies, rebuilt in the embedded service: credentials are refused with AWS's text, the diagnosis names
 * the cause, and after its fix, applied as it stands, credentials are vended.
 */
import * as cognito from "@aws-sdk/client-cognito-identity";
import { CreateRoleCommand, GetRoleCommand, IAMClient, UpdateAssumeRolePolicyCommand } from "@aws-sdk/client-iam";
import { afterAll, beforeAll, expect, it } from "vitest";
import { approve, region, type Service, type Session, startServer, startService } from "../../support/client.ts";
import type { Answer } from "./account.ts";

const PROVIDER = "cognito-identity.amazonaws.com";
const USER_POOL = "cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEfGhI";
const REFUSED = {
  name: "InvalidIdentityPoolConfigurationException",
  message: "Invalid identity pool configuration. Check assigned IAM roles for this pool.",
};
const NO_GUESTS = {
  name: "NotAuthorizedException",
  message: "Unauthenticated access is not supported for this identity pool.",
};

let service: Service;
let session: Session;
let iam: IAMClient;

beforeAll(async () => {
  service = await startService();
  session = await startServer({ env: service.env, respond: approve });
  iam = new IAMClient({
    region,
    endpoint: service.url,
    credentials: { accessKeyId: "AKIDTEST", secretAccessKey: "test" },
  });
});
afterAll(async () => {
  iam.destroy();
  await session[Symbol.asyncDispose]();
  await service[Symbol.asyncDispose]();
});

const statement = (pool: string, amr: string, parts: object = {}) => ({
  Effect: "Allow",
  Principal: { Federated: PROVIDER },
  Action: "sts:AssumeRoleWithWebIdentity",
  Condition: { StringEquals: { [`${PROVIDER}:aud`]: pool }, "ForAnyValue:StringLike": { [`${PROVIDER}:amr`]: amr } },
  ...parts,
});
const serviceStatement = (name: string, Action = "sts:AssumeRole") => ({
  Effect: "Allow",
  Principal: { Service: name },
  Action,
});

interface PublicCase {
  readonly source: string;
  /** Whose credentials are asked for, in the words of those who asked. */
  readonly asked: string;
  readonly kind: "guest" | "user";
  /** The trust policy that was posted, with the pool's id in the place of theirs. */
  readonly trust: (pool: string, other: string) => readonly object[];
  /** The branches that are found, the one that applies first in front. */
  readonly found: readonly string[];
  /** What the evidence of one of them holds. */
  readonly evidence: object;
  readonly guestsAreOff?: true;
  /** The pool sends the claims as session tags. */
  readonly tags?: Record<string, string>;
  /** What the application showed, where it is not what AWS answered first. */
  readonly seen?: { readonly name: string; readonly message: string };
}

const cases: readonly PublicCase[] = [
  {
    source: "https://github.com/amazon-archives/amazon-cognito-auth-js/issues/167",
    asked: "the execution role of a function is the role of users",
    kind: "user",
    trust: () => [serviceStatement("lambda.amazonaws.com")],
    found: ["B19", "B20"],
    evidence: { inThePolicy: [{ Service: "lambda.amazonaws.com" }], inTheRequest: { Federated: PROVIDER } },
  },
  {
    source: "https://github.com/amazon-archives/amazon-cognito-auth-js/issues/196",
    asked: "one role for users and guests, which is for users",
    kind: "guest",
    trust: (pool) => [
      serviceStatement("lambda.amazonaws.com"),
      serviceStatement("lambda.amazonaws.com", "sts:AssumeRoleWithWebIdentity"),
      serviceStatement("cognito-idp.amazonaws.com", "sts:AssumeRoleWithWebIdentity"),
      statement(pool, "authenticated"),
    ],
    found: ["B22"],
    evidence: { statement: 4, inThePolicy: ["authenticated"], inTheRequest: ["unauthenticated"] },
  },
  {
    source: "https://github.com/adrianhall/restaurant-reviews/issues/3",
    asked: "amazon.com in the place of amazonaws.com",
    kind: "user",
    trust: (pool) => [
      statement(pool, "", {
        Condition: {
          StringEquals: { [`${PROVIDER}:aud`]: pool },
          "ForAnyValue:StringLike": { "cognito-identity.amazon.com:amr": "authenticated" },
        },
      }),
    ],
    found: ["B22"],
    evidence: { key: "cognito-identity.amazon.com:amr", inTheRequest: "not in the request" },
  },
  {
    source: "https://github.com/danilop/LambdAuth/issues/4",
    asked: "sts:AssumeRole",
    kind: "user",
    trust: (pool) => [statement(pool, "authenticated", { Action: "sts:AssumeRole" })],
    found: ["B20"],
    evidence: { inThePolicy: ["sts:AssumeRole"] },
  },
  {
    source: "https://github.com/aws-amplify/amplify-cli/issues/3198",
    asked: "the id of another pool in the role of guests",
    kind: "guest",
    trust: (_, other) => [statement(other, "unauthenticated")],
    found: ["B21"],
    evidence: { key: `${PROVIDER}:aud` },
  },
  {
    source: "https://github.com/aws/aws-cli/blob/develop/awscli/examples/accessanalyzer/validate-policy.rst",
    asked: "the id of a user pool, and sts:AssumeRole",
    kind: "user",
    trust: () => [
      {
        Sid: "",
        Effect: "Allow",
        Principal: { Federated: PROVIDER },
        Action: ["sts:AssumeRole", "sts:TagSession"],
        Condition: { StringEquals: { [`${PROVIDER}:aud`]: "us-west-2_EXAMPLE" } },
      },
    ],
    found: ["B20", "B21"],
    evidence: { note: "A value of the policy is the id of a user pool, not of an identity pool." },
  },
  {
    source: "https://github.com/aws-amplify/amplify-js/issues/6195",
    asked: "the role that a deployment creates at first, which denies",
    kind: "user",
    trust: () => [
      { Sid: "", Effect: "Deny", Principal: { Federated: PROVIDER }, Action: "sts:AssumeRoleWithWebIdentity" },
    ],
    found: ["B19", "B23"],
    evidence: { allowStatements: 0 },
  },
  {
    source: "https://github.com/aws-amplify/amplify-js/issues/5113",
    asked: "a user is refused, and the application shows the refusal of a guest",
    kind: "user",
    trust: (pool) => [statement(pool, "unauthenticated")],
    // What the application showed is explained as well: it asked as a guest.
    found: ["B6", "B22"],
    evidence: { inThePolicy: ["unauthenticated"] },
    guestsAreOff: true,
    seen: NO_GUESTS,
  },
  {
    source: "https://github.com/aws-amplify/amplify-backend/pull/625",
    asked: "the role of guests is for users",
    kind: "guest",
    trust: (pool) => [statement(pool, "authenticated")],
    found: ["B22"],
    evidence: { inThePolicy: ["authenticated"] },
  },
  {
    source: "https://github.com/aws/aws-cdk/issues/30919",
    asked: "session tags without sts:TagSession",
    kind: "user",
    trust: (pool) => [statement(pool, "authenticated")],
    found: ["B24"],
    evidence: { tags: ["team"], missing: "sts:TagSession" },
    tags: { team: "custom:team" },
  },
];

async function createPool(guests: boolean): Promise<string> {
  const { IdentityPoolId = "" } = await service.sdk.send(
    new cognito.CreateIdentityPoolCommand({
      IdentityPoolName: "asked",
      AllowUnauthenticatedIdentities: guests,
      CognitoIdentityProviders: [{ ProviderName: USER_POOL, ClientId: "client1" }],
    }),
  );
  return IdentityPoolId;
}

/** What an application sends for a user who signed in. */
function login(): Record<string, string> {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url");
  const claims = { iss: `https://${USER_POOL}`, aud: "client1", sub: "ann", token_use: "id", "custom:team": "blue" };
  return { [USER_POOL]: `${encode({ alg: "RS256" })}.${encode({ ...claims, exp: 4_000_000_000 })}.eA` };
}

/** As an application does it, without this server. */
async function vend(IdentityPoolId: string, kind: "guest" | "user") {
  const Logins = kind === "user" ? login() : undefined;
  const { IdentityId } = await service.sdk.send(new cognito.GetIdCommand({ IdentityPoolId, Logins }));
  const { Credentials } = await service.sdk.send(new cognito.GetCredentialsForIdentityCommand({ IdentityId, Logins }));
  return Credentials;
}

type Fix = Answer["causes"][number]["fix"][number];

/** Applies a fix as it stands: a call of a tool, or a change of a role in IAM. Advice is for people. */
async function apply(fix: Fix): Promise<void> {
  if (typeof fix["tool"] === "string") {
    const { isError, text } = await session.call(fix["tool"], fix["arguments"] as Record<string, unknown>);
    expect([isError, text]).toEqual([false, text]);
    return;
  }
  expect(fix).toMatchObject({ iam: "iam:UpdateAssumeRolePolicy" });
  const RoleName = String(fix["role"]).split("/").at(-1) ?? "";
  const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
  const policy = JSON.parse(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? "")) as { Statement: object[] };
  const [, verb, number] = /^(Replace|Remove) statement (\d+) of the trust policy\b/.exec(String(fix["place"])) ?? [];
  const given = fix["statement"] === undefined ? [] : [fix["statement"] as object];
  if (number === undefined) {
    expect(fix["place"]).toBe("Add the statement to the trust policy.");
    policy.Statement.push(...given);
  } else {
    expect(given).toHaveLength(verb === "Replace" ? 1 : 0);
    policy.Statement.splice(Number(number) - 1, 1, ...given);
  }
  await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: JSON.stringify(policy) }));
}

it.each(cases)("$asked ($source)", async ({ kind, trust, found, evidence, guestsAreOff, tags, seen = REFUSED }) => {
  const [pool, other] = [await createPool(!guestsAreOff), await createPool(true)];
  const RoleName = `role-${pool.slice(-12)}`;
  const document = JSON.stringify({ Version: "2012-10-17", Statement: trust(pool, other) });
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: document }));
  const role = Role?.Arn ?? "";
  await service.sdk.send(
    new cognito.SetIdentityPoolRolesCommand({
      IdentityPoolId: pool,
      Roles: { authenticated: role, unauthenticated: role },
    }),
  );
  if (tags)
    await service.sdk.send(
      new cognito.SetPrincipalTagAttributeMapCommand({
        IdentityPoolId: pool,
        IdentityProviderName: USER_POOL,
        PrincipalTags: tags,
      }),
    );
  await expect(vend(pool, kind)).rejects.toMatchObject(REFUSED);
  if (guestsAreOff) await expect(vend(pool, "guest")).rejects.toMatchObject(NO_GUESTS);

  const question = {
    IdentityPoolId: pool,
    errorText: `${seen.name}: ${seen.message}`,
    kind,
    ...(kind === "user" && { provider: USER_POOL }),
  };
  const { isError, content } = await session.call("diagnose-identity-pool", question);
  expect([isError, content["notRead"]]).toEqual([false, undefined]);
  const { causes } = content as unknown as Answer;
  const certain = causes.filter(({ certainty }) => certainty === "found");
  expect(certain.map(({ branch }) => branch)).toEqual(found);
  expect(certain.map((cause) => cause.evidence)).toContainEqual(expect.objectContaining(evidence));

  // Causes of one statement have the same fix, which stands at the first.
  for (const { fix } of certain) for (const one of fix.slice(0, 1)) if (one["advice"] === undefined) await apply(one);
  expect((await vend(pool, kind))?.AccessKeyId).toMatch(/^ASIA/);
  const after = await session.call("diagnose-identity-pool", { ...question, errorText: undefined });
  expect((after.content as unknown as Answer).causes.filter(({ certainty }) => certainty === "found")).toEqual([]);
});
