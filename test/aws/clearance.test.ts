/** The second line: a call that no guard let through is not sent, whatever its type says. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Aws, createAws } from "../../src/aws/clients.ts";
import { type ClearedCall, clearUngated, withLogins } from "../../src/guards/approval/clearance.ts";
import type { Read } from "../../src/plans/command.ts";
import { getId } from "../../src/tools/identities.ts";
import { createIdentityPool } from "../../src/tools/identity-pools.ts";
import type { UngatedTool } from "../../src/tools/tool.ts";
import { createPool, region, type Service, startService } from "../support/client.ts";

const { signal } = new AbortController();
let service: Service;
let aws: Aws;
let pool: string;

beforeAll(async () => {
  service = await startService();
  pool = await createPool(service.sdk);
  for (const [name, value] of Object.entries(service.env)) process.env[name] = value;
  aws = createAws({ region, endpoint: service.url });
});
afterAll(() => service[Symbol.asyncDispose]());

const sent = (operation: string) => service.calls.filter((call) => call === operation).length;

describe("the client", () => {
  it("sends what a guard cleared, and once", async () => {
    const request = { IdentityPoolName: "made", AllowUnauthenticatedIdentities: false };
    const cleared = clearUngated(createIdentityPool, region, request);
    const before = sent("CreateIdentityPool");
    await aws.send(cleared, signal);
    await expect(aws.send(cleared, signal)).rejects.toThrow(TypeError);
    expect(sent("CreateIdentityPool")).toBe(before + 1);
  });

  it("sends no call of a tool that can link without the check whether it does", () => {
    // The cast is the forgery, as in the next test.
    expect(() => clearUngated(getId as unknown as UngatedTool, region, { IdentityPoolId: pool })).toThrow(TypeError);
  });

  // The casts here are the forgery: without them the compiler refuses these calls.
  it("sends no call that merely looks like a cleared one", async () => {
    const forged = {
      kind: "cleared",
      command: "DeleteIdentityPoolCommand",
      effect: "delete",
      region,
      request: { IdentityPoolId: pool },
    };
    await expect(aws.send(forged as unknown as ClearedCall, signal)).rejects.toThrow(TypeError);
    const real = clearUngated(createIdentityPool, region, { IdentityPoolName: "x" });
    await expect(aws.send({ ...real, ...forged } as unknown as ClearedCall, signal)).rejects.toThrow(TypeError);
    const another = {
      ...real,
      command: "DeleteIdentityPoolCommand",
      request: Object.assign(real.request, { IdentityPoolId: pool }),
    };
    await expect(aws.send(another as ClearedCall, signal)).rejects.toThrow(TypeError);
    expect(() => withLogins(forged as unknown as ClearedCall, { "accounts.google.com": "token" })).toThrow(TypeError);
    expect(sent("DeleteIdentityPool")).toBe(0);
  });

  it("sends what was cleared, whatever became of the object that it was made from", async () => {
    const request = { IdentityPoolName: "as cleared", AllowUnauthenticatedIdentities: false };
    const cleared = clearUngated(createIdentityPool, region, request);
    request.IdentityPoolName = "changed later";
    expect(await aws.send(cleared, signal)).toMatchObject({ IdentityPoolName: "as cleared" });
  });

  it("reads for a plan, and does nothing else for one", async () => {
    const read = aws.reader(region, signal);
    expect(await read("DescribeIdentityPoolCommand", { IdentityPoolId: pool })).toMatchObject({ IdentityPoolId: pool });
    // The type knows read commands only. A caller without types does not.
    const anything = read as unknown as (command: string, request: object) => ReturnType<Read>;
    await expect(anything("DeleteIdentityPoolCommand", { IdentityPoolId: pool })).rejects.toThrow(TypeError);
    await expect(anything("GetOpenIdTokenCommand", { IdentityId: pool })).rejects.toThrow(TypeError);
    expect(sent("DeleteIdentityPool")).toBe(0);
  });
});
