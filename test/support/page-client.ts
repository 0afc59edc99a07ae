/** A page of the program as a browser uses it: the same requests and headers, without the browser. */
import { type IncomingHttpHeaders, request } from "node:http";
import { DOCUMENT_HEADER, TOKEN_HEADER } from "../../src/operator/web/page-protocol.ts";

interface Response {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface OpenPage {
  readonly origin: string;
  readonly html: string;
  /** The answer to a request of the page's script. Throws for a refused one. */
  post<Answer>(path: string, body: object): Promise<Answer>;
}

/** Loads the page at an address with its token in the fragment. */
export async function loadPage(address: string): Promise<OpenPage> {
  const { origin, hash } = new URL(address);
  const { status, body: html } = await send(origin, "GET", "/", {
    "sec-fetch-dest": "document",
    "sec-fetch-mode": "navigate",
    "sec-fetch-site": "none",
  });
  if (status !== 200) throw new Error(`the page was refused: ${status}`);
  const [, value = ""] = /<meta name="document" content="([^"]+)"/.exec(html) ?? [];
  return {
    origin,
    html,
    async post(path, body) {
      const headers = {
        origin,
        "content-type": "application/json",
        "sec-fetch-dest": "empty",
        "sec-fetch-mode": "cors",
        "sec-fetch-site": "same-origin",
        [DOCUMENT_HEADER]: value,
        [TOKEN_HEADER]: hash.slice(1),
      };
      const response = await send(origin, "POST", path, headers, JSON.stringify(body));
      if (response.status !== 200) throw new Error(`${path} was refused: ${response.status}`);
      return JSON.parse(response.body);
    },
  };
}

async function send(
  origin: string,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  text?: string,
): Promise<Response> {
  const { port, host } = new URL(origin);
  return await new Promise((resolve, reject) => {
    const sent = request(
      { host: "127.0.0.1", port, method, path, agent: false, headers: { host, ...headers } },
      (answer) => {
        let body = "";
        answer.on("data", (chunk: Buffer) => {
          body += chunk;
        });
        answer.once("end", () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body }));
        answer.once("error", reject);
      },
    );
    sent.once("error", reject);
    sent.end(text);
  });
}
