/** A real MCP client, the real server as its own process, and a local service whose calls are counted. */
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import {
  CognitoIdentityClient,
  CreateIdentityPoolCommand,
  SetIdentityPoolRolesCommand,
} from "@aws-sdk/client-cognito-identity";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import {
  type ClientCapabilities,
  type ElicitRequest,
  ElicitRequestSchema,
  type ElicitResult,
} from "@modelcontextprotocol/sdk/types.js";
import { serveLocal } from "../../src/local/http.ts";
import { createLocalService, type LocalOptions } from "../../src/local/service.ts";

export const root = fileURLToPath(new URL("../..", import.meta.url));
export const region = "eu-west-1";

/** A client that declines sooner is taken for one that shows no forms. */
const READING_MS = 120;

/** Credentials that no AWS account knows. */
const nobody = { accessKeyId: "AKIDTEST", secretAccessKey: "test" };

/** An answer of a tool, taken apart. */
interface Answer {
  readonly isError: boolean;
  /** The structured content. */
  readonly content: Record<string, unknown>;
  readonly text: string;
}

/** What a scripted person sees and answers. */
export type Respond = (question: ElicitRequest["params"]) => ElicitResult | Promise<ElicitResult>;

export interface Session extends AsyncDisposable {
  readonly client: Client;
  readonly questions: ElicitRequest["params"][];
  /** The server's stderr so far. */
  readonly stderr: () => string;
  readonly pid: number;
  call(tool: string, input?: Record<string, unknown>): Promise<Answer>;
}

export interface SessionOptions {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Left out: the client does not declare elicitation. */
  readonly respond?: Respond;
  /** What the client declares, if not form elicitation where it responds. */
  readonly capabilities?: ClientCapabilities;
  /** The bundle that is started, if not the one in dist/. */
  readonly program?: string;
}

/** Where servers under test put their sockets, so that the user's own approve command never meets them. */
const runtime = mkdtempSync(join(tmpdir(), "cognito-identity-"));
process.once("exit", () => rmSync(runtime, { recursive: true, force: true }));

/** The environment of a server under test: nothing of this machine's AWS configuration. */
export const surroundings: Readonly<Record<string, string>> = {
  AWS_EC2_METADATA_DISABLED: "true",
  AWS_CONFIG_FILE: "/dev/null",
  AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
  XDG_RUNTIME_DIR: runtime,
};

/** Starts the built server in a process of its own, with nothing of this machine's AWS configuration. */
export async function startServer({
  args = [],
  env = {},
  respond,
  capabilities,
  program = `${root}dist/main.js`,
}: SessionOptions = {}): Promise<Session> {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [program, ...args],
    // Where nobody can be asked in a form, a repeated call would wait for a terminal.
    env: { ...surroundings, ...(!respond && { COGNITO_IDENTITY_MCP_CALL_WAIT: "0" }), ...env },
    stderr: "pipe",
  });
  let stderr = "";
  transport.stderr?.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const questions: ElicitRequest["params"][] = [];
  const client = new Client(
    { name: "test", version: "0" },
    { capabilities: capabilities ?? (respond ? { elicitation: { form: {} } } : {}) },
  );
  if (respond)
    client.setRequestHandler(ElicitRequestSchema, ({ params }) => {
      questions.push(params);
      return respond(params);
    });
  await client.connect(transport);
  return {
    client,
    questions,
    stderr: () => stderr,
    pid: transport.pid ?? 0,
    async call(tool, input = {}) {
      const { isError, content, structuredContent } = await client.callTool({ name: tool, arguments: input });
      const [first] = content as { type: string; text: string }[];
      return {
        isError: isError === true,
        content: structuredContent as Record<string, unknown>,
        text: first?.text ?? "",
      };
    },
    [Symbol.asyncDispose]: () => client.close(),
  };
}

export interface Service extends AsyncDisposable {
  readonly url: string;
  /** Operations that reached the service, in order. */
  readonly calls: string[];
  /** The AWS SDK on the same service, to set things up and to look behind the server's back. */
  readonly sdk: CognitoIdentityClient;
  /** What a server needs to find the service. */
  readonly env: Readonly<Record<string, string>>;
}

