/** The page on loopback answers its own document in a browser, and nobody else. */
import { once } from "node:events";
import { createServer, request, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { networkInterfaces } from "node:os";
import { afterEach, describe, expect, it } from "vitest";
import { type LoopbackPage, openLoopbackPage, PLACEHOLDER } from "../../../src/operator/web/loopback.ts";

const hasIPv6 = Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === "::1"));

const document = `<!doctype html><meta name="document" content="${PLACEHOLDER}"><style>p{}</style><script>1</script>`;

const opened: { close(): unknown }[] = [];
afterEach(() => {
  for (const one of opened.splice(0)) one.close();
});

/** Bodies that reached a route. */
type Reached = { readonly path: string; readonly body: unknown }[];

async function open(port?: number): Promise<{ page: LoopbackPage; reached: Reached; refused: string[] }> {
  const reached: Reached = [];
  const refused: string[] = [];
  const route = (path: string, needsToken: boolean) => ({
    needsToken,
    answer(body: unknown) {
      reached.push({ path, body });
      return body === "wrong" ? undefined : { json: { done: true } };
    },
  });
  const page = await openLoopbackPage({
    document,
    port,
    routes: {
      "/locked": route("/locked", true),
      "/open": route("/open", false),
      "/fails": {
        needsToken: false,
        answer: () => {
          throw new Error("secret detail");
        },
      },
    },
    onRefused: (reason) => refused.push(reason),
    onFault: (error) => refused.push(String(error)),
  });
  opened.push(page);
  return { page, reached, refused };
}

interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: string;
  readonly host?: string;
}

interface Received {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
}

/** Sends exactly these headers, as a program can and a page cannot. Undefined leaves a header out. */
async function send(port: number, { method = "GET", path = "/", headers = {}, body, host }: Sent): Promise<Received> {
  const given = Object.entries({ host: `localhost:${port}`, ...headers }).filter(([, value]) => value !== undefined);
  const sending = request({
    host: host ?? "127.0.0.1",
    port,
    method,
    path,
    headers: Object.fromEntries(given) as Record<string, string>,
  });
  sending.end(body);
  const [response] = await once(sending, "response");
  let text = "";
  for await (const chunk of response) text += chunk;
  return { status: response.statusCode, headers: response.headers, text };
}

const asBrowser = { "sec-fetch-dest": "document", "sec-fetch-mode": "navigate", "sec-fetch-site": "none" };

const valueIn = (text: string) => /content="([^"]*)"/.exec(text)?.[1] ?? "";

/** What a document of the page sends. */
async function asDocument(page: LoopbackPage): Promise<Sent & { readonly headers: Readonly<Record<string, string>> }> {
  const { text } = await send(page.port, { headers: asBrowser });
  return {
    method: "POST",
    path: "/locked",
    headers: {
      origin: page.origin,
      "sec-fetch-site": "same-origin",
      "content-type": "application/json",
      "x-page-document": valueIn(text),
      "x-page-token": page.token,
    },
    body: '{"a":1}',
  };
}

