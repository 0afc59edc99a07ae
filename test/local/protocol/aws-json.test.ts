/** AWS JSON 1.1 over raw HTTP, as a client other than the AWS SDK sees it. */
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { operations as localOperations } from "../../../src/local/operations/catalogue.ts";
import { operations } from "../../facts/facts.ts";
import { createPool, region, type Service, startService } from "../../support/client.ts";

const authorization = (scope = region) =>
  `AWS4-HMAC-SHA256 Credential=AKIDTEST/20260101/${scope}/cognito-identity/aws4_request, SignedHeaders=host, Signature=0`;

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service[Symbol.asyncDispose]());

async function post(
  operation: string,
  body: unknown,
  headers: Record<string, string> = { authorization: authorization() },
) {
  const answer = await fetch(service.url, {
    method: "POST",
    headers: {
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": `AWSCognitoIdentityService.${operation}`,
      ...headers,
    },
    body: typeof body === "string" || body instanceof Uint8Array ? (body as string) : JSON.stringify(body),
  });
  return { status: answer.status, headers: answer.headers, json: (await answer.json()) as Record<string, unknown> };
}

describe("errors", () => {
  it("are a 400 with their code in body and headers", async () => {
    const IdentityPoolId = `${region}:00000000-0000-4000-8000-000000000000`;
    const { status, headers, json } = await post("DescribeIdentityPool", { IdentityPoolId });
    expect(status).toBe(400);
    expect(json).toEqual({
      __type: "ResourceNotFoundException",
      message: `IdentityPool '${IdentityPoolId}' not found.`,
    });
    expect(headers.get("x-amzn-errortype")).toBe("ResourceNotFoundException:");
    expect(headers.get("x-amzn-errormessage")).toBe(json["message"]);
    expect(headers.get("x-amzn-requestid")).toMatch(/^[0-9a-f-]{36}$/);
    expect(headers.get("content-type")).toBe("application/x-amz-json-1.1");
    expect(headers.get("access-control-allow-origin")).toBeNull();
  });

  it.each<[string, string, unknown, string]>([
    ["an unknown operation", "DropEverything", {}, "UnknownOperationException"],
    ["a name of the prototype", "constructor", {}, "UnknownOperationException"],
    ["a body that is not JSON", "ListIdentityPools", "{", "SerializationException"],
    ["a list for an object", "ListIdentityPools", [], "SerializationException"],
    ["a text for a number", "ListIdentityPools", { MaxResults: "60" }, "SerializationException"],
    ["a number for a text", "DescribeIdentityPool", { IdentityPoolId: 1 }, "SerializationException"],
    [
      "bytes that are not UTF-8",
      "ListIdentityPools",
      Buffer.from('{"MaxResults":1,"x":"\u00ff"}', "latin1"),
      "SerializationException",
    ],
    ["a required member that is null", "DescribeIdentityPool", { IdentityPoolId: null }, "ValidationException"],
  ])("%s", async (_, operation, body, code) => {
    const { status, json } = await post(operation, body);
    expect({ status, code: json["__type"] }).toEqual({ status: 400, code });
  });

  it("a body over 5 MB is a 413", async () => {
    const { status, json } = await post("ListIdentityPools", " ".repeat(5 * 1024 * 1024 + 1));
    expect({ status, code: json["__type"] }).toEqual({ status: 413, code: "RequestEntityTooLargeException" });
  });

  it("no text can break out of a header", async () => {
    const { status, headers } = await post("CreateIdentityPool", {
      IdentityPoolName: "a\r\nx-injected: 1\u{1F600}/",
      AllowUnauthenticatedIdentities: true,
    });
    expect(status).toBe(400);
    expect(headers.get("x-injected")).toBeNull();
    expect(headers.get("x-amzn-errormessage")).toMatch(/^[ -~]+$/);
  });

  it.each<[string, unknown, string]>([
    ["is too long", { p: "t".repeat(50_001) }, "ValidationException"],
    ["comes with a name that is too long", { ["p".repeat(129)]: "tttt" }, "ValidationException"],
    ["is where its provider belongs", { ["t".repeat(129)]: "p" }, "ValidationException"],
    [
      "is one of too many",
      Object.fromEntries(Array.from({ length: 11 }, (_, at) => [at, "tttt"])),
      "ValidationException",
    ],
    ["is where the map belongs", "tttt", "SerializationException"],
    ["is in a list", { p: ["tttt"] }, "SerializationException"],
    ["is in a list of its own", ["tttt"], "SerializationException"],
  ])("never repeat a login token that %s", async (_, Logins, code) => {
    const { json, headers } = await post("GetId", { IdentityPoolId: "x", Logins });
    expect(json["__type"]).toBe(code);
    expect(JSON.stringify([json, ...headers])).not.toContain("tttt");
  });
});

