/**
 * AWS under its own host names, on this machine: a preloaded script in the server's process leads every request for https here,
 * without TLS. It gives credentials to whoever asks for them, and lists a pool for whoever signs with those.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The credentials that it gives. */
export const keys = { id: "ASIAGIVENBYAWS", secret: "the-secret-given-by-aws", token: "the-session-given-by-aws" };
export const account = "111122223333";
export const role = `arn:aws:iam::${account}:role/admin`;

/** What list-identity-pools answers whoever is known. */
export const pools = { IdentityPools: [{ IdentityPoolName: "listed" }], region: "eu-west-1" };

interface Question {
  readonly host: string;
  readonly path: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

interface Said {
  readonly status: number;
  /** XML as a string, JSON as an object. */
  readonly body: string | object;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Led extends Disposable {
  /** What a server needs to be led here, with its home and its AWS configuration in the folder. */
  readonly env: Readonly<Record<string, string>>;
  readonly folder: string;
  /** Where it is without being led here. */
  readonly url: string;
  /** The hosts that were asked, in order. */
  readonly asked: string[];
  /** What a host answers in place of the usual, or that it answers nothing, by how its name begins. */
  readonly says: Record<string, ((question: Question) => Said) | "nothing">;
  /** When the credentials run out that it gives. */
  expires: Date;
  configure(text: string): void;
  /** As it was at the beginning. */
  reset(): void;
}

const listed = {
  IdentityPools: [{ IdentityPoolId: "eu-west-1:00000000-0000-4000-8000-000000000000", IdentityPoolName: "listed" }],
};

const inAnHour = () => new Date(Date.now() + 3_600_000);

function usual({ host, body, headers }: Question, expires: Date): Said {
  const { id, secret, token } = keys;
  if (host.startsWith("sts")) {
    const action = new URLSearchParams(body).get("Action");
    const arn = `<Arn>arn:aws:sts::${account}:assumed-role/admin/me</Arn>`;
    const credentials = `<Credentials><AccessKeyId>${id}</AccessKeyId><SecretAccessKey>${secret}</SecretAccessKey><SessionToken>${token}</SessionToken><Expiration>${expires.toISOString()}</Expiration></Credentials><AssumedRoleUser>${arn}</AssumedRoleUser>`;
    const result = action === "GetCallerIdentity" ? `<Account>${account}</Account>${arn}` : credentials;
    return { status: 200, body: `<${action}Response><${action}Result>${result}</${action}Result></${action}Response>` };
  }
  const inSignInsWords = { accessKeyId: id, secretAccessKey: secret, sessionToken: token };
  if (host.startsWith("portal.sso"))
    return { status: 200, body: { roleCredentials: { ...inSignInsWords, expiration: expires.getTime() } } };
  if (host.startsWith("oidc."))
    return { status: 200, body: { accessToken: "a-new-access-token", expiresIn: 3600, tokenType: "Bearer" } };
  if (host.includes("signin"))
    return { status: 200, body: { accessToken: inSignInsWords, refreshToken: "refresh", expiresIn: 900 } };
  return String(headers["authorization"]).includes(`Credential=${id}/`)
    ? { status: 200, body: listed }
    : { status: 400, body: { __type: "UnrecognizedClientException" } };
}

export async function leadAws(): Promise<Led> {
  const says: Led["says"] = {};
  const asked: string[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (part: string) => {
      body += part;
    });
    request.on("end", () => {
      const { headers, url: path = "" } = request;
      const question = { host: headers.host ?? "", path, body, headers };
      asked.push(question.host);
      const odd = Object.entries(says).find(([start]) => question.host.startsWith(start))?.[1];
      if (odd === "nothing") return;
      const said = odd ? odd(question) : usual(question, led.expires);
      const [type, text] =
        typeof said.body === "string"
          ? ["text/xml", said.body]
          : ["application/x-amz-json-1.1", JSON.stringify(said.body)];
      response.writeHead(said.status, { "content-type": type, ...said.headers }).end(text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const folder = mkdtempSync(join(tmpdir(), "cognito-identity-"));
  const config = join(folder, "config");
  const lead = join(folder, "lead.cjs");
  writeFileSync(
    lead,
    `const http = require("node:http");
require("node:https").request = (options, listener) =>
  http.request({ ...options, agent: undefined, host: "127.0.0.1", hostname: "127.0.0.1", port: ${port} }, listener);
`,
  );
  const led: Led = {
    env: { NODE_OPTIONS: `--require ${lead}`, HOME: folder, AWS_CONFIG_FILE: config },
    folder,
    url: `http://127.0.0.1:${port}`,
    asked,
    says,
    expires: inAnHour(),
    configure: (text) => writeFileSync(config, text),
    reset() {
      asked.length = 0;
      for (const host of Object.keys(says)) delete says[host];
      led.expires = inAnHour();
      led.configure("");
    },
    [Symbol.dispose]() {
      server.closeAllConnections();
      server.close();
      rmSync(folder, { recursive: true });
    },
  };
  led.reset();
  return led;
}

/** STS refusing in its own way. */
export function stsRefuses(code: string): () => Said {
  const error = `<Error><Type>Sender</Type><Code>${code}</Code><Message>as told</Message></Error>`;
  return () => ({ status: 400, body: `<ErrorResponse>${error}</ErrorResponse>` });
}

/** The rest of AWS refusing in its own way. */
export function refuses(code: string, status = 400): () => Said {
  return () => ({ status, headers: { "x-amzn-errortype": code }, body: { message: "as told" } });
}
