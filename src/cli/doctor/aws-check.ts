/** Region, endpoint and credentials, and whose those are. */
import type { SigningCredentials } from "../../aws/clients.ts";
import { explain } from "../../aws/errors/explain.ts";
import { usesProxy } from "../../aws/http-handler.ts";
import { isLoopback } from "../../aws/trusted-hosts.ts";
import { createProbe, type FoundCredentials, type Probe, StsError } from "../../aws/whoami.ts";
import type { Config } from "../../config/settings.ts";
import type { Finding } from "./finding.ts";

/** Nothing that is asked of a network or of another program may take longer. */
const TIMEOUT_MS = 5_000;

/** No answer in time. */
class LateError extends Error {
  override readonly name = "LateError";
}

export async function* checkAws(
  config: Config,
  onCredentials: (credentials: SigningCredentials) => void,
): AsyncGenerator<Finding> {
  if (config.local) {
    yield region(config.aws.region ?? "", config.regionFrom ?? "the embedded service's own");
    yield { mark: "ok", about: "Endpoint", says: "the embedded service, in the server's own process" };
    yield { mark: "ok", about: "Credentials", says: "none are needed: AWS is not called" };
    return;
  }
  if (config.proxyFrom !== undefined) yield await checkProxy(config.proxyFrom);
  const probe = await createProbe({ ...config.aws, onCredentials });
  const known = await inTime(probe.region()).catch(() => undefined);
  yield known === undefined
    ? {
        mark: "note",
        about: "Region",
        says: "No AWS region is set. Calls without a pool id must pass region.",
        next: "Give --region, set AWS_REGION, or use a profile that has one.",
      }
    : region(known, config.regionFrom ?? (config.aws.profile ? `profile ${config.aws.profile}` : "the AWS profile"));
  // The endpoint of any region will do, to see who answers for it.
  const placed = known === undefined ? await createProbe({ ...config.aws, region: "us-east-1", onCredentials }) : probe;
  yield await checkEndpoint(placed);
  yield* checkCredentials(placed, config.aws.profile);
}

function region(name: string, from: string): Finding {
  return { mark: "ok", about: "Region", says: `${name} (${from})` };
}

async function checkProxy(variable: string): Promise<Finding> {
  const about = "Proxy";
  if (await usesProxy()) return { mark: "ok", about, says: `that of ${variable}` };
  return {
    mark: "note",
    about,
    says: `${variable} is set, and Node does not use it.`,
    next: "If AWS is behind it, set NODE_USE_ENV_PROXY=1 too, with Node 24.5 or later.",
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
      says: `${url} is neither AWS's own nor on this machine: nothing is sent there.`,
      next: "Take it out of the profile, or, if it is meant, give it with --endpoint-url.",
    };
  } catch {
    return { mark: "problem", about, says: "It cannot be worked out.", next: "Look at the AWS configuration files." };
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

/** Why there are no credentials. The SDK's sentences are not passed on: they can echo what a profile holds. */
function lacking(error: unknown, profile: string | undefined): Finding {
  const problem = { mark: "problem", about: "Credentials" } as const;
  if (error instanceof LateError)
    return {
      ...problem,
      says: "They did not come within 5 seconds.",
      next: "Look at the profile's credential_process if it has one, and at the network and the proxy.",
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
    return { mark: "note", about, says: `STS could not be asked whose the credentials are. ${message}`, next: hint };
  }
}

/** What STS says of credentials, in our words. */
function refused(code: string, endpoint: string): Finding {
  const about = "Account";
  if (isLoopback(new URL(endpoint).hostname))
    return {
      mark: "note",
      about,
      says: `The service at ${endpoint} does not say whose the credentials are (${code}).`,
    };
  const expired = code.startsWith("ExpiredToken");
  return {
    mark: "problem",
    about,
    says: expired ? "The credentials have expired." : `STS does not take the credentials (${code}).`,
    next: expired
      ? "Sign in again."
      : "Look at which keys the profile or the environment has, and at this machine's clock.",
  };
}

async function inTime<Value>(work: Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new LateError()), TIMEOUT_MS);
  });
  return await Promise.race([work, late]).finally(() => clearTimeout(timer));
}