describe("signatures", () => {
  const signed = Object.entries(operations).filter(([, { auth }]) => auth === "sigv4");
  const unsigned = Object.entries(operations).filter(([, { auth }]) => auth === "none");

  it("are needed by 19 operations and not by 4", () => {
    expect([signed.length, unsigned.length]).toEqual([19, 4]);
    for (const [name, { auth }] of Object.entries(operations))
      expect(`${name} ${localOperations[name]?.signed}`).toBe(`${name} ${auth === "sigv4"}`);
  });

  it.each(signed.map(([name]) => name))("%s is refused without one", async (name) => {
    const { json } = await post(name, {}, {});
    expect(json["__type"]).toBe("MissingAuthenticationTokenException");
  });

  it.each(unsigned.map(([name]) => name))("%s is not", async (name) => {
    const { json } = await post(name, {}, {});
    expect(json["__type"]).toBe("ValidationException");
  });

  it.each([
    "Basic eDp5",
    authorization().replace("AWS4-HMAC-SHA256 ", ""),
    authorization().replace("cognito-identity", "sts"),
    authorization().replace("SignedHeaders=host, ", ""),
    authorization().replace(", Signature=0", ""),
    authorization().replace("aws4_request", "aws4_requests"),
  ])("must be of version 4, complete, and for this service: %s", async (header) => {
    const { json } = await post("ListIdentityPools", { MaxResults: 1 }, { authorization: header });
    expect(json["__type"]).toBe("IncompleteSignatureException");
  });

  it("determine the region", async () => {
    const IdentityPoolId = await createPool(service.sdk);
    expect((await post("DescribeIdentityPool", { IdentityPoolId })).status).toBe(200);
    const elsewhere = await post(
      "DescribeIdentityPool",
      { IdentityPoolId },
      { authorization: authorization("us-east-1") },
    );
    expect(elsewhere.json["__type"]).toBe("ResourceNotFoundException");
  });
});

describe("the HTTP endpoint", () => {
  it("returns dates as seconds", async () => {
    const IdentityPoolId = await createPool(service.sdk);
    const { json } = await post("GetId", { IdentityPoolId }, {});
    const described = await post("DescribeIdentity", { IdentityId: json["IdentityId"] });
    expect(described.json["CreationDate"]).toBeCloseTo(Date.now() / 1000, -2);
  });

  it("answers no method but POST, at no path but /, and no other service's operation", async () => {
    for (const method of ["GET", "OPTIONS", "PUT"]) expect((await fetch(service.url, { method })).status).toBe(400);
    const headers = {
      authorization: authorization(),
      "x-amz-target": "AWSCognitoIdentityService.ListIdentityPools",
    };
    const elsewhere = await fetch(`${service.url}/v1`, { method: "POST", headers, body: '{"MaxResults":1}' });
    expect(await elsewhere.json()).toMatchObject({ __type: "UnknownOperationException" });
    const other = await fetch(service.url, {
      method: "POST",
      headers: { ...headers, "x-amz-target": "AWSCognitoIdentityProviderService.ListIdentityPools" },
    });
    expect(await other.json()).toMatchObject({ __type: "UnknownOperationException" });
  });

  it("survives a client that disconnects during a request", async () => {
    const { port } = new URL(service.url);
    const socket = connect(Number(port), "127.0.0.1");
    socket.write("POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\n{");
    await new Promise((resolve) => setTimeout(resolve, 50));
    socket.destroy();
    expect((await post("ListIdentityPools", { MaxResults: 1 })).status).toBe(200);
  });
});
