/** The tag tools by a pool's id: the account comes from STS, a person sees the ARN, and the operator's limits hold in both forms. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createAccountIds } from "../../src/aws/account-ids.ts";
import { arnOfPool, mistakeInArn } from "../../src/plans/tags.ts";
import {
  approve,
  arnOf,
  createPool,
  type Service,
  type Session,
  startPuppet,
  startServer,
  startService,
} from "../support/client.ts";

let service: Service;
let session: Session;
let pool: string;

beforeAll(async () => {
  service = await startService({ accountId: "123456789012" });
  pool = await createPool(service.sdk);
  session = await startServer({ env: service.env, respond: approve });
});
afterAll(async () => {
  await session[Symbol.asyncDispose]();
  await service[Symbol.asyncDispose]();
});

const tools: [string, object][] = [
  ["list-tags-for-resource", {}],
  ["tag-resource", { Tags: { owner: "us" } }],
  ["untag-resource", { TagKeys: ["owner"] }],
];

describe.each(tools)("%s", (tool, rest) => {
  it("takes the pool's id, and shows the ARN where it asks", async () => {
    const asked = session.questions.length;
    const { isError, text, content } = await session.call(tool, { IdentityPoolId: pool, ...rest });
    expect({ isError, text }).toMatchObject({ isError: false });
    if (tool === "list-tags-for-resource") return expect(content).toEqual({ Tags: { stage: "test" } });
    expect(session.questions[asked]?.message).toContain(arnOf(pool, "123456789012"));
    expect(content).toMatchObject({ approved: { target: { id: arnOf(pool, "123456789012") } } });
  });

  it("names the account of an ARN that is not the caller's", async () => {
    const asked = session.questions.length;
    const { isError, content } = await session.call(tool, { ResourceArn: arnOf(pool, "210987654321"), ...rest });
    expect({ isError, content }).toMatchObject({
      isError: true,
      content: {
        refused: "ResourceArn is of the account 210987654321, and the AWS credentials are of the account 123456789012.",
        next: expect.stringContaining("Pass IdentityPoolId"),
      },
    });
    expect(session.questions.length).toBe(asked);
  });

  it("says that a pool is gone, in both forms", async () => {
    const gone = "eu-west-1:00000000-0000-4000-8000-000000000000";
    for (const target of [{ IdentityPoolId: gone }, { ResourceArn: arnOf(gone, "123456789012") }])
      expect(await session.call(tool, { ...target, ...rest })).toMatchObject({
        isError: true,
        content: { code: "ResourceNotFoundException" },
      });
  });

  it("obeys --pools and --regions in both forms", async () => {
    const other = "eu-west-1:00000000-0000-4000-8000-000000000000";
    for (const args of [
      ["--pools", other],
      ["--regions", "us-east-1"],
    ]) {
      await using limited = await startServer({ env: service.env, args, respond: approve });
      const from = service.calls.length;
      for (const target of [{ IdentityPoolId: pool }, { ResourceArn: arnOf(pool, "123456789012") }]) {
        const { content } = await limited.call(tool, { ...target, ...rest });
        expect(content["refused"]).toMatch(/is not in the allowed list/);
      }
      expect(service.calls.slice(from)).toEqual([]);
    }
  });
});

it("without an account, says to pass the ARN", async () => {
  const puppet = await startPuppet(() => ({ status: 500, body: "" }));
  await using lost = await startServer({ env: puppet.env });
  const { content } = await lost.call("list-tags-for-resource", { IdentityPoolId: pool });
  expect(content).toMatchObject({
    refused: expect.stringContaining("account of the AWS credentials could not be found out"),
    next: expect.stringContaining(`arn:aws:cognito-identity:eu-west-1:ACCOUNT:identitypool/${pool}`),
  });
  puppet.close();
});

it.each([
  ["cn-north-1", "aws-cn"],
  ["us-gov-west-1", "aws-us-gov"],
  ["eusc-de-east-1", "aws-eusc"],
  ["us-iso-east-1", "aws-iso"],
  ["us-isob-east-1", "aws-iso-b"],
  ["eu-west-1", "aws"],
])("the ARN of a pool in %s is of the partition %s", async (region, partition) => {
  const id = `${region}:00000000-0000-4000-8000-000000000000`;
  expect(await arnOfPool(id, region, async () => "123456789012")).toEqual({
    ResourceArn: `arn:${partition}:cognito-identity:${region}:123456789012:identitypool/${id}`,
  });
});

it("an ARN of the caller's account is no mistake, nor one of an account that is not known", async () => {
  expect(await mistakeInArn(arnOf(pool), async () => "000000000000")).toBeUndefined();
  expect(await mistakeInArn(arnOf(pool), async () => undefined)).toBeUndefined();
});

it("the account of an access key is asked for once, and again five minutes after STS gave no answer", async () => {
  let now = 0;
  let asked = 0;
  const ids = createAccountIds(() => now);
  const clientOf = () => {
    asked += 1;
    throw new Error("no client");
  };
  const of = (signal = new AbortController().signal) => ids.of("AKID", clientOf, {} as never, signal);
  expect([await of(), await of()]).toEqual([undefined, undefined]);
  expect(asked).toBe(1);
  now = 300_000;
  expect(await of()).toBeUndefined();
  expect(asked).toBe(2);
});
