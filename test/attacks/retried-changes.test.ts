/**
 * An approved change whose attempt fails, and somebody else who changes the account before it is sent again: nobody's change is lost
 * unseen, and the answer says what is true of the account.
 */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import {
  DescribeIdentityPoolCommand,
  GetIdentityPoolRolesCommand,
  SetIdentityPoolRolesCommand,
  UpdateIdentityPoolCommand,
} from "@aws-sdk/client-cognito-identity";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  approve,
  createPool,
  environmentFor,
  type Service,
  type Session,
  startServer,
  startService,
} from "../support/client.ts";

/** How an attempt ends: AWS processes it or not, and answers or not. */
const endings = {
  carriedOut: { processed: true, answers: "well" },
  throttled: { processed: false, answers: "TooManyRequestsException" },
  failed: { processed: false, answers: "InternalErrorException" },
  "carried out, and failed": { processed: true, answers: "InternalErrorException" },
  broken: { processed: false, answers: "not at all" },
  "carried out, and broken": { processed: true, answers: "not at all" },
  "not authorized": { processed: false, answers: "NotAuthorizedException" },
  "changed by another": { processed: false, answers: "ConcurrentModificationException" },
} as const;
type Ending = keyof typeof endings;

let service: Service;
let session: Session;
/** The endings of the next attempts of a change; without one, an attempt is carried out. */
let coming: Ending[] = [];
/** What somebody else does before the attempt that follows this number of attempts. */
let colleague: { readonly after: number; readonly change: () => Promise<unknown> } | undefined;
let attempts = 0;

const answer = (response: ServerResponse, status: number, body: string) =>
  response.writeHead(status, { "content-type": "application/x-amz-json-1.1" }).end(body);

async function forward(headers: IncomingHttpHeaders, body: string): Promise<[number, string]> {
  const { authorization = "", "x-amz-target": target } = headers;
  const passed = { "content-type": "application/x-amz-json-1.1", "x-amz-target": String(target), authorization };
  const forwarded = await fetch(service.url, { method: "POST", headers: passed, body });
  return [forwarded.status, await forwarded.text()];
}

const proxy = createServer((request, response) => void pass(request, response));

async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let body = "";
  for await (const part of request.setEncoding("utf8")) body += part;
  const operation = String(request.headers["x-amz-target"]).split(".")[1] ?? "";
  if (!/^(Update|Set)/.test(operation)) return void answer(response, ...(await forward(request.headers, body)));
  const { processed, answers } = endings[coming[attempts] ?? "carriedOut"];
  attempts += 1;
  const processedAs = processed ? await forward(request.headers, body) : undefined;
  if (colleague?.after === attempts) await colleague.change();
  if (answers === "not at all") response.socket?.resetAndDestroy();
  else if (answers === "well") answer(response, ...(processedAs ?? [500, "{}"]));
  else answer(response, answers === "InternalErrorException" ? 500 : 400, JSON.stringify({ __type: answers }));
}

beforeAll(async () => {
  service = await startService();
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const { port } = proxy.address() as AddressInfo;
  session = await startServer({ env: environmentFor(`http://127.0.0.1:${port}`), respond: approve });
});
afterAll(async () => {
  await session[Symbol.asyncDispose]();
  proxy.closeAllConnections();
  proxy.close();
  await service[Symbol.asyncDispose]();
});

const adminRole = "arn:aws:iam::000000000000:role/admins";

