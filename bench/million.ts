/**
 * What a call to the embedded service costs with 1,000,000 identities in the pool, beside 100, and how much memory the
 * service takes. A process of its own, so that the memory is the service's. Prints one JSON object.
 */
import { createLocalService, type LocalService } from "../src/local/service.ts";

const MILLION = 1_000_000;
const FEW = 100;
const ROUNDS = 40;
const CALLS = 50;
const MAX_PAGE = 60;

const authorization =
  "AWS4-HMAC-SHA256 Credential=AKIDBENCH/20260101/eu-west-1/cognito-identity/aws4_request, SignedHeaders=host, Signature=00";

async function call(service: LocalService, operation: string, input: object): Promise<Record<string, unknown>> {
  const { status, body } = await service.handle({
    method: "POST",
    path: "/",
    headers: { authorization, "x-amz-target": `AWSCognitoIdentityService.${operation}` },
    body: Buffer.from(JSON.stringify(input)),
  });
  if (status !== 200) throw new Error(`${operation}: ${body}`);
  return JSON.parse(body) as Record<string, unknown>;
}

/** A service with a pool of that many guests. */
async function populate(size: number) {
  const service = createLocalService();
  const { IdentityPoolId } = await call(service, "CreateIdentityPool", {
    IdentityPoolName: "pool",
    AllowUnauthenticatedIdentities: true,
  });
  let IdentityId: unknown;
  // The one that is described is in the middle.
  for (let made = 0; made < size; made += 1) {
    const identity = await call(service, "GetId", { IdentityPoolId });
    if (made === size / 2) IdentityId = identity["IdentityId"];
  }
  return { service, IdentityPoolId, IdentityId };
}

type Populated = Awaited<ReturnType<typeof populate>>;

const calls: Readonly<Record<string, (of: Populated) => Promise<unknown>>> = {
  GetId: ({ service, IdentityPoolId }) => call(service, "GetId", { IdentityPoolId }),
  DescribeIdentity: ({ service, IdentityId }) => call(service, "DescribeIdentity", { IdentityId }),
  ListIdentities: ({ service, IdentityPoolId }) =>
    call(service, "ListIdentities", { IdentityPoolId, MaxResults: MAX_PAGE }),
};

async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  for (let done = 0; done < CALLS; done += 1) await work();
  return performance.now() - start;
}

function median(samples: readonly number[]): number {
  return [...samples].sort((a, b) => a - b)[Math.floor(samples.length / 2)] ?? Number.NaN;
}

const many = await populate(MILLION);
const residentMb = process.memoryUsage().rss / 1024 / 1024;
const few = await populate(FEW);

const ratios: Record<string, number> = {};
for (const [name, run] of Object.entries(calls)) {
  const samples = { many: [] as number[], few: [] as number[] };
  for (let round = 0; round < ROUNDS; round += 1) {
    samples.many.push(await timeOf(() => run(many)));
    samples.few.push(await timeOf(() => run(few)));
  }
  ratios[name] = median(samples.many) / median(samples.few);
}
process.stdout.write(JSON.stringify({ residentMb, ratios }));
