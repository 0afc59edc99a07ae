/** The same change of several pools: one plan, one question, one approval, and what is said when it ends early. */

import {
  CreateIdentityPoolCommand,
  DeleteIdentityPoolCommand,
  ListTagsForResourceCommand,
  TagResourceCommand,
} from "@aws-sdk/client-cognito-identity";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { errors } from "../../../src/local/protocol/errors.ts";
import {
  approve,
  arnOf,
  createPool,
  type Service,
  type Session,
  startPuppet,
  startServer,
  startService,
} from "../../support/client.ts";

let service: Service;
let meanwhile: (operation: string, input: unknown) => void = () => {};
let asked: Session;

beforeAll(async () => {
  service = await startService({ onCall: (operation, input) => meanwhile(operation, input) });
  asked = await startServer({ env: { ...service.env, AWS_ACCOUNT_ID: "000000000000" }, respond: approve });
});
afterAll(async () => {
  await asked[Symbol.asyncDispose]();
  await service[Symbol.asyncDispose]();
});

const pools = async (count: number) => {
  const ids: string[] = [];
  for (let number = 0; number < count; number += 1) ids.push(await createPool(service.sdk, `photos ${number}`));
  return ids;
};
const tagsOf = async (id: string) =>
  (await service.sdk.send(new ListTagsForResourceCommand({ ResourceArn: arnOf(id) }))).Tags;

const tag = (IdentityPoolIds: readonly string[], env = "prod") =>
  asked.call("tag-resource", { IdentityPoolIds, Tags: { env } });
/** What the service received that changes something. */
const changes = () => service.calls.filter((operation) => !/^(Describe|Get|List)/.test(operation));

beforeEach(() => {
  service.calls.length = 0;
  meanwhile = () => {};
});