/** For each tool: the change that is approved, that of somebody else, and whether each of them is in the account. */
const changes = {
  "update-identity-pool": (IdentityPoolId: string) => ({
    input: { IdentityPoolId, IdentityPoolName: "after" },
    async byColleague() {
      const { $metadata: _, ...pool } = await service.sdk.send(new DescribeIdentityPoolCommand({ IdentityPoolId }));
      await service.sdk.send(
        new UpdateIdentityPoolCommand({
          ...(pool as typeof pool & { IdentityPoolId: string; IdentityPoolName: string }),
          AllowUnauthenticatedIdentities: false,
        }),
      );
    },
    async read() {
      const pool = await service.sdk.send(new DescribeIdentityPoolCommand({ IdentityPoolId }));
      return { ours: pool.IdentityPoolName === "after", theirs: pool.AllowUnauthenticatedIdentities === false };
    },
  }),
  "set-identity-pool-roles": (IdentityPoolId: string) => ({
    input: { IdentityPoolId, Roles: { unauthenticated: adminRole } },
    async byColleague() {
      const { Roles } = await service.sdk.send(new GetIdentityPoolRolesCommand({ IdentityPoolId }));
      const changed = { ...Roles, authenticated: adminRole };
      await service.sdk.send(new SetIdentityPoolRolesCommand({ IdentityPoolId, Roles: changed }));
    },
    async read() {
      const { Roles = {} } = await service.sdk.send(new GetIdentityPoolRolesCommand({ IdentityPoolId }));
      return { ours: Roles["unauthenticated"] === adminRole, theirs: Roles["authenticated"] === adminRole };
    },
  }),
};
type Changing = keyof typeof changes;

/** Makes the approved call, and tells what is true of the account then. */
async function run(tool: Changing, endingsOfAttempts: Ending[], after?: number) {
  const pool = await createPool(service.sdk, "before");
  const change = changes[tool](pool);
  coming = endingsOfAttempts;
  attempts = 0;
  colleague = after === undefined ? undefined : { after, change: change.byColleague };
  const { content } = await session.call(tool, change.input);
  const isChangedByColleague = after !== undefined && after <= attempts;
  return { content, attempts, isChangedByColleague, ...(await change.read()) };
}

it.each<[Ending, string, number, object]>([
  ["throttled", "nobody", 2, { approved: {} }],
  ["throttled", "a colleague", 1, { refused: expect.stringMatching(/^The account changed after the plan was shown/) }],
  ["failed", "nobody", 2, { approved: {} }],
  ["failed", "a colleague", 1, { failed: expect.stringMatching(/answer .*was lost/), outcome: "unknown" }],
  ["broken", "a colleague", 1, { outcome: "unknown" }],
  ["carried out, and failed", "nobody", 1, { approved: {}, notes: [expect.stringMatching(/now as requested/)] }],
  ["carried out, and broken", "a colleague", 1, { approved: {}, notes: [expect.stringMatching(/now as requested/)] }],
])("an attempt that is %s, while %s changes the account", async (ending, who, sent, expected) => {
  for (const tool of Object.keys(changes) as Changing[]) {
    const result = await run(tool, [ending], who === "nobody" ? undefined : 1);
    expect(result.content).toMatchObject(expected);
    expect(result.attempts).toBe(sent);
  }
});

it("is unknown if an answer was lost, whatever AWS says to the next attempt", async () => {
  for (const next of ["throttled", "not authorized", "changed by another"] as const) {
    const { content } = await run("update-identity-pool", ["failed", next, next]);
    expect(content).toMatchObject({ outcome: "unknown" });
  }
});

it("changes nobody's change, and says what is true, however the attempts end", async () => {
  const ending = fc.constantFrom(...(Object.keys(endings) as Ending[]));
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...(Object.keys(changes) as Changing[])),
      fc.array(ending, { minLength: 1, maxLength: 3 }),
      fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
      async (tool, all, after) => {
        const { content, ours, theirs, isChangedByColleague } = await run(tool, all, after);

        if (isChangedByColleague) expect(theirs).toBe(true);
        if ("refused" in content) expect(ours).toBe(false);
        else if ("failed" in content) expect(content["outcome"] === "unknown" || !ours).toBe(true);
        else expect(ours).toBe(true);
      },
    ),
    { numRuns: process.env["LONG"] ? 300 : 25 },
  );
}, 120_000);
