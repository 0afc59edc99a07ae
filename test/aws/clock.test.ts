/** A clock that is wrong: AWS refuses the signature and says its own time, and the call is signed anew with that. */
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { approve, environmentFor, startServer } from "../support/client.ts";

const id = "eu-west-1:00000000-0000-4000-8000-000000000000";

/** How far AWS's clock is ahead. */
const AHEAD_MS = 1_200_000;

const ofAws = () => Date.now() + AHEAD_MS;

/** Whether the signature is of AWS's time, by AWS's five minutes. */
function isOfItsTime({ headers }: IncomingMessage): boolean {
  const signed = String(headers["x-amz-date"]).replace(/(....)(..)(..T..)(..)(..Z)/, "$1-$2-$3:$4:$5");
  return Math.abs(Date.parse(signed) - ofAws()) < 300_000;
}

/** The operations that were sent, those with a refused signature marked. */
const sent: string[] = [];
/** What is answered whatever the time of the signature. */
let fault: string | undefined;

const aws = createServer((request, response) => {
  request.resume();
  const operation = String(request.headers["x-amz-target"]).split(".").at(-1) ?? "";
  const holds = fault !== undefined || isOfItsTime(request);
  sent.push(holds ? operation : `${operation} refused`);
  const date = new Date(ofAws()).toUTCString();
  const type = fault ?? (holds ? undefined : "InvalidSignatureException");
  response.writeHead(type === undefined ? 200 : 400, { "content-type": "application/x-amz-json-1.1", date });
  response.end(JSON.stringify(type === undefined ? { IdentityPoolId: id, IdentityPoolName: "x" } : { __type: type }));
});
beforeAll(() => new Promise<void>((resolve) => aws.listen(0, "127.0.0.1", resolve)));
afterAll(() => void aws.close());
beforeEach(() => {
  sent.length = 0;
  fault = undefined;
});

const start = () =>
  startServer({
    env: environmentFor(`http://127.0.0.1:${(aws.address() as AddressInfo).port}`),
    args: ["--policy", "delete=off"],
    respond: approve,
  });

it.each([
  ["describe-identity-pool", "DescribeIdentityPool", { IdentityPoolId: id }],
  ["create-identity-pool", "CreateIdentityPool", { IdentityPoolName: "x", AllowUnauthenticatedIdentities: false }],
  ["delete-identities", "DeleteIdentities", { IdentityIdsToDelete: [id] }],
])("%s is signed anew, once", async (tool, operation, input) => {
  await using session = await start();
  expect((await session.call(tool, input)).isError).toBe(false);
  expect(sent.filter((one) => one.startsWith(operation))).toEqual([`${operation} refused`, operation]);
  await session.call(tool, input);
  expect(sent.slice(-1)).toEqual([operation]);
});

it("a create that fails otherwise is not sent again, though the clocks differ", async () => {
  fault = "InternalErrorException";
  await using session = await start();
  const input = { IdentityPoolName: "x", AllowUnauthenticatedIdentities: false };
  expect((await session.call("create-identity-pool", input)).content).toMatchObject({ code: fault });
  expect(sent).toEqual(["CreateIdentityPool"]);
});
