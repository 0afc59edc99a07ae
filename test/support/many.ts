/** Pools with many identities, and what is left of them. */
import { setTimeout } from "node:timers/promises";
import { type CognitoIdentityClient, GetIdCommand, ListIdentitiesCommand } from "@aws-sdk/client-cognito-identity";
import { serveLocal } from "../../src/local/http.ts";
import { createLocalService, type LocalOptions } from "../../src/local/service.ts";
import { environmentFor, region } from "./client.ts";

/** Creates guests, and gives their ids. */
export async function createGuests(sdk: CognitoIdentityClient, IdentityPoolId: string, count: number) {
  const ids: string[] = [];
  while (ids.length < count) {
    const batch = Array.from({ length: Math.min(20, count - ids.length) }, () =>
      sdk.send(new GetIdCommand({ IdentityPoolId })),
    );
    for (const { IdentityId = "" } of await Promise.all(batch)) ids.push(IdentityId);
  }
  return ids;
}

/** The ids of all identities of the pool, in its order. */
export async function identitiesOf(client: CognitoIdentityClient, IdentityPoolId: string) {
  const ids: string[] = [];
  let NextToken: string | undefined;
  do {
    const page = await client.send(new ListIdentitiesCommand({ IdentityPoolId, MaxResults: 60, NextToken }));
    for (const { IdentityId = "" } of page.Identities ?? []) ids.push(IdentityId);
    ({ NextToken } = page);
  } while (NextToken !== undefined);
  return ids;
}

/** A service in this process that can be slowed, filled without HTTP, and asked what it deleted. */
export async function startSlowService(options: LocalOptions = {}) {
  const service = createLocalService(options);
  /** Milliseconds before each answer. */
  const speed = { delay: 0 };
  /** Every id that a deletion named, in order. */
  const deleted: string[] = [];
  const http = await serveLocal({
    async handle(request) {
      const operation = String(request.headers["x-amz-target"]).split(".").at(-1);
      if (speed.delay > 0) await setTimeout(speed.delay);
      await made.before(operation ?? "");
      const answer = await service.handle(request);
      if (operation === "DeleteIdentities" && answer.status === 200)
        deleted.push(...JSON.parse(Buffer.from(request.body).toString()).IdentityIdsToDelete);
      return answer;
    },
    close: () => service.close(),
  });
  const call = async (operation: string, input: object): Promise<Record<string, unknown>> => {
    const { status, body } = await service.handle({
      method: "POST",
      path: "/",
      headers: {
        "x-amz-target": `AWSCognitoIdentityService.${operation}`,
        "content-type": "application/x-amz-json-1.1",
        authorization: `AWS4-HMAC-SHA256 Credential=AKID/20260101/${region}/cognito-identity/aws4_request, SignedHeaders=host, Signature=0`,
      },
      body: Buffer.from(JSON.stringify(input)),
    });
    if (status !== 200) throw new Error(`${operation}: ${body}`);
    return JSON.parse(body);
  };
  const made = {
    /** Called before each answer. */
    before: async (_operation: string) => {},
    env: environmentFor(http.url),
    url: http.url,
    speed,
    deleted,
    call,
    /** A pool with guests, and their ids. */
    async createPool(guests: number) {
      const made = await call("CreateIdentityPool", { IdentityPoolName: "many", AllowUnauthenticatedIdentities: true });
      const pool = String(made["IdentityPoolId"]);
      const ids: string[] = [];
      for (let number = 0; number < guests; number += 1)
        ids.push(String((await call("GetId", { IdentityPoolId: pool }))["IdentityId"]));
      return { pool, ids };
    },
    /** The ids of all identities of a pool. */
    async left(IdentityPoolId: string) {
      const ids: string[] = [];
      let NextToken: unknown;
      do {
        const page = await call("ListIdentities", {
          IdentityPoolId,
          MaxResults: 60,
          ...(NextToken !== undefined && { NextToken }),
        });
        for (const { IdentityId } of page["Identities"] as { IdentityId: string }[]) ids.push(IdentityId);
        NextToken = page["NextToken"];
      } while (NextToken !== undefined);
      return ids;
    },
    [Symbol.asyncDispose]: () => http.close(),
  };
  return made;
}
