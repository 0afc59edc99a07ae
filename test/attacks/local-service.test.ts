/**
 * Requests that a web page can make to the HTTP server of the embedded service: under a name of its own that its DNS points
 * at this machine, or from its own origin. None of them may be executed.
 */
import { spawn } from "node:child_process";
import { connect } from "node:net";
import { CognitoIdentityClient, ListIdentityPoolsCommand } from "@aws-sdk/client-cognito-identity";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { readCommand } from "../../src/cli/args/command.ts";
import { type LocalServer, serveLocal } from "../../src/local/http.ts";
import { createLocalService } from "../../src/local/service.ts";
import { surroundings } from "../support/client.ts";
import { program } from "../support/command.ts";

const numRuns = process.env["LONG"] ? 5_000 : 300;

const hostName = "cognito.test";
const origin = "http://localhost:5173";
const otherOrigin = "https://app.example";

/** Operations that a server executed, in either of the two. */
const executed: string[] = [];

/** A server with its defaults, and one with a further host and origins. */
let plain: LocalServer;
let opened: LocalServer;
beforeAll(async () => {
  const service = createLocalService({ onCall: (operation) => void executed.push(operation) });
  plain = await serveLocal(service);
  opened = await serveLocal(service, { access: { hosts: [hostName], origins: [origin, otherOrigin] } });
});
afterAll(() => Promise.all([plain.close(), opened.close()]));
beforeEach(() => void executed.splice(0));

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

/** Sends the lines as they are: clients of Node correct what they send. */
async function send({ port }: LocalServer, head: readonly string[], body = ""): Promise<Answer> {
  const socket = connect(port, "127.0.0.1");
  const lines = [...head, "connection: close", `content-length: ${Buffer.byteLength(body)}`];
  socket.write(Buffer.from(`${lines.join("\r\n")}\r\n\r\n${body}`, "latin1"));
  let text = "";
  for await (const chunk of socket) text += (chunk as Buffer).toString("latin1");
  const [top = "", ...rest] = text.split("\r\n\r\n");
  const [statusLine = "", ...fields] = top.split("\r\n");
  const headers = new Headers(
    fields.map((field): [string, string] => [field.slice(0, field.indexOf(":")), field.slice(field.indexOf(":") + 1)]),
  );
  return { status: Number(statusLine.split(" ")[1]), headers, body: rest.join("\r\n\r\n") };
}

const authorization =
  "authorization: AWS4-HMAC-SHA256 Credential=any/20260101/eu-west-1/cognito-identity/aws4_request, SignedHeaders=host, Signature=0";

/** What a request asks for: a call that changes the state, one of STS, or nothing. */
const payloads = {
  create: {
    head: ["x-amz-target: AWSCognitoIdentityService.CreateIdentityPool", authorization],
    body: '{"IdentityPoolName":"attacked","AllowUnauthenticatedIdentities":true}',
  },
  "create as text, as a simple request": {
    head: ["x-amz-target: AWSCognitoIdentityService.CreateIdentityPool", authorization, "content-type: text/plain"],
    body: '{"IdentityPoolName":"attacked","AllowUnauthenticatedIdentities":true}',
  },
  sts: {
    head: ["content-type: application/x-www-form-urlencoded"],
    body: "Action=AssumeRoleWithWebIdentity&RoleArn=arn:aws:iam::000000000000:role/r&RoleSessionName=s&WebIdentityToken=t",
  },
  nothing: { head: [], body: "" },
} as const;

