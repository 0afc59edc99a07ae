/** A server of somebody else on a port of localhost, whose pages and service worker mean harm, and what they report. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

interface Served {
  readonly type: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface HostileSite extends AsyncDisposable {
  readonly port: number;
  readonly origin: string;
  /** What its code sent to REPORT, here or after it was left behind. */
  readonly reports: readonly string[];
  /** Forgets the reports. */
  forget(): void;
  close(): Promise<void>;
}

/** Serves by path on 127.0.0.1 or another address. What is posted is a report. */
export async function startHostileSite(
  files: Readonly<Record<string, Served>>,
  { port = 0, host = "127.0.0.1" } = {},
): Promise<HostileSite> {
  const reports: string[] = [];
  const server = createServer((request, response) => {
    response.setHeader("access-control-allow-origin", "*");
    if (request.method === "POST") {
      let text = "";
      request.on("data", (chunk: Buffer) => {
        text += chunk;
      });
      request.on("end", () => {
        reports.push(text);
        response.writeHead(204).end();
      });
      return;
    }
    const file = files[(request.url ?? "").split("?")[0] ?? ""];
    if (!file) response.writeHead(404).end();
    else response.writeHead(200, { "content-type": file.type, ...file.headers }).end(file.body);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port, host, ipv6Only: true }, resolve);
  });
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  const { port: actual } = server.address() as AddressInfo;
  return {
    port: actual,
    origin: `http://localhost:${actual}`,
    reports,
    forget: () => reports.splice(0),
    close,
    [Symbol.asyncDispose]: close,
  };
}

export const html = (body: string, headers = {}): Served => ({
  type: "text/html",
  body: `<!doctype html><meta charset="utf-8"><title>hostile</title>${body}`,
  headers,
});

export const script = (body: string, headers = {}): Served => ({ type: "text/javascript", body, headers });
