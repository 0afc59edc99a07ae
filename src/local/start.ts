/** `startLocal`: the embedded service for tests, over HTTP in this process. Its types are in `public.ts`. */
import { randomUUID } from "node:crypto";
import { UnsecuredJWT } from "jose";
import { isRegion } from "../util/aws-names.ts";
import { isRecord } from "../util/json.ts";
import { UserError } from "../util/user-error.ts";
import { isHost, isOrigin } from "../util/web-names.ts";
import type { NewId } from "./context.ts";
import { serveLocal } from "./http.ts";
import type { Local, LoginTokenOptions, StartLocalOptions } from "./public.ts";
import { createRequestLog } from "./request-log.ts";
import { createLocalService, newGuid } from "./service.ts";

/** The members of StartLocalOptions: a misspelled one would have no effect. */
const optionNames: Readonly<Record<keyof StartLocalOptions, true>> = {
  port: true,
  host: true,
  allowHosts: true,
  allowOrigins: true,
  control: true,
  seed: true,
  region: true,
  accountId: true,
  throttle: true,
  strictRoles: true,
  clock: true,
};

export async function startLocal(options: StartLocalOptions = {}): Promise<Local> {
  checkOptions(options);
  const { port = 0, host = "127.0.0.1", allowHosts = [], allowOrigins = [], region = "us-east-1", ...rest } = options;
  const { control = false, seed, clock = Date.now, ...service } = rest;
  const log = createRequestLog();
  const chosen: string[] = [];
  const newId: NewId = (kind) => chosen.shift() ?? newGuid(kind);
  const running = createLocalService({
    ...service,
    clock,
    newId,
    control: control ? { requests: () => log.calls } : undefined,
    seedRegion: region,
    seed,
    onAnswer: log.add,
    onReset: log.clear,
  });
  await running.reset();
  const access = { hosts: allowHosts.map((name) => name.toLowerCase()), origins: allowOrigins };
  const server = await serveLocal(running, { host, port, access });
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const close = async () => {
    await server.close();
    await running.close();
  };
  return {
    url: server.url,
    port: server.port,
    clientConfig: { endpoint: server.url, region, credentials },
    env: {
      AWS_ENDPOINT_URL_COGNITO_IDENTITY: server.url,
      AWS_ENDPOINT_URL_STS: server.url,
      AWS_ENDPOINT_URL_IAM: server.url,
      AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER: server.url,
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    },
    get requests() {
      return [...log.calls];
    },
    seed: (added) => running.seed(added),
    async reset(next) {
      chosen.length = 0;
      await running.reset(next);
    },
    state: () => running.state(),
    useIds: (...ids) => void chosen.push(...ids.map(guidOf)),
    createLoginToken: (token) => tokenAt(clock(), token),
    describeSession: (sessionToken) => running.describeSession(sessionToken),
    close,
    [Symbol.asyncDispose]: close,
  };
}

export function createLoginToken(options: LoginTokenOptions): string {
  return tokenAt(Date.now(), options);
}

/** `time`: milliseconds since the epoch. */
function tokenAt(time: number, options: LoginTokenOptions): string {
  checkToken(options);
  const { provider, audience, subject, claims } = options;
  const now = Math.floor(time / 1000);
  const iss = `https://${provider}`;
  const usual = { iss, aud: audience, sub: subject, iat: now, exp: now + 3600, jti: randomUUID() };
  return new UnsecuredJWT({ ...usual, ...claims }).encode();
}

/** The members of LoginTokenOptions. */
const tokenNames: Readonly<Record<keyof LoginTokenOptions, true>> = {
  provider: true,
  audience: true,
  subject: true,
  claims: true,
};

function checkToken(options: unknown): void {
  const invalid = (what: string) => new UserError("settings", `createLoginToken: ${what}`);
  if (!isRecord(options)) throw invalid("the options must be an object.");
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(tokenNames, name));
  if (unknown !== undefined) throw invalid(`there is no option ${JSON.stringify(unknown)}.`);
  const { provider, audience, subject, claims } = options;
  if (typeof provider !== "string" || !/^[\w.-]+(?::\d+)?(?:\/[!-~]*)?$/.test(provider))
    throw invalid("provider must be a name as in Logins, such as accounts.google.com, without https://.");
  if (typeof audience !== "string" || audience === "")
    throw invalid("audience must be the app or client id that the pool lists for the provider.");
  if (typeof subject !== "string" || subject === "") throw invalid("subject must be the name of the user.");
  if (claims !== undefined && !isRecord(claims)) throw invalid("claims must be an object.");
}

function checkOptions(options: StartLocalOptions): void {
  const { allowHosts = [], allowOrigins = [], region = "us-east-1", accountId = "000000000000" } = options;
  const invalid = (what: string) => new UserError("settings", `startLocal: ${what}`);
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(optionNames, name));
  if (unknown !== undefined) throw invalid(`there is no option ${JSON.stringify(unknown)}.`);
  if (!isRegion(region)) throw invalid("region must be a region such as eu-west-1.");
  if (!/^\d{12}$/.test(accountId)) throw invalid("accountId must be 12 digits.");
  if (!allowHosts.every((name) => isHost(name.toLowerCase())))
    throw invalid("allowHosts must be host names or IP addresses, without port.");
  if (!allowOrigins.every(isOrigin)) throw invalid("allowOrigins must be origins such as http://localhost:5173.");
}

/** The GUID of an id that may name its region. Raises UserError. */
function guidOf(id: string): string {
  const [, guid] = /^(?:[\w-]+:)?([0-9a-f-]{1,40})$/.exec(id) ?? [];
  if (guid === undefined) throw new UserError("settings", "useIds: an id must be REGION:GUID or a GUID.");
  return guid;
}