describe("several pools", () => {
  it("are changed with one question, and their undo is one call", async () => {
    const ids = await pools(5);
    const from = asked.questions.length;
    const answer = await tag(ids);
    expect(answer.content).toMatchObject({ changed: 5 });
    expect(asked.questions.length).toBe(from + 1);
    for (const id of ids) expect(await tagsOf(id)).toEqual({ stage: "test", env: "prod" });
    const [undo] = answer.content["undo"] as { tool: string; arguments: Record<string, unknown> }[];
    expect(undo).toEqual({ tool: "untag-resource", arguments: { IdentityPoolIds: ids, TagKeys: ["env"] } });
    await asked.call("untag-resource", undo?.arguments);
    for (const id of ids) expect(await tagsOf(id)).toEqual({ stage: "test" });
  });

  it("are a table: equal changes once, old values that differ with their pools, and what is already so", async () => {
    const ids = await pools(4);
    const [one = "", , three = ""] = ids;
    await service.sdk.send(new TagResourceCommand({ ResourceArn: arnOf(one), Tags: { env: "prod" } }));
    await service.sdk.send(new TagResourceCommand({ ResourceArn: arnOf(three), Tags: { env: "dev" } }));
    const answer = await tag(ids);
    expect(answer.content).toMatchObject({ changed: 3 });
    const text = asked.questions.at(-1)?.message ?? "";
    expect(text).toContain(`In 2 pools:\n+ Tags.env: "prod"\n* ${ids[1]}\n* ${ids[3]}\n`);
    expect(text).toContain(`In 1 pool:\n~ Tags.env: "dev" → "prod"\n* ${three}\n`);
    expect(text).toContain(`Already as requested, so not changed, 1 pool:\n* ${one}`);
    for (const id of ids) expect(text.split(id).length).toBe(2);
  });

  it("in which one name means different providers name each of them", async () => {
    const arns = ["000000000000", "999999999999"].map((account) => `arn:aws:iam::${account}:oidc-provider/idp.example`);
    const ids: string[] = [];
    for (const OpenIdConnectProviderARNs of arns.map((arn) => [arn])) {
      const made = await service.sdk.send(
        new CreateIdentityPoolCommand({
          IdentityPoolName: "odd",
          AllowUnauthenticatedIdentities: false,
          OpenIdConnectProviderARNs,
        }),
      );
      ids.push(made.IdentityPoolId ?? "");
    }
    const from = asked.questions.length;
    const answer = await asked.call("set-principal-tag-attribute-map", {
      IdentityPoolIds: ids,
      IdentityProviderName: "idp.example",
      PrincipalTags: { team: "team" },
    });
    expect(answer.content).toMatchObject({ changed: 2 });
    expect(asked.questions.length).toBe(from + 1);
    const text = asked.questions.at(-1)?.message ?? "";
    for (const [at, arn] of arns.entries())
      expect(text).toContain(
        `In 1 pool:\nSet principal tags of provider "${arn}".\n+ PrincipalTags.team: "team"\n* "odd" (${ids[at]})`,
      );
    expect(text.split("\n")[0]).not.toContain("idp.example");
  });

  it.each<[string, (ids: string[]) => Promise<unknown>, RegExp]>([
    [
      "is gone",
      ([, id = ""]) => service.sdk.send(new DeleteIdentityPoolCommand({ IdentityPoolId: id })),
      /^Not found: /,
    ],
    [
      "is there twice",
      async (ids) => ids.push(ids[0] ?? ""),
      /IdentityPoolIds\[3\]: names the same pool as IdentityPoolIds\[0\]/,
    ],
    [
      "is of another region",
      async (ids) => ids.push("us-east-1:00000000-0000-4000-8000-000000000000"),
      /is in eu-west-1, but IdentityPoolIds\[3\] is in us-east-1/,
    ],
    ["is the only one", async (ids) => ids.splice(1), /must name at least two pools/],
  ])("of which one %s are refused before anybody is asked", async (_, spoil, reason) => {
    const ids = await pools(3);
    await spoil(ids);
    const from = asked.questions.length;
    service.calls.length = 0;
    const answer = await tag(ids);
    expect(answer).toMatchObject({ isError: true, content: { refused: expect.stringMatching(reason) } });
    expect([asked.questions.length, changes()]).toEqual([from, []]);
  });

  it("of which one cannot be changed so are refused, and nothing is said twice", async () => {
    const ids = await pools(2);
    const calls = [
      ["update-identity-pool", { DeveloperProviderName: "another" }],
      ["set-identity-pool-roles", { RoleMappings: { "login.example.org": { Type: "Token" } } }],
    ] as const;
    for (const [tool, input] of calls) {
      const { content } = await asked.call(tool, { IdentityPoolIds: ids, ...input });
      expect(content["refused"]).toMatch(/^Identity pool .* Nothing was changed, in no pool\.$/);
      expect(String(content["refused"]).match(/Nothing was/g)).toHaveLength(1);
    }
    // A member that this version does not know, which the update of the pool would remove.
    const puppet = await startPuppet(() => ({
      status: 200,
      body: { IdentityPoolId: ids[0], IdentityPoolName: "odd", AllowUnauthenticatedIdentities: true, New: { a: 1 } },
    }));
    await using session = await startServer({ env: puppet.env, respond: approve });
    const update = { IdentityPoolIds: ids, AllowClassicFlow: false };
    const { content } = await session.call("update-identity-pool", update);
    expect(String(content["refused"]).match(/Nothing was/g)).toHaveLength(1);
    puppet.close();
  });

  it("end with the first that drifts, fails or is throttled, and what was done is told with its undo", async () => {
    for (const [spoil, code] of [
      ["drift", undefined],
      ["gone", "ResourceNotFoundException"],
      ["throttled", "TooManyRequestsException"],
    ] as const) {
      const ids = await pools(6);
      const [, , , bad = ""] = ids;
      let count = 0;
      let drifted: Promise<unknown> = Promise.resolve();
      meanwhile = (operation, input) => {
        const { ResourceArn } = input as { ResourceArn?: string };
        if (operation === "TagResource") count += 1;
        // Long before it is this pool's turn.
        if (spoil === "drift" && operation === "TagResource" && count === 1)
          drifted = service.sdk.send(new TagResourceCommand({ ResourceArn: arnOf(bad), Tags: { other: "yes" } }));
        if (ResourceArn !== arnOf(bad)) return;
        if (spoil === "throttled" && operation === "TagResource") throw errors.rateExceeded();
        if (spoil === "gone" && count === 3) throw errors.poolNotFound(bad);
      };
      const answer = await tag(ids);
      meanwhile = () => {};
      await drifted;
      expect(answer).toMatchObject({
        isError: true,
        content: {
          changed: 3,
          undo: [{ tool: "untag-resource", arguments: { IdentityPoolIds: ids.slice(0, 3), TagKeys: ["env"] } }],
          stopped: {
            IdentityPoolId: bad,
            ...(code ? { code } : { refused: expect.stringMatching(/^The account changed/) }),
          },
          notTouched: ids.slice(4),
        },
      });
      for (const id of ids.slice(3)) expect(await tagsOf(id)).not.toHaveProperty("env");
    }
  }, 120_000);

  it("50 of which one drifts, one goes and one is throttled are done but for those, and each answer undoes what it did", async () => {
    // The plan is too long for a form.
    await using session = await startServer({
      env: { ...service.env, COGNITO_IDENTITY_MCP_CALL_WAIT: "60", AWS_ACCOUNT_ID: "000000000000" },
      args: ["--policy", "tag-resource=off"],
    });
    const ids = await pools(50);
    const [drifting = "", going = "", throttled = ""] = [ids[9], ids[24], ids[39]];
    let drifted: Promise<unknown> | undefined;
    let isGone = false;
    meanwhile = (operation, input) => {
      const named = JSON.stringify(input);
      if (isGone && named.includes(going)) throw errors.poolNotFound(going);
      if (operation !== "TagResource") return;
      if (named.includes(throttled)) throw errors.rateExceeded();
      // Each after its plan was approved, and before it is its turn.
      isGone ||= named.includes(ids[20] ?? "");
      drifted ??= service.sdk.send(new TagResourceCommand({ ResourceArn: arnOf(drifting), Tags: { other: "yes" } }));
    };
    const stops: unknown[] = [];
    const changed: string[] = [];
    let rest = ids;
    while (rest.length > 0) {
      const { content } = await session.call("tag-resource", { IdentityPoolIds: rest, Tags: { env: "prod" } });
      const done = rest.slice(0, Number(content["changed"]));
      expect(content["undo"]).toEqual([
        { tool: "untag-resource", arguments: { IdentityPoolIds: done, TagKeys: ["env"] } },
      ]);
      changed.push(...done);
      if (content["stopped"]) stops.push(content["stopped"]);
      rest = (content["notTouched"] ?? []) as string[];
    }
    await drifted;
    meanwhile = () => {};
    expect(stops).toMatchObject([
      { IdentityPoolId: drifting, refused: expect.stringMatching(/^The account changed/) },
      { IdentityPoolId: going, code: "ResourceNotFoundException" },
      { IdentityPoolId: throttled, code: "TooManyRequestsException" },
    ]);
    const left = [drifting, going, throttled];
    expect(changed).toEqual(ids.filter((id) => !left.includes(id)));
    for (const id of left) expect(await tagsOf(id)).not.toHaveProperty("env");
  }, 120_000);
});