const methods = fc.constantFrom("POST", "POST", "POST", "GET", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH");
const paths = fc.constantFrom(
  "/",
  "/",
  "/.well-known/openid-configuration",
  "/.well-known/jwks_uri",
  "/?Action=x",
  "/x",
);
const payload = fc.constantFrom(...(Object.keys(payloads) as (keyof typeof payloads)[]));

/** Headers that say where a request comes from or goes to, and decide nothing. */
const distractions = fc.subarray([
  "x-forwarded-host: localhost",
  "forwarded: host=127.0.0.1",
  "x-host: localhost",
  "x-original-host: localhost",
  "referer: http://localhost:5173/",
  "sec-fetch-site: same-origin",
  "access-control-request-method: POST",
  "access-control-request-private-network: true",
]);

const anyCase = (text: string) =>
  fc
    .array(fc.boolean(), { minLength: text.length, maxLength: text.length })
    .map((upper) => [...text].map((letter, at) => (upper[at] ? letter.toUpperCase() : letter)).join(""));

const octet = fc.integer({ min: 0, max: 255 });
const ports = fc.oneof(
  fc.constant(""),
  fc.integer({ min: 1, max: 65_535 }).map((port) => `:${port}`),
);

const loopback = fc.oneof(
  fc.tuple(octet, octet, octet).map((rest) => `127.${rest.join(".")}`),
  fc.constant("[::1]"),
  anyCase("localhost"),
  anyCase("localhost").map((name) => `${name}.`),
  fc.domain().map((name) => `${name}.localhost`),
);
const goodHost = fc.tuple(fc.oneof(loopback, anyCase(hostName)), ports).map((parts) => parts.join(""));

/** Names of an attacker, many with a good one in them. */
const badHost = fc.oneof(
  fc.domain().filter((name) => !name.endsWith("localhost")),
  fc
    .tuple(fc.constantFrom("localhost", "127.0.0.1", hostName, "[::1]"), fc.domain())
    .chain(([good, bad]) =>
      fc.constantFrom(
        `${good}.${bad}`,
        `${good}-${bad}`,
        `${bad}${good}`,
        `${good}@${bad}`,
        `${bad}@${good}`,
        `user:password@${good}`,
        `${good}:80@${bad}`,
        `${good},${bad}`,
        `${good}, ${good}`,
        `${good} ${bad}`,
        `${good}/`,
        `${good}#${bad}`,
        `${good}?${bad}`,
        `${good}\\${bad}`,
        `${good}%00.${bad}`,
        `http://${good}`,
        `${good}:`,
        `${good}:65536`,
        `${good}:000080`,
        `${good}:80:80`,
        `${good}:-1`,
        `${good}:x`,
        `${good}..`,
        `.${good}`,
        `*.${good}`,
      ),
    ),
  fc.tuple(fc.domain(), fc.constantFrom(hostName)).map(([sub, name]) => `${sub}.${name}`),
  fc
    .tuple(octet, octet, octet, octet)
    .filter(([first]) => first !== 127)
    .map((all) => all.join(".")),
  fc
    .ipV6()
    .filter((address) => address !== "::1")
    .map((address) => `[${address}]`),
  fc.constantFrom(
    "",
    "*",
    ".",
    "0",
    "0.0.0.0",
    "127.1",
    "127.0.1",
    "2130706433",
    "0x7f000001",
    "0x7f.0.0.1",
    "0177.0.0.1",
    "127.0.0.01",
    "127.0.0.256",
    "127.0.0.1.1",
    "::1",
    "[::1",
    "::1]",
    "[::1]x",
    "[::1%25lo]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::]",
    "169.254.169.254",
    "loc%61lhost",
    "localhost%2eevil.example",
    "localhos\u00adt",
    "l\u00f6calhost",
    "localhost.localdomain",
    "127.0.0.1.nip.io",
  ),
);

/** Checks that a request was refused, told why, and not executed. */
function expectRefused({ status, headers, body }: Answer, method: string, code: "Host" | "Origin") {
  expect(status).toBe(403);
  expect(headers.get("x-amzn-errortype")).toBe(`${code}NotAllowedException:`);
  expect([...headers.keys()].filter((name) => name.startsWith("access-control-"))).toEqual([]);
  if (method !== "HEAD") {
    const { __type, message } = JSON.parse(body) as Record<string, string>;
    expect(__type).toBe(`${code}NotAllowedException`);
    expect(message).toMatch(
      code === "Host" ? /Nothing was done.*--allow-host NAME/ : /Nothing was done.*--cors ORIGIN/,
    );
  }
  expect(executed).toEqual([]);
}

describe("a host", () => {
  const requests = fc.record({ method: methods, path: paths, payload, more: distractions });

  it("that is neither loopback nor allowed is refused, whatever the request is", async () => {
    await fc.assert(
      fc.asyncProperty(requests, badHost, fc.boolean(), async (request, host, isOpened) => {
        const { head, body } = payloads[request.payload];
        const lines = [`${request.method} ${request.path} HTTP/1.1`, `host: ${host}`, ...request.more, ...head];
        expectRefused(await send(isOpened ? opened : plain, lines, body), request.method, "Host");
      }),
      { numRuns },
    );
  }, 120_000);

  it("that --allow-host names is refused by a server without the option", async () => {
    const { head, body } = payloads.create;
    expectRefused(await send(plain, ["POST / HTTP/1.1", `host: ${hostName}`, ...head], body), "POST", "Host");
  });

  it("that is missing or given twice is refused, even if every one is good", async () => {
    const { head, body } = payloads.create;
    const lists = fc.oneof(
      fc.constant([]),
      fc.array(goodHost, { minLength: 2, maxLength: 3 }),
      fc.tuple(goodHost, badHost),
      fc.tuple(badHost, goodHost),
    );
    await fc.assert(
      fc.asyncProperty(lists, fc.constantFrom("1.0", "1.1"), async (hosts, version) => {
        const lines = [`POST / HTTP/${version}`, ...hosts.map((host) => `Host: ${host}`), ...head];
        expectRefused(await send(opened, lines, body), "POST", "Host");
      }),
      { numRuns: numRuns / 5 },
    );
  });

  it("in the target of the request counts too", async () => {
    const { head, body } = payloads.create;
    for (const target of [
      "http://evil.example/",
      "HTTP://evil.example:80/",
      "http://localhost@evil.example/",
      "http://localhost.evil.example",
    ])
      expectRefused(await send(plain, [`POST ${target} HTTP/1.1`, "host: localhost", ...head], body), "POST", "Host");
    expectRefused(
      await send(plain, ["POST http://localhost/ HTTP/1.1", "host: evil.example", ...head], body),
      "POST",
      "Host",
    );
    const good = await send(plain, ["POST http://localhost/ HTTP/1.1", "host: localhost", ...head], body);
    expect(good.headers.get("x-amzn-errortype")).toBe("UnknownOperationException:");
  });

  it("that is loopback or allowed is served, in any case, with any port and with a final dot", async () => {
    const { head, body } = payloads.create;
    await fc.assert(
      fc.asyncProperty(goodHost, distractions, async (host, more) => {
        executed.splice(0);
        const answer = await send(opened, ["POST / HTTP/1.1", `Host: ${host}`, ...more, ...head], body);
        expect(answer.status).toBe(200);
        expect([...answer.headers.keys()].filter((name) => name.startsWith("access-control-"))).toEqual([]);
        expect(executed).toEqual(["CreateIdentityPool"]);
      }),
      { numRuns: numRuns / 5 },
    );
  });

  it("of the SDK's endpoint is served as before", async () => {
    for (const host of ["127.0.0.1", "localhost"]) {
      const credentials = { accessKeyId: "any", secretAccessKey: "any" };
      const sdk = new CognitoIdentityClient({
        region: "eu-west-1",
        endpoint: `http://${host}:${plain.port}`,
        credentials,
      });
      expect((await sdk.send(new ListIdentityPoolsCommand({ MaxResults: 1 }))).$metadata.httpStatusCode).toBe(200);
      sdk.destroy();
    }
  });
});

/** Origins that the opened server does not accept, many like one that it does. */
const badOrigin = fc.oneof(
  fc.webUrl().map((url) => new URL(url).origin),
  fc.constantFrom(origin, otherOrigin).chain((good) =>
    fc.constantFrom(
      `${good}/`,
      `${good}0`,
      `${good}.evil.example`,
      `${good}@evil.example`,
      `${good},${good}`,
      `${good}, ${good}`,
      `${good} ${good}`,
      `${good}#`,
      `x${good}`,
      good.toUpperCase(),
      good.replace("://", "://x."),
      good.replace("://", "://user@"),
      good.replace(/^https?/, (scheme) => (scheme === "http" ? "https" : "http")),
      good.replace(/(:\d+)?$/, ":8080"),
    ),
  ),
  fc.constantFrom(
    "null",
    "",
    "*",
    "file://",
    "http://localhost",
    "http://127.0.0.1:5173",
    "http://evil.example",
    "chrome-extension://abc",
  ),
);

describe("an origin", () => {
  const requests = fc.record({ host: goodHost, method: methods, path: paths, payload, more: distractions });
  const refuse = async (
    server: LocalServer,
    request: Parameters<Parameters<typeof requests.map>[0]>[0],
    origins: readonly string[],
  ) => {
    const { head, body } = payloads[request.payload];
    const from = origins.map((one) => `Origin: ${one}`);
    const lines = [
      `${request.method} ${request.path} HTTP/1.1`,
      `host: ${request.host}`,
      ...from,
      ...request.more,
      ...head,
    ];
    expectRefused(await send(server, lines, body), request.method, "Origin");
  };

  it("that is not allowed is refused before anything is executed, whatever the request is", async () => {
    await fc.assert(
      fc.asyncProperty(requests, badOrigin, (request, bad) => refuse(opened, request, [bad])),
      { numRuns },
    );
  }, 120_000);

  it("is refused where it is given twice", async () => {
    const good = fc.constantFrom(origin, otherOrigin);
    const pairs = fc.oneof(fc.tuple(good, good), fc.tuple(good, badOrigin), fc.tuple(badOrigin, good));
    await fc.assert(
      fc.asyncProperty(requests, pairs, (request, pair) => refuse(opened, request, pair)),
      { numRuns: numRuns / 5 },
    );
  });

  it("is refused by a server without --cors, also its own", async () => {
    const own = fc.constantFrom("http://localhost:", "http://127.0.0.1:").map((start) => `${start}${plain.port}`);
    const any = fc.oneof(badOrigin, fc.constantFrom(origin, otherOrigin), own);
    const local = requests.map((request) => ({ ...request, host: "localhost" }));
    await fc.assert(
      fc.asyncProperty(local, any, (request, one) => refuse(plain, request, [one])),
      { numRuns: numRuns / 5 },
    );
  });

  it("that is allowed gets the CORS headers for itself alone, and its preflight executes nothing", async () => {
    // Not the server of the tests before, which may have as many pools as it takes.
    const service = createLocalService({ onCall: (operation) => void executed.push(operation) });
    const fresh = await serveLocal(service, { access: { hosts: [hostName], origins: [origin, otherOrigin] } });
    const { head, body } = payloads.create;
    for (const good of [origin, otherOrigin]) {
      const start = ["host: localhost", `origin: ${good}`, ...head];
      const asked = await send(fresh, ["OPTIONS / HTTP/1.1", ...start]);
      expect(asked.status).toBe(200);
      expect(asked.headers.get("access-control-allow-origin")).toBe(good);
      expect(asked.headers.get("access-control-allow-methods")).toBe("GET,POST");
      expect(asked.headers.get("access-control-allow-headers")).toBe("*,Authorization");
      expect(executed).toEqual([]);
      const done = await send(fresh, ["POST / HTTP/1.1", ...start], body);
      expect(done.status).toBe(200);
      expect(done.headers.get("access-control-allow-origin")).toBe(good);
      expect(done.headers.get("access-control-allow-credentials")).toBeNull();
      expect(done.headers.get("vary")).toBe("origin");
      expect(executed.splice(0)).toEqual(["CreateIdentityPool"]);
      const keys = await send(fresh, ["GET /.well-known/jwks_uri HTTP/1.1", ...start]);
      expect(keys.headers.get("access-control-allow-origin")).toBe(good);
      const failed = await send(fresh, ["POST /x HTTP/1.1", ...start], body);
      expect({ status: failed.status, origin: failed.headers.get("access-control-allow-origin") }).toEqual({
        status: 400,
        origin: good,
      });
      const sts = await send(
        opened,
        ["POST / HTTP/1.1", "host: localhost", `origin: ${good}`, ...payloads.sts.head],
        payloads.sts.body,
      );
      expect(sts.headers.get("content-type")).toBe("text/xml");
      expect(sts.headers.get("access-control-allow-origin")).toBe(good);
    }
    await fresh.close();
  });
});

describe("the command local", () => {
  it("passes --allow-host and --cors on, each as often as it is given", async () => {
    const args = ["--allow-host", "Cognito.Test", "--allow-host=other.test", "--cors", origin, "--cors", otherOrigin];
    const child = spawn(process.execPath, [program, "local", "--port", "0", ...args], {
      env: { PATH: process.env["PATH"], ...surroundings },
      stdio: ["ignore", "pipe", "inherit"],
    });
    try {
      const [line] = (await new Promise<Buffer>((resolve) => child.stdout.once("data", resolve))).toString().split(",");
      const server = { port: Number(new URL(line?.split(" ").at(-1) ?? "").port) } as LocalServer;
      const { head, body } = payloads.create;
      const status = async (host: string, from?: string) =>
        (await send(server, ["POST / HTTP/1.1", `host: ${host}`, ...(from ? [`origin: ${from}`] : []), ...head], body))
          .status;
      expect(await status("cognito.test")).toBe(200);
      expect(await status("other.test:80", otherOrigin)).toBe(200);
      expect(await status("localhost", origin)).toBe(200);
      expect(await status("third.test")).toBe(403);
      expect(await status("localhost", "http://localhost:5174")).toBe(403);
    } finally {
      child.kill();
      await new Promise((resolve) => child.once("close", resolve));
    }
  });

  const wrongHosts = [
    "*",
    "*.test",
    "a,b",
    "a:80",
    "http://a",
    "a/",
    "a b",
    "u@a",
    ".",
    "a.",
    "..",
    "127.1",
    "::1",
    "[x]",
    "a\n",
    "",
  ];
  const wrongOrigins = [
    "*",
    "null",
    "localhost",
    "http://*",
    "http://a/",
    "http://a/x",
    "http://A",
    "http://a:80",
    "HTTP://a",
    "http://u@a",
    "http://a?",
    "a://b",
    "http://a,http://b",
    "http://",
    "",
  ];
  it.each([
    ...wrongHosts.map((value) => ["--allow-host", value] as const),
    ...wrongOrigins.map((value) => ["--cors", value] as const),
  ])("refuses to start with %s %j", (option, value) => {
    expect(() => readCommand([], ["local", `${option}=${value}`], {})).toThrow(
      value === "" ? `${option} is empty` : `${option} is ${JSON.stringify(value)}; it must `,
    );
  });

  it("alone takes the two options", () => {
    for (const args of [
      ["--allow-host", "a"],
      ["--local", "--cors", origin],
      ["setup", "cursor", "--cors", origin],
    ])
      expect(() => readCommand([], args, {})).toThrow("is not an option of");
  });
});
