/** The clients of the SDK: a caller can name any number of regions, and the server keeps a few clients only. */
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createAws } from "../../src/aws/clients.ts";

const ResourceArn = "arn:aws:cognito-identity:eu-west-1:000000000000:identitypool/eu-west-1:0";

let service: Server;
let held: ServerResponse[] = [];
let isHolding = false;
const env = { ...process.env };

beforeAll(async () => {
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: "AKIDEXAMPLE", AWS_SECRET_ACCESS_KEY: "not a secret" });
  service = createServer((request, response) => {
    request.resume();
    if (isHolding) held.push(response);
    else answer(response);
  });
  await new Promise<void>((resolve) => service.listen(0, "127.0.0.1", resolve));
});
afterAll(() => {
  service.closeAllConnections();
  service.close();
  process.env = env;
});

function answer(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "application/x-amz-json-1.1" });
  response.end('{"Tags":{}}');
}

function connections(): Promise<number> {
  return new Promise((resolve) => service.getConnections((_, count) => resolve(count)));
}

async function until(isDone: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 5000; Date.now() < end && !(await isDone()); ) await wait(10);
}

it("are at most 16 when no call is in progress, and no call in progress loses its client", { timeout: 60_000 }, () =>
  fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 17, max: 60 }), async (waiting, others) => {
      const aws = createAws({ endpoint: `http://127.0.0.1:${(service.address() as AddressInfo).port}` });
      const call = async (region: string) =>
        await aws.reader(region, new AbortController().signal)("ListTagsForResourceCommand", { ResourceArn });
      isHolding = true;
      const calls = Array.from({ length: waiting }, (_, at) => call(`eu-waiting-${at}`));
      await until(async () => held.length === waiting);
      isHolding = false;
      for (let at = 0; at < others; at += 1) expect(await call(`eu-other-${at}`)).toEqual({ Tags: {} });
      for (const response of held) answer(response);
      held = [];
      for (const done of calls) expect(await done).toEqual({ Tags: {} });
      await until(async () => (await connections()) <= 16);
      expect(await connections()).toBeLessThanOrEqual(16);
      service.closeAllConnections();
    }),
    { numRuns: 5 },
  ),
);
