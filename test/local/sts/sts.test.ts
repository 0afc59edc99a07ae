/** The STS of the service: the identity of credentials, and the last step of the classic flow. */
import * as sdk from "@aws-sdk/client-cognito-identity";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type LocalServer, serveLocal } from "../../../src/local/http.ts";
import { createLocalService } from "../../../src/local/service.ts";
import { createPool, guestRole, region } from "../../support/client.ts";
import { callSts, getCallerIdentity, sign } from "./sts-client.ts";

let now = Date.now();
let server: LocalServer;
let client: sdk.CognitoIdentityClient;
let identity: string | undefined;

beforeAll(async () => {
  server = await serveLocal(createLocalService({ clock: () => now }));
  client = new sdk.CognitoIdentityClient({
    region,
    endpoint: server.url,
    credentials: { accessKeyId: "AKIDTEST", secretAccessKey: "test" },
  });
  const { IdentityId } = await client.send(new sdk.GetIdCommand({ IdentityPoolId: await createPool(client) }));
  identity = IdentityId;
});
afterAll(async () => {
  client.destroy();
  await server.close();
});

const vend = async (): Promise<sdk.Credentials> => {
  const { Credentials = {} } = await client.send(new sdk.GetCredentialsForIdentityCommand({ IdentityId: identity }));
  return Credentials;
};

describe("GetCallerIdentity", () => {
  it("returns the assumed role of vended credentials", async () => {
    const caller = await getCallerIdentity(server.url, await vend());
    expect(caller.status).toBe(200);
    expect(caller.element("Arn")).toBe("arn:aws:sts::000000000000:assumed-role/guests/CognitoIdentityCredentials");
    expect(caller.element("UserId")).toMatch(/^AROA[A-Z2-7]{17}:CognitoIdentityCredentials$/);
    expect(caller.element("Account")).toBe("000000000000");
    expect(caller.element("RequestId")).toMatch(/^[0-9a-f-]{36}$/);
    expect(caller.xml).toMatch(/^<GetCallerIdentityResponse xmlns="https:\/\/sts\.amazonaws\.com\/doc\/2011-06-15\/">/);
  });

  it("returns the same id for a role each time", async () => {
    const ids = await Promise.all(
      [await vend(), await vend()].map(async (keys) => (await getCallerIdentity(server.url, keys)).element("UserId")),
    );
    expect(ids[0]).toBeDefined();
    expect(ids[0]).toBe(ids[1]);
  });

  const refused = async (answer: Promise<Awaited<ReturnType<typeof callSts>>>, status: number, code: string) => {
    const { status: given, element, xml } = await answer;
    expect([given, element("Code"), element("Type")]).toEqual([status, code, "Sender"]);
    expect(element("Message")).not.toBe("");
    expect(xml).not.toMatch(/IQoJ|assumed-role/);
  };

  it("refuses a signature made with another secret", async () => {
    const { SecretKey = "", ...keys } = await vend();
    await refused(getCallerIdentity(server.url, { ...keys, SecretKey: `${SecretKey}x` }), 403, "SignatureDoesNotMatch");
  });

  it("refuses a request that was changed after it was signed", async () => {
    const keys = await vend();
    const signed = sign(server.url, keys);
    await refused(
      getCallerIdentity(server.url, keys, { "x-amz-date": "20000101T000000Z" }),
      403,
      "SignatureDoesNotMatch",
    );
    await refused(
      callSts(server.url, { Action: "GetCallerIdentity", Version: "2011-06-15", More: "1" }, signed),
      403,
      "SignatureDoesNotMatch",
    );
    await refused(
      callSts(`${server.url}/?more=1`, { Action: "GetCallerIdentity", Version: "2011-06-15" }, signed),
      403,
      "SignatureDoesNotMatch",
    );
  });

  it("refuses a session token that was changed, truncated, or is of another service or other keys", async () => {
    const keys = await vend();
    const { SessionToken: token = "" } = keys;
    const changed = `${token.slice(0, 100)}${token[100] === "A" ? "B" : "A"}${token.slice(101)}`;
    const another = (await vend()).SessionToken;
    for (const SessionToken of [
      changed,
      `XXXX${token.slice(4)}`,
      token.slice(0, 30),
      token.slice(4),
      "IQoJ",
      "",
      another,
    ])
      await refused(getCallerIdentity(server.url, { ...keys, SessionToken }), 403, "InvalidClientTokenId");
  });

  it("refuses keys that it did not vend", async () => {
    const keys = await vend();
    for (const AccessKeyId of ["AKIAIOSFODNN7EXAMPLE", "ASIAAAAAAAAAAAAAAAAA"])
      await refused(getCallerIdentity(server.url, { ...keys, AccessKeyId }), 403, "InvalidClientTokenId");
    const other = await serveLocal(createLocalService());
    await refused(getCallerIdentity(other.url, keys), 403, "InvalidClientTokenId");
    await other.close();
  });

  it("refuses expired credentials", async () => {
    const keys = await vend();
    const start = now;
    now = keys.Expiration?.getTime() ?? 0;
    expect(now).toBe(Math.floor(start / 1000) * 1000 + 3_600_000);
    now -= 1;
    expect((await getCallerIdentity(server.url, keys)).status).toBe(200);
    now += 1;
    await refused(getCallerIdentity(server.url, keys), 403, "ExpiredToken");
    now = start;
  });

  it("refuses a request without a signature, or with a malformed header", async () => {
    const form = { Action: "GetCallerIdentity", Version: "2011-06-15" };
    await refused(callSts(server.url, form), 403, "MissingAuthenticationToken");
    const { authorization = "", ...signed } = sign(server.url, await vend());
    for (const header of ["Bearer x", authorization.replace("AWS4", "AWS3"), authorization.replace("Signature=", "")])
      await refused(callSts(server.url, form, { ...signed, authorization: header }), 400, "IncompleteSignature");
  });

  it.each(["", "GetSessionToken", "<Action>", "constructor"])("refuses the unknown action %j", (Action) =>
    refused(callSts(server.url, { Action }), 400, "InvalidAction"),
  );
});