export async function startService(options: LocalOptions = {}): Promise<Service> {
  const calls: string[] = [];
  const http = await serveLocal(
    createLocalService({
      ...options,
      onCall: (operation, input) => {
        calls.push(operation);
        options.onCall?.(operation, input);
      },
    }),
  );
  const sdk = new CognitoIdentityClient({ region, endpoint: http.url, credentials: nobody });
  return {
    url: http.url,
    calls,
    sdk,
    env: environmentFor(http.url),
    async [Symbol.asyncDispose]() {
      sdk.destroy();
      await http.close();
    },
  };
}

/** A service that answers every call with `status` and `body`, and a server that takes it for AWS. */
export async function startLiar(status: number, body: unknown) {
  const puppet = await startPuppet(() => ({ status, body }));
  const session = await startServer({ env: puppet.env, respond: approve });
  return {
    session,
    async [Symbol.asyncDispose]() {
      await session[Symbol.asyncDispose]();
      puppet.close();
    },
  };
}

/** What a service answers that says whatever it is told to; a body that is a string is sent as it is. */
export interface Reply {
  readonly status: number;
  readonly body: unknown;
  readonly requestId?: string;
}

/** A service that answers an operation with what `reply` gives. */
export async function startPuppet(reply: (operation: string) => Reply | Promise<Reply>) {
  const puppet = createServer((request, response) => {
    request.resume();
    void answer(request, response);
  });
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const operation = String(request.headers["x-amz-target"]).split(".").at(-1) ?? "";
    const { status, body, requestId = "11111111-2222-3333-4444-555555555555" } = await reply(operation);
    response.writeHead(status, { "content-type": "application/x-amz-json-1.1", "x-amzn-requestid": requestId });
    response.end(typeof body === "string" ? body : JSON.stringify(body));
  }
  await new Promise<void>((resolve) => puppet.listen(0, "127.0.0.1", resolve));
  const address = puppet.address();
  const port = typeof address === "object" && address ? address.port : 0;
  return {
    env: environmentFor(`http://127.0.0.1:${port}`),
    close() {
      puppet.closeAllConnections();
      puppet.close();
    },
  };
}

/** What a server needs to take the service at `url` for AWS. */
export function environmentFor(url: string): Readonly<Record<string, string>> {
  return {
    AWS_ACCESS_KEY_ID: nobody.accessKeyId,
    AWS_SECRET_ACCESS_KEY: nobody.secretAccessKey,
    AWS_REGION: region,
    AWS_ENDPOINT_URL_COGNITO_IDENTITY: url,
  };
}

/** The form's own answer to itself: yes to a choice, and to a typed confirmation what its title asks for. */
export const approve: Respond = ({ message, ...params }) => {
  if (!("requestedSchema" in params)) throw new Error(`not a form: ${message}`);
  const { answer } = params.requestedSchema.properties as Record<string, unknown> as {
    answer: { title: string; enum?: string[] };
  };
  const typed = /^Type "(.*)" to approve$/.exec(answer.title)?.[1];
  return { action: "accept", content: { answer: answer.enum ? "yes" : (typed ?? "") } };
};

/** Declines, no quicker than a person could read. */
export const decline: Respond = async () => {
  await setTimeout(READING_MS);
  return { action: "decline" };
};

/** Says no, which ends the plan: at most 32 wait. */
export const sayNo: Respond = () => ({ action: "accept", content: { answer: "no" } });

export const guestRole = "arn:aws:iam::000000000000:role/guests";
export const userRole = "arn:aws:iam::000000000000:role/users";
export const developerProvider = "login.example.app";

/** A pool with guests, a public provider, a developer provider, a tag and both roles. Gives its id. */
export async function createPool(sdk: CognitoIdentityClient, name = "pool"): Promise<string> {
  const { IdentityPoolId = "" } = await sdk.send(
    new CreateIdentityPoolCommand({
      IdentityPoolName: name,
      AllowUnauthenticatedIdentities: true,
      SupportedLoginProviders: { "graph.facebook.com": "1234567890", "accounts.google.com": "app.example" },
      DeveloperProviderName: developerProvider,
      IdentityPoolTags: { stage: "test" },
    }),
  );
  await sdk.send(
    new SetIdentityPoolRolesCommand({
      IdentityPoolId,
      Roles: { authenticated: userRole, unauthenticated: guestRole },
    }),
  );
  return IdentityPoolId;
}

export function arnOf(poolId: string, account = "000000000000"): string {
  return `arn:aws:cognito-identity:${poolId.split(":")[0]}:${account}:identitypool/${poolId}`;
}
