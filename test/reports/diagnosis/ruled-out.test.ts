/** A branch is ruled out only where the trust policy of every role of the case was judged for it. */
import { expect, it } from "vitest";
import {
  type Account,
  COGNITO,
  diagnoseAccount,
  GUESTS,
  guestStatement,
  OTHER_POOL,
  POOL,
  sound,
  trustOf,
  USER_POOL,
  USERS,
  userStatement,
} from "./account.ts";
import { condition, guest, guests, REFUSED, user } from "./cases.ts";

const WRONG = "cognito-identity.amazon.com";
const FOREIGN = "arn:aws:iam::999999999999:role/guests";
const ALL = ["B19", "B20", "B21", "B22", "B23", "B24"];
const tags = { [USER_POOL]: { team: "custom:team" } };
const users = (...statements: object[]) => ({ trust: { ...sound.trust, [USERS]: trustOf(...statements) } });
const misnamed = (claims: readonly string[]) => {
  const key = (claim: string) => `${claims.includes(claim) ? WRONG : COGNITO}:${claim}`;
  return guestStatement({
    Principal: { Federated: WRONG },
    Condition: {
      StringEquals: { [key("aud")]: POOL },
      "ForAnyValue:StringLike": { [key("amr")]: "unauthenticated" },
    },
  });
};

interface Case {
  readonly name: string;
  readonly account: Partial<Account>;
  readonly input: object;
  /** The trust branches that are ruled out. */
  readonly ruledOut: readonly string[];
}

const cases: readonly Case[] = [
  { name: "a sound role", account: {}, input: guest, ruledOut: ALL },
  { name: "a role that is gone", account: { trust: { [USERS]: sound.trust[USERS] } }, input: guest, ruledOut: [] },
  { name: "no role", account: { roles: { authenticated: USERS } }, input: guest, ruledOut: [] },
  {
    name: "no role for guests, and one for users",
    account: { roles: { authenticated: USERS } },
    input: {},
    ruledOut: [],
  },
  {
    name: "a role that is gone, beside a sound one",
    account: { trust: { [USERS]: sound.trust[USERS] } },
    input: {},
    ruledOut: [],
  },
  { name: "a role of another account", account: { roles: { unauthenticated: FOREIGN } }, input: guest, ruledOut: [] },
  {
    name: "a policy that is none",
    account: { trust: { ...sound.trust, [GUESTS]: "{" } },
    input: guest,
    ruledOut: [],
  },
  { name: "no Allow", account: guests(guestStatement({ Effect: "Deny" })), input: guest, ruledOut: [] },
  {
    name: "a wrong principal alone",
    account: guests(misnamed([])),
    input: guest,
    ruledOut: ["B20", "B21", "B22", "B23", "B24"],
  },
  {
    name: "a wrong principal, and its name before aud",
    account: guests(misnamed(["aud"])),
    input: guest,
    ruledOut: ["B20", "B23", "B24"],
  },
  {
    name: "a wrong principal, and its name before amr",
    account: guests(misnamed(["amr"])),
    input: guest,
    ruledOut: ["B20", "B21", "B23", "B24"],
  },
  {
    name: "a misspelt key for aud",
    account: guests(condition({ StringEquals: { [`${WRONG}:aud`]: POOL } })),
    input: guest,
    ruledOut: ["B19", "B20", "B23", "B24"],
  },
  {
    name: "another action, where the sub is not known",
    account: guests(
      guestStatement({
        Action: "sts:AssumeRole",
        Condition: { StringEquals: { [`${COGNITO}:aud`]: POOL, [`${COGNITO}:sub`]: "eu-west-1:x" } },
      }),
    ),
    input: guest,
    ruledOut: ["B19", "B21", "B22", "B24"],
  },
  {
    name: "aud of another pool",
    account: guests(condition({ StringEquals: { [`${COGNITO}:aud`]: OTHER_POOL } })),
    input: guest,
    ruledOut: ["B19", "B20", "B22", "B23", "B24"],
  },
  {
    name: "amr of guests, with session tags",
    account: { ...users(guestStatement()), tags },
    input: user,
    ruledOut: ["B19", "B20", "B21", "B23"],
  },
  {
    name: "amr of guests, without session tags",
    account: users(guestStatement()),
    input: user,
    ruledOut: ["B19", "B20", "B21", "B23", "B24"],
  },
  {
    name: "tags that could not be read",
    account: { denied: ["tags"] },
    input: user,
    ruledOut: ["B19", "B20", "B21", "B22", "B23"],
  },
  {
    name: "tags that could not be read, and a Deny of something",
    account: {
      ...users(userStatement(), userStatement({ Effect: "Deny", Action: "sts:TagSession" })),
      denied: ["tags"],
    },
    input: user,
    ruledOut: ["B19", "B20", "B21", "B22"],
  },
  {
    name: "a Deny that perhaps applies",
    account: guests(
      guestStatement(),
      guestStatement({ Effect: "Deny", Condition: { IpAddress: { "aws:SourceIp": "192.0.2.0/24" } } }),
    ),
    input: guest,
    ruledOut: ["B19", "B20", "B21", "B22", "B24"],
  },
  {
    name: "roles of groups that could not be read",
    account: {
      mappings: { [`${USER_POOL}:client1`]: { Type: "Token", AmbiguousRoleResolution: "AuthenticatedRole" } },
      denied: ["user pools"],
    },
    input: user,
    ruledOut: [],
  },
];

it.each(cases)("$name", async ({ account, input, ruledOut: expected }) => {
  const { ruledOut = [] } = await diagnoseAccount(account, input);
  expect(ruledOut.flatMap((title) => title.split(":")[0] ?? []).filter((id) => ALL.includes(id))).toEqual(expected);
});

it("what tags that could not be read would need stays possible by the text", async () => {
  const { causes } = await diagnoseAccount({ denied: ["tags"] }, { ...user, errorText: REFUSED });
  expect(causes.map(({ branch, certainty }) => [branch, certainty])).toEqual([
    ["B24", "possible"],
    ["B25", "possible"],
  ]);
});
