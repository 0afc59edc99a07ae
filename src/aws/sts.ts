/** Whose credentials sign the calls, as STS says. */
import type * as Sdk from "@aws-sdk/client-cognito-identity";
import { createDeadline } from "./deadline.ts";
import { attachDeadline } from "./http-handler.ts";
import { isLoopback } from "./trusted-hosts.ts";

export interface Caller {
  readonly account: string;
  readonly arn: string;
}

/** STS returned an error. The message is the error code. */
export class StsError extends Error {
  override readonly name = "StsError";
}

interface HttpRequest {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
}

/** The request that the SDK would send for the command, with the settings of environment and profile. It is not sent. */
export async function requestOf(client: Sdk.CognitoIdentityClient, command: Sdk.GetIdCommand): Promise<HttpRequest> {
  let request: HttpRequest | undefined;
  const stop = new Error("the request is built");
  client.middlewareStack.add(
    () => async (args) => {
      request = args.request as HttpRequest;
      throw stop;
    },
    { name: "goNoFurther", step: "build", priority: "high" },
  );
  await client.send(command).catch((error: unknown) => {
    if (error !== stop) throw error;
  });
  if (!request) throw stop;
  return request;
}

/** The STS endpoint of the same partition and kind. In GovCloud, the plain name is the FIPS endpoint. */
function stsBeside(endpoint: URL, region: string): URL {
  if (isLoopback(endpoint.hostname)) return endpoint;
  const own = endpoint.hostname.replace(
    /^cognito-identity(-fips)?\./,
    region.startsWith("us-gov-") ? "sts." : "sts$1.",
  );
  const suffix = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  return new URL(`https://${own === endpoint.hostname ? `sts.${region}.${suffix}` : own}`);
}

/**
 * Sends one signed GetCallerIdentity: to the endpoint itself if it is on this machine, otherwise to STS. Raises StsError, system errors, and an
 * abort after `milliseconds`.
 */
export async function askSts(
  client: Sdk.CognitoIdentityClient,
  endpoint: string,
  region: string,
  signal: AbortSignal,
  milliseconds: number,
  found: ReturnType<Sdk.CognitoIdentityClient["config"]["credentials"]> | undefined,
): Promise<Caller> {
  const url = stsBeside(new URL(endpoint), region);
  if (found) client.config.credentials = async () => await found;
  const signer = await client.config.signer({
    name: "sigv4",
    signingName: "sts",
    signingRegion: region,
    properties: {},
  });
  const body = "Action=GetCallerIdentity&Version=2011-06-15";
  const signed = await signer.sign({
    method: "POST",
    protocol: url.protocol,
    hostname: url.hostname,
    ...(url.port !== "" && { port: Number(url.port) }),
    path: "/",
    query: {},
    headers: { host: url.host, "content-type": "application/x-www-form-urlencoded; charset=utf-8" },
    body,
  });
  const { requestHandler } = client.config;
  // The signed request has the shape that the request handler takes.
  const request = signed as Parameters<typeof requestHandler.handle>[0];
  using deadline = createDeadline(milliseconds, signal);
  attachDeadline(request, deadline);
  const { response } = await requestHandler.handle(request);
  const text = String(response.body);
  const member = (name: string) => new RegExp(`<${name}>([^<]{1,2048})</${name}>`).exec(text)?.[1];
  const [account, arn] = [member("Account"), member("Arn")];
  if (response.statusCode === 200 && account !== undefined && arn !== undefined) return { account, arn };
  const code = member("Code");
  throw new StsError(code !== undefined && /^\w{1,64}$/.test(code) ? code : `status ${response.statusCode}`);
}
