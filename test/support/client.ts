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
import { Client as ModernClient } from "@modelcontextprotocol/client";
import { StdioClientTransport as ModernTransport } from "@modelcontextprotocol/client/stdio";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import {
  type ClientCapabilities,
  type ElicitRequest,
  ElicitRequestSchema,
  type ElicitResult,
} from "@modelcontextprotocol/sdk/types.js";
import { serveLocal } from "../../src/local/http.ts";
import { createLocalService, type LocalOptions, type LocalService } from "../../src/local/service.ts";

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

/** MCP up to 2025-11-25, and since 2026-07-28. */
const eras = ["legacy", "modern"] as const;

type Era = (typeof eras)[number];

/** The era of sessions that name none. A project of vitest sets it, to run the same tests in both. */
export const defaultEra: Era = process.env["MCP_ERA"] === "modern" ? "modern" : "legacy";

export interface Session extends AsyncDisposable {
  /** In the modern era it is another client, with the same methods as far as tests use them. */
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
  /** The era that the client speaks. */
  readonly era?: Era;
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
  // No passkeys of this user, and no browser of this machine.
  XDG_CONFIG_HOME: runtime,
  COGNITO_IDENTITY_MCP_BROWSER: "none",
};

/** Starts the built server in a process of its own, with nothing of this machine's AWS configuration. */
export async function startServer({
  args = [],
  env = {},
  respond,
  capabilities = respond ? { elicitation: { form: {} } } : {},
  program = `${root}dist/main.js`,
  era = defaultEra,
}: SessionOptions = {}): Promise<Session> {
  const started = {
    command: process.execPath,
    args: [program, ...args],
    // Where nobody can be asked in a form, a repeated call would wait for a terminal.
    env: { ...surroundings, ...(!respond && { COGNITO_IDENTITY_MCP_CALL_WAIT: "0" }), ...env },
    stderr: "pipe" as const,
  };
  const transport = era === "modern" ? new ModernTransport(started) : new StdioClientTransport(started);
  let stderr = "";
  transport.stderr?.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const questions: ElicitRequest["params"][] = [];
  const answer =
    respond &&
    (({ params }: Pick<ElicitRequest, "params">) => {
      questions.push(params);
      return respond(params);
    });
  const client =
    transport instanceof ModernTransport
      ? await connectModern(transport, capabilities, answer)
      : await connectLegacy(transport, capabilities, answer);
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

type AnswerForm = ((request: Pick<ElicitRequest, "params">) => ElicitResult | Promise<ElicitResult>) | undefined;

const clientInfo = { name: "test", version: "0" };

async function connectLegacy(transport: StdioClientTransport, capabilities: ClientCapabilities, answer: AnswerForm) {
  const client = new Client(clientInfo, { capabilities });
  if (answer) client.setRequestHandler(ElicitRequestSchema, answer);
  await client.connect(transport);
  return client;
}

async function connectModern(transport: ModernTransport, capabilities: ClientCapabilities, answer: AnswerForm) {
  type Options = NonNullable<ConstructorParameters<typeof ModernClient>[1]>;
  const client = new ModernClient(clientInfo, {
    capabilities: capabilities as NonNullable<Options["capabilities"]>,
    versionNegotiation: { mode: { pin: "2026-07-28" } },
  });
  if (answer) client.setRequestHandler("elicitation/create", async (request) => await answer(request as never));
  await client.connect(transport);
  const callTool = client.callTool.bind(client);
  type Params = Parameters<typeof callTool>;
  const asLegacy = {
    // The schema of the result is not an argument here.
    callTool: async (params: Params[0], _schema?: undefined, options?: Params[1]) => await callTool(params, options),
    // There is no ping in this era.
    ping: async () => await client.discover(),
  };
  return Object.assign(client, asLegacy) as unknown as Client;
}

export interface Service extends AsyncDisposable {
  readonly url: string;
  /** The service behind the URL: to add what no call can create, and to look at sessions. */
  readonly local: LocalService;
  /** Operations that reached the service, in order. */
  readonly calls: string[];
  /** The AWS SDK on the same service, to set things up and to look behind the server's back. */
  readonly sdk: CognitoIdentityClient;
  /** What a server needs to find the service. */
  readonly env: Readonly<Record<string, string>>;
}

export async function startService(options: LocalOptions = {}): Promise<Service> {
  const calls: string[] = [];
  const local = createLocalService({
    ...options,
    onCall: (operation, input) => {
      calls.push(operation);
      options.onCall?.(operation, input);
    },
  });
  const http = await serveLocal(local);
  const sdk = new CognitoIdentityClient({ region, endpoint: http.url, credentials: nobody });
  return {
    url: http.url,
    local,
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
