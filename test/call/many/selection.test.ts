/** Identities that a selection matches: one plan that fixes the set, one approval, and everything else is left alone. */
import { DeleteIdentitiesCommand, GetOpenIdTokenForDeveloperIdentityCommand } from "@aws-sdk/client-cognito-identity";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  approve,
  createPool,
  developerProvider,
  type Service,
  type Session,
  startPuppet,
  startServer,
  startService,
} from "../../support/client.ts";
import { createGuests, identitiesOf } from "../../support/many.ts";

let service: Service;
let asked: Session;
/** What happens while the person of `asked` reads. */
let meanwhile: () => Promise<unknown> = async () => {};
let pool = "";

beforeAll(async () => {
  service = await startService();
  asked = await startServer({
    env: service.env,
    respond: async (question) => {
      await meanwhile();
      return approve(question);
    },
  });
});
afterAll(async () => {
  await asked[Symbol.asyncDispose]();
  await service[Symbol.asyncDispose]();
});
beforeEach(async () => {
  meanwhile = async () => {};
  pool = await createPool(service.sdk);
});

/** Links a developer user to the identity, so that it has a login. */
const login = (IdentityId: string, user = IdentityId) =>
  service.sdk.send(
    new GetOpenIdTokenForDeveloperIdentityCommand({
      IdentityPoolId: pool,
      IdentityId,
      Logins: { [developerProvider]: user },
    }),
  );
const remove = (...ids: string[]) => service.sdk.send(new DeleteIdentitiesCommand({ IdentityIdsToDelete: ids }));
const guests = { withoutLogins: true };
const deleteGuests = () => asked.call("delete-identities", { IdentityPoolId: pool, where: guests });