describe("AssumeRoleWithWebIdentity", () => {
  const role = "arn:aws:iam::123456789012:role/path/visitors";
  const openIdToken = async () =>
    (await client.send(new sdk.GetOpenIdTokenCommand({ IdentityId: identity }))).Token ?? "";
  const assume = (form: Readonly<Record<string, string>>) =>
    callSts(server.url, {
      Action: "AssumeRoleWithWebIdentity",
      Version: "2011-06-15",
      RoleArn: role,
      RoleSessionName: "session",
      ...form,
    });

  it("completes the classic flow with credentials of the role", async () => {
    const answer = await assume({ WebIdentityToken: await openIdToken() });
    expect(answer.status).toBe(200);
    expect(answer.element("SubjectFromWebIdentityToken")).toBe(identity);
    expect(answer.element("Provider")).toBe("cognito-identity.amazonaws.com");
    expect(answer.element("Audience")).toMatch(/^eu-west-1:/);
    expect(new Date(answer.element("Expiration") ?? "").getTime()).toBe(Math.floor(now / 1000) * 1000 + 3_600_000);
    const arn = "arn:aws:sts::123456789012:assumed-role/visitors/session";
    expect(answer.element("Arn")).toBe(arn);
    const caller = await getCallerIdentity(server.url, {
      AccessKeyId: answer.element("AccessKeyId"),
      SecretKey: answer.element("SecretAccessKey"),
      SessionToken: answer.element("SessionToken"),
    });
    expect(caller.element("Arn")).toBe(arn);
    expect(caller.element("UserId")).toBe(answer.element("AssumedRoleId"));
    expect(caller.element("Account")).toBe("123456789012");
  });

  it("vends credentials for the requested time", async () => {
    const WebIdentityToken = await openIdToken();
    for (const seconds of [900, 43_200]) {
      const answer = await assume({ WebIdentityToken, DurationSeconds: String(seconds) });
      expect(new Date(answer.element("Expiration") ?? "").getTime()).toBe((Math.floor(now / 1000) + seconds) * 1000);
    }
  });

  it("refuses a token that is not of this service", async () => {
    const token = await openIdToken();
    const unsigned = `eyJhbGciOiJub25lIn0.${token.split(".")[1]}.`;
    for (const WebIdentityToken of ["nonsense", `${token.slice(0, -4)}AAAA`, unsigned]) {
      const answer = await assume({ WebIdentityToken });
      expect([answer.status, answer.element("Code")]).toEqual([400, "InvalidIdentityToken"]);
      expect(answer.xml).not.toContain(WebIdentityToken);
    }
  });

  it("refuses a token that has expired", async () => {
    const WebIdentityToken = await openIdToken();
    const start = now;
    now += 600_000;
    const answer = await assume({ WebIdentityToken });
    now = start;
    expect([answer.status, answer.element("Code")]).toEqual([400, "ExpiredTokenException"]);
  });

  it.each<[string, string, string]>([
    ["RoleArn", "visitors", "roleArn"],
    ["RoleArn", "arn:aws:iam::123456789012:user/somebody", "roleArn"],
    ["RoleArn", "arn:aws:iam::123456789012:role/<a>\u0001", "roleArn"],
    ["RoleSessionName", "?", "roleSessionName"],
    ["RoleSessionName", "two words", "roleSessionName"],
    ["RoleSessionName", "</Arn><Arn>&amp;", "roleSessionName"],
    ["RoleSessionName", "line\n", "roleSessionName"],
    ["WebIdentityToken", "?", "webIdentityToken"],
    ["DurationSeconds", "899", "durationSeconds"],
    ["DurationSeconds", "43201", "durationSeconds"],
    ["DurationSeconds", "1000.5", "durationSeconds"],
    ["DurationSeconds", "an hour", "durationSeconds"],
  ])("refuses %s %j", async (parameter, value, member) => {
    const answer = await assume({ WebIdentityToken: await openIdToken(), [parameter]: value });
    expect([answer.status, answer.element("Code")]).toEqual([400, "ValidationError"]);
    expect(answer.element("Message")).toMatch(
      new RegExp(`^1 validation error detected: Value at '${member}' failed to satisfy constraint: `),
    );
    expect(answer.element("Message")).not.toContain(value);
  });

  it.each(["RoleArn", "RoleSessionName", "WebIdentityToken"])("needs %s", async (parameter) => {
    const { [parameter]: _, ...form }: Record<string, string> = {
      Action: "AssumeRoleWithWebIdentity",
      RoleArn: guestRole,
      RoleSessionName: "session",
      WebIdentityToken: await openIdToken(),
    };
    const answer = await callSts(server.url, form);
    expect(answer.element("Code")).toBe("ValidationError");
    expect(answer.element("Message")).toMatch(/Member must not be null$/);
  });

  it("escapes its input in XML", async () => {
    const answer = await assume({
      WebIdentityToken: await openIdToken(),
      RoleArn: "arn:aws:iam::123456789012:role/a&b<Arn>c",
    });
    expect(answer.element("Arn")).toBe("arn:aws:sts::123456789012:assumed-role/a&amp;b&lt;Arn&gt;c/session");
  });
});
