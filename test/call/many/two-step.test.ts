/** Batches at level two-step: one token for the whole plan, which no other set, no altered token and no second call can use. */
import { TagResourceCommand } from "@aws-sdk/client-cognito-identity";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  approve,
  arnOf,
  createPool,
  type Service,
  type Session,
  startServer,
  startService,
} from "../../support/client.ts";
import { createGuests, identitiesOf } from "../../support/many.ts";

let service: Service;
let session: Session;
beforeAll(async () => {
  service = await startService();
  session = await startServer({
    args: ["--policy", "update=two-step,delete=two-step"],
    env: { ...service.env, AWS_ACCOUNT_ID: "000000000000" },
    respond: approve,
  });
});
afterAll(async () => {
  await session[Symbol.asyncDispose]();
  await service[Symbol.asyncDispose]();
});
beforeEach(() => {
  service.calls.length = 0;
});

const changes = () => service.calls.filter((operation) => !/^(Describe|Get|List)/.test(operation));
const pools = async (count: number) => {
  const ids: string[] = [];
  while (ids.length < count) ids.push(await createPool(service.sdk));
  service.calls.length = 0;
  return ids;
};

type Input = Record<string, unknown>;

/** The token of the first of two calls, which changed nothing. */
async function firstStep(tool: string, input: Input): Promise<string> {
  const { isError, content } = await session.call(tool, input);
  expect(isError).toBe(true);
  expect(content).toMatchObject({
    refused: expect.stringMatching(/two calls/),
    plan: { action: expect.any(String) },
    planToken: expect.any(String),
  });
  expect(changes()).toEqual([]);
  return String(content["planToken"]);
}

/** The call with the token is refused for this reason, and changed nothing. */
async function refused(tool: string, input: Input, planToken: string, reason: RegExp): Promise<void> {
  const before = changes();
  const { isError, content } = await session.call(tool, { ...input, planToken });
  expect({ isError, refused: content["refused"] }).toEqual({ isError: true, refused: expect.stringMatching(reason) });
  expect(changes()).toEqual(before);
}

/** A token that is not this one, but looks like it. */
const alterations = fc.oneof(
  fc.tuple(fc.nat(), fc.constantFrom(..."AZaz09-_.~ ")).map(([at, character]) => (token: string) => {
    const place = at % token.length;
    return token.slice(0, place) + character + token.slice(place + 1);
  }),
  fc.nat().map((at) => (token: string) => token.slice(0, at % token.length)),
  fc.string({ minLength: 1, maxLength: 5 }).map((more) => (token: string) => token + more),
  fc.string({ maxLength: 60 }).map((other) => () => other),
);

async function takesNoAltered(tool: string, input: Input, planToken: string): Promise<void> {
  await fc.assert(
    fc.asyncProperty(alterations, async (alter) => {
      const altered = alter(planToken);
      fc.pre(altered !== planToken);
      await refused(tool, input, altered, /planToken/);
    }),
    { numRuns: 30 },
  );
}

const OTHER_CALL = /is for another call, or the account changed/;
const USED = /has expired or was already used/;

describe("several pools at level two-step", () => {
  const tag = (IdentityPoolIds: readonly string[], Tags: object = { env: "prod" }) => ({ IdentityPoolIds, Tags });

  it("are changed with the one token of their plan, which counts once", async () => {
    const ids = await pools(4);
    const planToken = await firstStep("tag-resource", tag(ids));
    await takesNoAltered("tag-resource", tag(ids), planToken);
    const { content } = await session.call("tag-resource", { ...tag(ids), planToken });
    expect(content).toMatchObject({ changed: 4, approved: { by: "plan token" } });
    expect(changes()).toEqual(ids.map(() => "TagResource"));
    const [undo] = content["undo"] as { tool: string; arguments: Input }[];
    await session.call(undo?.tool ?? "", {
      ...undo?.arguments,
      planToken: (await session.call(undo?.tool ?? "", undo?.arguments)).content["planToken"],
    });
    expect(changes().length).toBe(8);
    // What the token was for is true again.
    await refused("tag-resource", tag(ids), planToken, USED);
    expect(session.questions).toEqual([]);
  });

  it("take no token of another set, of other values, of another tool, or of an account that has changed", async () => {
    const ids = await pools(5);
    const named = ids.slice(0, 4);
    const [one = "", two = "", three = "", four = ""] = ids;
    const planToken = await firstStep("tag-resource", tag(named));
    for (const others of [ids, [one, two, three], [one, two], [two, one, three, four], [one, two, three, ids[4] ?? ""]])
      await refused("tag-resource", tag(others), planToken, OTHER_CALL);
    for (const other of [{ env: "dev" }, { env: "prod", more: "yes" }, { other: "prod" }])
      await refused("tag-resource", tag(named, other), planToken, OTHER_CALL);
    await refused("tag-resource", { ResourceArn: arnOf(one), Tags: { env: "prod" } }, planToken, OTHER_CALL);
    await refused("untag-resource", { IdentityPoolIds: named, TagKeys: ["stage"] }, planToken, OTHER_CALL);
    await service.sdk.send(new TagResourceCommand({ ResourceArn: arnOf(three), Tags: { other: "yes" } }));
    await refused("tag-resource", tag(named), planToken, OTHER_CALL);
  });
});

describe("a selection at level two-step", () => {
  const guests = (IdentityPoolId: string, where: object = { withoutLogins: true }) => ({ IdentityPoolId, where });

  it("is deleted with the one token of its plan, which counts once, and nothing new with it", async () => {
    const pool = await createPool(service.sdk);
    await createGuests(service.sdk, pool, 70);
    service.calls.length = 0;
    const planToken = await firstStep("delete-identities", guests(pool));
    await takesNoAltered("delete-identities", guests(pool), planToken);
    const added = await createGuests(service.sdk, pool, 2);
    const { content } = await session.call("delete-identities", { ...guests(pool), planToken });
    expect(content).toMatchObject({ deleted: 70, of: 70, approved: { by: "plan token" } });
    expect(await identitiesOf(service.sdk, pool)).toEqual(added);
    await refused("delete-identities", guests(pool), planToken, USED);
    expect(await identitiesOf(service.sdk, pool)).toEqual(added);
    expect(session.questions).toEqual([]);
  });

  it("takes no token of another selection, even of one that matches the same", async () => {
    const [pool, other] = [await createPool(service.sdk), await createPool(service.sdk)];
    const ids = await createGuests(service.sdk, pool, 3);
    await createGuests(service.sdk, other, 3);
    service.calls.length = 0;
    const planToken = await firstStep("delete-identities", guests(pool));
    await refused("delete-identities", guests(other), planToken, OTHER_CALL);
    for (const where of [
      { disabled: false },
      { createdBefore: "2999-01-01" },
      { withoutLogins: true, disabled: false },
    ])
      await refused("delete-identities", guests(pool, where), planToken, OTHER_CALL);
    await refused("delete-identities", { IdentityIdsToDelete: ids }, planToken, OTHER_CALL);
  });
});

it("plans that nobody carries out leave room for others", async () => {
  const [one = "", two = ""] = await pools(2);
  const pool = await createPool(service.sdk);
  await createGuests(service.sdk, pool, 1);
  service.calls.length = 0;
  for (let day = 1; day <= 12; day += 1) {
    await firstStep("tag-resource", { IdentityPoolIds: [one, two], Tags: { day: String(day) } });
    const createdBefore = `2999-01-${String(day).padStart(2, "0")}`;
    await firstStep("delete-identities", { IdentityPoolId: pool, where: { createdBefore } });
  }
});