describe("the document", () => {
  it("is sent to a browser that loads it, with a value of its own each time", async () => {
    const { page } = await open();
    const [first, second] = [
      await send(page.port, { headers: asBrowser }),
      await send(page.port, { headers: asBrowser }),
    ];
    expect(first.status).toBe(200);
    expect(valueIn(first.text)).toMatch(/^[\w-]{24}$/);
    expect(valueIn(first.text)).not.toBe(valueIn(second.text));
    expect(first.headers).toMatchObject({
      "cache-control": "no-store",
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
      "cross-origin-opener-policy": "noopener-allow-popups",
      "cross-origin-resource-policy": "same-origin",
    });
    expect(first.headers["content-security-policy"]).toMatch(
      /^default-src 'none'; script-src 'sha256-[^']{44}'; style-src 'sha256-[^']{44}'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'/,
    );
  });

  it.each<[string, Readonly<Record<string, string | undefined>>, number]>([
    ["a program without a browser", { "sec-fetch-dest": undefined }, 403],
    ["a browser that does not navigate", { "sec-fetch-mode": "no-cors" }, 403],
    ["a frame", { "sec-fetch-dest": "iframe" }, 403],
    ["a fetch", { "sec-fetch-dest": "empty", "sec-fetch-mode": "cors" }, 403],
    ["a service worker that passes a navigation on", { "sec-fetch-dest": "empty" }, 403],
    ["a service worker that has a navigation loaded ahead", { "service-worker-navigation-preload": "true" }, 403],
    ["a page of another port of localhost", { "sec-fetch-site": "same-site" }, 403],
    ["a browser that says no site", { "sec-fetch-site": undefined }, 403],
    ["another host name", { host: "attacker.example" }, 421],
    ["the address for the name", { host: "127.0.0.1" }, 421],
    ["another port", { host: "localhost:1" }, 421],
  ])("is not sent to %s", async (_, headers, status) => {
    const { page, refused } = await open();
    const answer = await send(page.port, { headers: { ...asBrowser, ...headers } });
    expect(answer).toMatchObject({ status, text: "" });
    expect(refused).toHaveLength(1);
  });

  it("stops to be valid when 32 others were sent, unless it came with the token", async () => {
    const { page } = await open();
    const [first, used] = [await asDocument(page), await asDocument(page)];
    expect((await send(page.port, used)).status).toBe(200);
    for (let count = 0; count < 32; count += 1) await send(page.port, { headers: asBrowser });
    expect((await send(page.port, first)).status).toBe(401);
    expect((await send(page.port, used)).status).toBe(200);
  });
});

describe("a route", () => {
  it("answers a document of the page", async () => {
    const { page, reached, refused } = await open();
    expect(await send(page.port, await asDocument(page))).toMatchObject({ status: 200, text: '{"done":true}' });
    expect(reached).toEqual([{ path: "/locked", body: { a: 1 } }]);
    expect(refused).toEqual([]);
  });

  it("needs no token where the person unlocks the page, but a document", async () => {
    const { page, reached } = await open();
    const { headers, ...sent } = await asDocument(page);
    const without = { ...headers, "x-page-token": undefined };
    expect((await send(page.port, { ...sent, path: "/open", headers: without })).status).toBe(200);
    const foreign = { ...without, "x-page-document": "A".repeat(24) };
    expect((await send(page.port, { ...sent, path: "/open", headers: foreign })).status).toBe(401);
    expect(reached).toHaveLength(1);
  });

  it.each<[string, Sent, number]>([
    ["another host name", { headers: { host: "attacker.example" } }, 421],
    ["no origin", { headers: { origin: undefined } }, 403],
    ["the origin of another port", { headers: { origin: "http://localhost:1" } }, 403],
    ["no origin to speak of", { headers: { origin: "null" } }, 403],
    ["another page of the same site", { headers: { "sec-fetch-site": "same-site" } }, 403],
    ["another site", { headers: { "sec-fetch-site": "cross-site" } }, 403],
    ["no site", { headers: { "sec-fetch-site": undefined } }, 403],
    ["a form", { headers: { "content-type": "application/x-www-form-urlencoded" } }, 415],
    ["plain text", { headers: { "content-type": "text/plain" } }, 415],
    ["no document", { headers: { "x-page-document": undefined } }, 401],
    ["an invented document", { headers: { "x-page-document": "A".repeat(24) } }, 401],
    ["the placeholder", { headers: { "x-page-document": PLACEHOLDER } }, 401],
    ["no token", { headers: { "x-page-token": undefined } }, 401],
    ["a token of the right length", { headers: { "x-page-token": "A".repeat(43) } }, 401],
    ["a token that is too short", { headers: { "x-page-token": "A" } }, 401],
    ["no JSON", { body: "{" }, 400],
    ["a body of 65,537 bytes", { body: `"${"a".repeat(65_535)}"` }, 413],
    ["JSON that makes no sense", { body: '"wrong"' }, 400],
    ["GET", { method: "GET", body: "" }, 404],
    ["PUT", { method: "PUT" }, 404],
    ["OPTIONS, as before a request of another origin", { method: "OPTIONS", body: "" }, 404],
    ["another path", { path: "/other" }, 404],
    ["a query", { path: "/locked?a" }, 404],
  ])("refuses %s, and says nothing else", async (_, change, status) => {
    const { page, reached, refused } = await open();
    const sent = await asDocument(page);
    const answer = await send(page.port, { ...sent, ...change, headers: { ...sent.headers, ...change.headers } });
    expect(answer).toMatchObject({ status, text: "" });
    expect(answer.headers["access-control-allow-origin"]).toBeUndefined();
    expect(refused).toHaveLength(1);
    expect(reached).toHaveLength(change.body === '"wrong"' ? 1 : 0);
  });

  it("takes a body of 65,536 bytes", async () => {
    const { page } = await open();
    const sent = await asDocument(page);
    expect((await send(page.port, { ...sent, body: `"${"a".repeat(65_534)}"` })).status).toBe(200);
  });

  it("says nothing of an error of its own", async () => {
    const { page, refused } = await open();
    const sent = await asDocument(page);
    await expect(send(page.port, { ...sent, path: "/fails" })).rejects.toThrow("socket hang up");
    expect(refused).toEqual(["Error: secret detail"]);
  });

  it("is not held by clients that send nothing: 64 connections, then a document still loads once one ends", async () => {
    const { page } = await open();
    const idle = Array.from({ length: 64 }, () => connect(page.port, "127.0.0.1"));
    await Promise.all(idle.map((socket) => once(socket, "connect")));
    await expect(send(page.port, { headers: asBrowser })).rejects.toThrow();
    for (const socket of idle) socket.destroy();
    await expect
      .poll(() => send(page.port, { headers: asBrowser }).catch(() => undefined))
      .toMatchObject({ status: 200 });
  });
});

