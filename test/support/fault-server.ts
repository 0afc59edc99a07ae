/** A service that does everything wrong that the way to AWS can do, each call as its ids ask for. */
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { environmentFor } from "./client.ts";

const json = {
  "content-type": "application/x-amz-json-1.1",
  "x-amzn-requestid": "11111111-2222-3333-4444-555555555555",
};

function fail(response: ServerResponse, status: number, type: string, headers: object = {}): void {
  response.writeHead(status, { ...json, ...headers });
  response.end(JSON.stringify({ __type: type, message: "as told" }));
}

/** One chunk of an answer without end. */
const chunk = Buffer.alloc(65_536, "x");

function pour(response: ServerResponse, bytes: number): void {
  if (response.destroyed) return;
  if (bytes <= 0) response.end();
  else if (response.write(chunk)) setImmediate(pour, response, bytes - chunk.length);
  else response.once("drain", () => pour(response, bytes - chunk.length));
}

/** By name; the position in this list stands in an id. */
export const faults = {
  throttled: (response) => fail(response, 400, "TooManyRequestsException"),
  "throttled, with a time": (response) => fail(response, 429, "TooManyRequestsException", { "retry-after": "7" }),
  "internal error": (response) => fail(response, 500, "InternalErrorException"),
  "unavailable, in HTML": (response) =>
    response.writeHead(503, { "content-type": "text/html" }).end("<html>Busy</html>"),
  reset: (response) => response.socket?.resetAndDestroy(),
  "cut off": (response) => {
    response.writeHead(200, { ...json, "content-length": "1000" });
    response.write('{"IdentityPoolId":', () => response.socket?.destroy());
  },
  HTML: (response) => response.writeHead(200, { "content-type": "text/html" }).end("<html>Sign in to the Wi-Fi</html>"),
  malformed: (response) => response.writeHead(200, json).end('{"IdentityPoolId": "eu-'),
  "wrong shape": (response) =>
    response
      .writeHead(200, json)
      .end(
        '{"IdentityPoolId":[1],"Identities":7,"IdentityId":{},"Credentials":[],"IdentityPools":{},"UnprocessedIdentityIds":3}',
      ),
  "400 MB": (response) => {
    response.writeHead(200, json);
    pour(response, 400_000_000);
  },
  "refused by a proxy": (response) => response.writeHead(403, { "content-type": "text/html" }).end("<html>No</html>"),
  "unknown error": (response) => fail(response, 400, "SurprisingException"),
  redirected: (response) => response.writeHead(302, { location: "http://127.0.0.1:1/" }).end(),
  silent: () => {},
  dripping: (response) => {
    response.writeHead(200, json);
    const timer = setInterval(() => response.write(" "), 500);
    response.once("close", () => clearInterval(timer));
  },
} as const satisfies Record<string, (response: ServerResponse) => unknown>;

export type Fault = keyof typeof faults;

const kinds = Object.keys(faults) as Fault[];

/** What a plan reads, answered well. */
const good: Readonly<Record<string, object>> = {
  DescribeIdentityPool: { IdentityPoolName: "pool", AllowUnauthenticatedIdentities: false },
  GetIdentityPoolRoles: { Roles: { authenticated: "arn:aws:iam::000000000000:role/users" } },
  ListIdentities: { Identities: [] },
  DescribeIdentity: { Logins: ["accounts.google.com"] },
};

export interface FaultServer extends AsyncDisposable {
  readonly url: string;
  readonly env: Readonly<Record<string, string>>;
  /** An id that makes calls with it fail so: all of them, or only those that no plan reads with. */
  idFor(fault: Fault, scope: "all" | "changes"): string;
  /** Operations that arrived with the id. */
  arrived(id: string): readonly string[];
  /** How many of them the caller hung up on before they were answered. */
  hungUp(id: string): number;
}

export async function startFaultServer(): Promise<FaultServer> {
  const log: { id: string; operation: string }[] = [];
  const left: string[] = [];
  let ids = 0;
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8");
    request.on("data", (part: string) => {
      body += part;
    });
    request.on("end", () => {
      const operation = String(request.headers["x-amz-target"]).split(".")[1] ?? "";
      const [id = "", kind = "0", scope] =
        /eu-west-1:([\da-f]{2})(\d)00000-0000-4000-8000-[\da-f]{12}/.exec(body) ?? [];
      log.push({ id, operation });
      response.once("close", () => {
        if (!response.writableEnded) left.push(id);
      });
      const answer = scope === "1" ? good[operation] : undefined;
      if (answer) return void response.writeHead(200, json).end(JSON.stringify({ ...answer, IdentityPoolId: id }));
      const fault = kinds[Number.parseInt(kind, 16)] ?? "reset";
      faults[fault](response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    env: environmentFor(url),
    idFor(fault, scope) {
      const kind = kinds.indexOf(fault).toString(16).padStart(2, "0");
      const number = (ids++).toString(16).padStart(12, "0");
      return `eu-west-1:${kind}${scope === "changes" ? 1 : 0}00000-0000-4000-8000-${number}`;
    },
    arrived: (id) => log.filter((call) => call.id === id).map(({ operation }) => operation),
    hungUp: (id) => left.filter((other) => other === id).length,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