describe("a selection", () => {
  it("is one question, and deletes what matches", async () => {
    const ids = await createGuests(service.sdk, pool, 130);
    await login(ids[7] ?? "");
    const answer = await deleteGuests();
    expect(answer.content).toMatchObject({ deleted: 129, of: 129 });
    expect(asked.questions.length).toBe(1);
    expect(await identitiesOf(service.sdk, pool)).toEqual([ids[7]]);
  });

  it("leaves alone what changed while the person read, and what is new", async () => {
    const ids = await createGuests(service.sdk, pool, 70);
    let added: string[] = [];
    meanwhile = async () => {
      await login(ids[3] ?? "");
      await remove(ids[65] ?? "", ids[10] ?? "");
      added = await createGuests(service.sdk, pool, 3);
    };
    const answer = await deleteGuests();
    expect(answer.content).toMatchObject({ deleted: 67, of: 70, changed: [ids[3]], gone: [ids[10], ids[65]] });
    expect(new Set(await identitiesOf(service.sdk, pool))).toEqual(new Set([ids[3], ...added]));
  });

  it("that matches none asks nobody", async () => {
    const questions = asked.questions.length;
    const answer = await asked.call("delete-identities", { IdentityPoolId: pool, where: { withoutLogins: false } });
    expect(answer).toMatchObject({ isError: false, content: { unchanged: expect.stringMatching(/^No identity/) } });
    expect(asked.questions.length).toBe(questions);
  });

  it("whose deletion is answered in a form that is not AWS's is not called deleted", async () => {
    const ids = [1, 2, 3].map((number) => `eu-west-1:00000000-0000-4000-8000-00000000000${number}`);
    const Identities = ids.map((IdentityId) => ({ IdentityId, CreationDate: 1, LastModifiedDate: 1 }));
    for (const UnprocessedIdentityIds of [5, "none", [{ IdentityId: 5 }], undefined]) {
      const puppet = await startPuppet((operation) => ({
        status: 200,
        body: JSON.stringify(
          operation === "ListIdentities" ? { IdentityPoolId: pool, Identities } : { UnprocessedIdentityIds },
        ),
      }));
      await using session = await startServer({
        env: { ...puppet.env, COGNITO_IDENTITY_MCP_CALL_WAIT: "30" },
        args: ["--policy", "delete=off"],
      });
      const { content } = await session.call("delete-identities", { IdentityPoolId: pool, where: guests });
      expect(content).toMatchObject({ unknown: ids });
      expect(content["deleted"] ?? 0).toBe(0);
      puppet.close();
    }
  });

  const page = (number: number) => [
    {
      IdentityId: `eu-west-1:00000000-0000-4000-8000-${String(number).padStart(12, "0")}`,
      CreationDate: 1,
      LastModifiedDate: 1,
    },
  ];
  const endless: [string, (number: number) => object][] = [
    ["that leads to itself", (number) => ({ Identities: page(number), NextToken: "again" })],
    ["that goes round", (number) => ({ Identities: page(number), NextToken: `token-${number % 3}` })],
    ["of empty pages", (number) => ({ Identities: [], NextToken: `token-${number}` })],
  ];
  const criteria = [guests, { disabled: true }];
  it.each(endless.flatMap(([name, answer]) => criteria.map((where) => ({ name, answer, where }))))(
    "of a list $name ends, by $where",
    async ({ answer, where }) => {
      let pages = 0;
      const puppet = await startPuppet((operation) => {
        if (operation === "DescribeIdentityPool")
          return {
            status: 200,
            body: { IdentityPoolId: pool, IdentityPoolName: "odd", AllowUnauthenticatedIdentities: true },
          };
        pages += 1;
        return { status: 200, body: { IdentityPoolId: pool, ...answer(pages) } };
      });
      await using session = await startServer({ env: { ...puppet.env, COGNITO_IDENTITY_MCP_CALL_WAIT: "30" } });
      const { isError, content } = await session.call("delete-identities", { IdentityPoolId: pool, where });
      expect({ isError, content }).toMatchObject({
        isError: true,
        content: { refused: expect.stringMatching(/^The list of the pool's identities has no end/) },
      });
      expect(pages).toBeLessThan(1_010);
      expect(session.stderr()).not.toMatch(/defect|TypeError/);
      puppet.close();
    },
  );

  const right = "eu-west-1:00000000-0000-4000-8000-000000000001";
  const foreign: [string, unknown][] = [
    ["with an escape sequence", `${right}\u001b[2J`],
    ["with a line feed", `${right}\n${right}`],
    ["that ends with a line feed", `${right}\n`],
    ["of another region", right.replace("eu-west-1", "us-east-1")],
    ["without a UUID", "eu-west-1:hold"],
    ["in capitals", right.replace("00000001", "0000000A")],
    ["that is empty", ""],
    ["that is missing", undefined],
  ];
  it.each(foreign.flatMap(([name, id]) => criteria.map((where) => ({ name, id, where }))))(
    "of a list with an id $name ends, by $where",
    async ({ id, where }) => {
      const puppet = await startPuppet((operation) => ({
        status: 200,
        body: {
          IdentityPoolId: pool,
          ...(operation === "ListIdentities"
            ? { Identities: [{ IdentityId: right }, { IdentityId: id }] }
            : { IdentityPoolName: "odd", AllowUnauthenticatedIdentities: true }),
        },
      }));
      await using session = await startServer({
        env: { ...puppet.env, COGNITO_IDENTITY_MCP_CALL_WAIT: "30" },
        respond: approve,
      });
      const { content } = await session.call("delete-identities", { IdentityPoolId: pool, where });
      expect(content["refused"]).toMatch(/^The list of the pool's identities has an id that is not REGION:UUID/);
      expect(session.questions).toEqual([]);
      expect(session.stderr()).toBe("");
      puppet.close();
    },
  );

  it("of a list that gets such an id after the approval deletes nothing", async () => {
    let readings = 0;
    const operations: string[] = [];
    const puppet = await startPuppet((operation) => {
      operations.push(operation);
      if (operation !== "ListIdentities")
        return { status: 200, body: { IdentityPoolId: pool, IdentityPoolName: "odd" } };
      readings += 1;
      const Identities = [{ IdentityId: right }, ...(readings > 1 ? [{ IdentityId: "eu-west-1:x" }] : [])];
      return { status: 200, body: { IdentityPoolId: pool, Identities } };
    });
    await using session = await startServer({
      env: { ...puppet.env, COGNITO_IDENTITY_MCP_CALL_WAIT: "30" },
      respond: approve,
    });
    const { content } = await session.call("delete-identities", { IdentityPoolId: pool, where: guests });
    expect(JSON.stringify(content)).toContain("has an id that is not REGION:UUID");
    expect(operations).not.toContain("DeleteIdentities");
    puppet.close();
  });
});