it("a service worker that looks for its newer version gets one that removes itself", async () => {
  const { page, refused } = await open();
  const answer = await send(page.port, { path: "/any/worker.js", headers: { "service-worker": "script" } });
  expect(answer).toMatchObject({ status: 200, headers: { "content-type": "text/javascript" } });
  expect(answer.text).toContain("registration.unregister()");
  expect(refused).toEqual(["a service worker was left at the address of the page, and was removed"]);
});

describe("the addresses", () => {
  async function take(host: string, port = 0): Promise<number> {
    const server: Server = createServer();
    opened.push(server);
    server.listen({ host, port, ipv6Only: host === "::1" });
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
  }

  it.runIf(hasIPv6)("are 127.0.0.1 and ::1, on one high port", async () => {
    const { page } = await open();
    expect(page.port).toBeGreaterThanOrEqual(49_152);
    for (const host of ["127.0.0.1", "::1"])
      expect((await send(page.port, { host, headers: asBrowser })).status).toBe(200);
    await expect(take("::1", page.port)).rejects.toThrow("EADDRINUSE");
    await expect(take("127.0.0.1", page.port)).rejects.toThrow("EADDRINUSE");
  });

  it("are no others", async () => {
    const { page } = await open();
    const others = Object.values(networkInterfaces())
      .flatMap((list) => list ?? [])
      .filter(({ internal, family }) => !internal && family === "IPv4");
    for (const { address } of others)
      await expect(send(page.port, { host: address, headers: asBrowser })).rejects.toThrow("ECONNREFUSED");
  });

  it.each(hasIPv6 ? ["127.0.0.1", "::1"] : ["127.0.0.1"])("a port that is taken on %s is not used", async (host) => {
    const port = await take(host);
    await expect(open(port)).rejects.toThrow(`port ${port} is taken, on 127.0.0.1 or on ::1. End the other program`);
    const other = host === "::1" ? "127.0.0.1" : "::1";
    // Nothing stays open on the other address.
    if (hasIPv6) await take(other, port);
  });

  it("a port that was given is used", async () => {
    const port = await take("127.0.0.1");
    for (const one of opened.splice(0)) one.close();
    const { page } = await open(port);
    expect(page).toMatchObject({ port, origin: `http://localhost:${port}` });
  });
});

it("closes at once, with what is open", async () => {
  const { page } = await open();
  const socket = connect(page.port, "127.0.0.1");
  await once(socket, "connect");
  page.close();
  await once(socket, "close");
  await expect(send(page.port, { headers: asBrowser })).rejects.toThrow("ECONNREFUSED");
});
