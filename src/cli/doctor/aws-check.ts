/** Checks region, endpoint and credentials, and the account of the credentials. */
import type { SigningCredentials } from "../../aws/clients.ts";
import { explain } from "../../aws/errors/explain.ts";
import { usesProxy } from "../../aws/http-handler.ts";
import { StsError } from "../../aws/sts.ts";
import { isLoopback } from "../../aws/trusted-hosts.ts";
import { createProbe, type FoundCredentials, type Probe } from "../../aws/whoami.ts";
import type { Config } from "../../config/settings.ts";
import type { Finding } from "./finding.ts";

/** The time limit for every request to a network or another program. */
const TIMEOUT_MS = 5_000;

/** The region with which the endpoint is checked if none is set. */
const ANY_REGION = "us-east-1";

/** There was no answer within the time limit. */
class LateError extends Error {
  override readonly name = "LateError";
}

export async function* checkAws(
  config: Config,
  onCredentials: (credentials: SigningCredentials) => void,
): AsyncGenerator<Finding> {
  if (config.local) {
    yield region(config.aws.region ?? "", config.regionFrom ?? "default of the embedded service");
    yield { mark: "ok", about: "Endpoint", says: "the embedded service, inside the server process" };
    yield { mark: "ok", about: "Credentials", says: "not needed: AWS is not called" };
    return;
  }
  if (config.proxyFrom !== undefined) yield await checkProxy(config.proxyFrom);
  const probe = await createProbe({ ...config.aws, onCredentials });
  const known = await inTime(probe.region()).catch(() => undefined);
  yield known === undefined
    ? {
        mark: "note",
        about: "Region",
        says: "No AWS region is set. Calls that contain neither an id nor an ARN must pass region.",
        next: "Set --region or AWS_REGION, or use a profile that has a region.",
      }
    : region(known, config.regionFrom ?? (config.aws.profile ? `profile ${config.aws.profile}` : "the AWS profile"));
  // Without a region, check the endpoint of any region.
  const placed = known === undefined ? await createProbe({ ...config.aws, region: ANY_REGION, onCredentials }) : probe;
  const endpoint = await checkEndpoint(placed);
  const byRegion = known === undefined && endpoint.mark === "ok" && endpoint.says.includes(`.${ANY_REGION}.`);
  yield byRegion ? { ...endpoint, says: "of AWS, in the region of each call" } : endpoint;
  yield* checkCredentials(placed, config.aws.profile);
}

function region(name: string, from: string): Finding {
  return { mark: "ok", about: "Region", says: `${name} (${from})` };
}

async function checkProxy(variable: string): Promise<Finding> {
  const about = "Proxy";
  if (await usesProxy()) return { mark: "ok", about, says: `from ${variable}` };
  return {
    mark: "note",
    about,
    says: `${variable} is set, but Node does not use it.`,
    next: "If AWS can be reached only through this proxy, also set NODE_USE_ENV_PROXY=1, with Node 24.5 or later, or Node 22.21 or a later 22.",
  };
}

async function checkEndpoint(probe: Probe): Promise<Finding> {
  const about = "Endpoint";
  try {
    const { url, trusted } = await inTime(probe.endpoint());
    if (trusted) return { mark: "ok", about, says: url };
    return {
      mark: "problem",
      about,
      says: `${url} is neither an AWS endpoint nor on this machine, so the server sends nothing to it.`,
      next: "Remove it from the profile. If you trust this host, set it with --endpoint-url.",
    };
  } catch {
    return {
      mark: "problem",
      about,
      says: "The endpoint cannot be determined.",
      next: "Check the AWS configuration files.",
    };
  }
}

async function* checkCredentials(probe: Probe, profile: string | undefined): AsyncGenerator<Finding> {
  let found: FoundCredentials;
  try {
    found = await inTime(probe.credentials());
  } catch (error) {
    yield lacking(error, profile);
    return;
  }
  const { source, keyEnd, expires } = found;
  const until = expires === undefined ? "" : `, until ${expires.toISOString().slice(0, 16).replace("T", " ")} UTC`;
  yield { mark: "ok", about: "Credentials", says: `from ${source}, key …${keyEnd}${until}` };
  yield await checkCaller(probe);
}

/** Why there are no credentials. Does not repeat the messages of the SDK: they can contain values of a profile. */
function lacking(error: unknown, profile: string | undefined): Finding {
  const problem = { mark: "problem", about: "Credentials" } as const;
  if (error instanceof LateError)
    return {
      ...problem,
      says: "The credential provider did not answer within 5 seconds.",
      next: "Check the credential_process of the profile, if it has one, and the network and the proxy.",
    };
  const { message, hint } = explain(error, false);
  return {
    ...problem,
    says: message,
    next: profile === undefined ? hint : hint.replace(" for the profile,", ` --profile ${profile},`),
  };
}

async function checkCaller(probe: Probe): Promise<Finding> {
  const about = "Account";
  try {
    const { account, arn } = await inTime(probe.caller(AbortSignal.timeout(TIMEOUT_MS)));
    return { mark: "ok", about, says: `${account}, as ${arn}` };
  } catch (error) {
    if (error instanceof StsError) return refused(error.message, (await probe.endpoint()).url);
    const { message, hint } = explain(error, false);
    return { mark: "note", about, says: `STS could not be called to identify the account. ${message}`, next: hint };
  }
}

/** Explains an error code of STS. */
function refused(code: string, endpoint: string): Finding {
  const about = "Account";
  if (isLoopback(new URL(endpoint).hostname))
    return {
      mark: "note",
      about,
      says: `The service at ${endpoint} did not identify the account of the credentials (${code}).`,
    };
  const expired = code.startsWith("ExpiredToken");
  return {
    mark: "problem",
    about,
    says: expired ? "The credentials have expired." : `STS rejected the credentials (${code}).`,
    next: expired
      ? "Sign in again."
      : "Check the keys in the profile or the environment, and the clock of this machine.",
  };
}

async function inTime<Value>(work: Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new LateError()), TIMEOUT_MS);
  });
  return await Promise.race([work, late]).finally(() => clearTimeout(timer));
}
