import { execFileSync } from "node:child_process";
import {
  CognitoIdentityClient,
  DescribeIdentityPoolCommand,
  GetOpenIdTokenForDeveloperIdentityCommand,
  ListIdentitiesCommand,
} from "@aws-sdk/client-cognito-identity";
import { createPool, developerProvider, region } from "../test/support/client.ts";
import { median, type Row, shown, timed } from "./figures.ts";
import { bare, ours } from "./peers.ts";
import { type Raw, start } from "./raw.ts";
import { credentials, startService } from "./service.ts";

const FIRST_CALLS = 11;
const ROUNDS = 1000;
const WARM_UP = 3000;
const AT_ONCE = 16;
const BURSTS = 7;
const BURST = 2000;
const COMMANDS = 3;
const LIST_ENTRIES = 60;
/** Calls before memory is first looked at, and in all. */
const SETTLED = 10_000;
const MANY = 100_000;

/** What calls cost, in time and memory. */
export async function measureCalls(): Promise<Row[]> {
  const service = await startService();
  const { env } = service;
  const sdk = new CognitoIdentityClient({ region, endpoint: service.url, credentials });
  const IdentityPoolId = await createPool(sdk);
  const direct = () => sdk.send(new DescribeIdentityPoolCommand({ IdentityPoolId }));
  const server = start(ours, env);
  await server.list();
  const call = (of: Raw = server) => of.call("describe-identity-pool", { IdentityPoolId });
  for (let done = 0; done < WARM_UP; done += 1) await Promise.all([call(), direct()]);

  const rows = [
    await firstCall(env, call),
    ...(await warmCall(env, IdentityPoolId, call, direct)),
    await listCall(server, sdk, IdentityPoolId),
    await throughput(call, direct),
    ...(await memory(server, env, call)),
  ];
  await server.stop();
  sdk.destroy();
  service.stop();
  return rows;
}

async function firstCall(env: Record<string, string>, call: (of?: Raw) => Promise<unknown>): Promise<Row> {
  const first: number[] = [];
  const warm: number[] = [];
  for (let round = 0; round < FIRST_CALLS; round += 1) {
    const fresh = start(ours, env);
    await fresh.list();
    first.push(await timed(() => call(fresh)));
    await fresh.stop();
    warm.push(await timed(call));
  }
  return {
    what: "the first call, which loads the server and the AWS SDK",
    ours: `${shown(median(first))} ms`,
    beside: `${shown(median(warm))} ms, the same call warm`,
    figure: median(first) - median(warm),
    unit: " ms more",
    target: { atMost: 100 },
  };
}

async function warmCall(
  env: Record<string, string>,
  pool: string,
  call: () => Promise<unknown>,
  direct: () => Promise<unknown>,
): Promise<Row[]> {
  const mine: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    mine.push(await timed(call));
    theirs.push(await timed(direct));
  }
  const ours = `${shown(median(mine))} ms`;
  const command = commandTimes(env, pool);
  return [
    {
      what: "a read call on a warm server",
      ours,
      beside: `${shown(median(theirs))} ms, the AWS SDK without a server`,
      figure: median(mine) / median(theirs),
      unit: "×",
      target: { atMost: 1.3 },
    },
    ...(command.length === 0
      ? []
      : [
          {
            what: "the same, times faster",
            ours,
            beside: `${shown(median(command))} ms, \`aws cognito-identity\``,
            figure: median(command) / median(mine),
            unit: "×",
            target: { atLeast: 50 },
          },
        ]),
  ];
}

/** A page of as many identities as AWS gives at once, each with two logins. */
async function listCall(server: Raw, sdk: CognitoIdentityClient, IdentityPoolId: string): Promise<Row> {
  for (let user = 0; user < LIST_ENTRIES; user += 1) {
    const Logins = { [developerProvider]: `user-${user}` };
    await sdk.send(new GetOpenIdTokenForDeveloperIdentityCommand({ IdentityPoolId, Logins }));
  }
  const input = { IdentityPoolId, MaxResults: LIST_ENTRIES };
  const ours = () => server.call("list-identities", input);
  const direct = () => sdk.send(new ListIdentitiesCommand(input));
  for (let done = 0; done < WARM_UP / 10; done += 1) await Promise.all([ours(), direct()]);
  const mine: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    mine.push(await timed(ours));
    theirs.push(await timed(direct));
  }
  return {
    what: `a list of ${LIST_ENTRIES} identities`,
    ours: `${shown(median(mine))} ms`,
    beside: `${shown(median(theirs))} ms, the AWS SDK without a server`,
    figure: median(mine) / median(theirs),
    unit: "×",
    target: { atMost: 1.8 },
  };
}

/** Milliseconds that the aws CLI takes for the same; none where it is not installed. */
function commandTimes(env: Record<string, string>, pool: string): number[] {
  const args = ["cognito-identity", "describe-identity-pool", "--identity-pool-id", pool];
  try {
    return Array.from({ length: COMMANDS }, () => {
      const begin = performance.now();
      execFileSync("aws", args, { env: { ...process.env, ...env }, stdio: "ignore" });
      return performance.now() - begin;
    });
  } catch {
    return [];
  }
}

async function throughput(call: () => Promise<unknown>, direct: () => Promise<unknown>): Promise<Row> {
  const mine: number[] = [];
  const theirs: number[] = [];
  for (let burst = 0; burst < BURSTS; burst += 1) {
    mine.push((1000 * BURST) / (await timed(() => together(call, BURST))));
    theirs.push((1000 * BURST) / (await timed(() => together(direct, BURST))));
  }
  return {
    what: `calls per second, ${AT_ONCE} at once`,
    ours: shown(median(mine)),
    beside: `${shown(median(theirs))}, the AWS SDK without a server`,
    figure: median(mine) / median(theirs),
    unit: "×",
    target: { atLeast: 0.7 },
  };
}

async function together(call: () => Promise<unknown>, times: number): Promise<void> {
  let left = times;
  const lane = async () => {
    while (left > 0) {
      left -= 1;
      await call();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

async function memory(server: Raw, env: Record<string, string>, call: () => Promise<unknown>): Promise<Row[]> {
  const [idle, floor] = await Promise.all(
    [ours, bare].map(async (peer) => {
      const one = start(peer, env);
      await one.list();
      // What a start leaves behind is cleared away by then.
      await new Promise((resolve) => setTimeout(resolve, 2000));
      const resident = one.residentMb();
      await one.stop();
      return resident;
    }),
  );
  await together(call, SETTLED);
  const settled = server.residentMb();
  await together(call, MANY - SETTLED);
  const many = server.residentMb();
  return [
    {
      what: "resident memory after `tools/list`",
      ours: `${shown(idle ?? 0)} MB`,
      beside: `${shown(floor ?? 0)} MB, ${bare.name}`,
      figure: (idle ?? 0) / (floor ?? 0),
      unit: "×",
      target: { atMost: 1.4 },
    },
    {
      what: `resident memory after ${MANY.toLocaleString("en")} calls`,
      ours: `${shown(many)} MB`,
      beside: `${shown(settled)} MB, after ${SETTLED.toLocaleString("en")}`,
      figure: many / settled,
      unit: "×",
      target: { atMost: 1.1 },
    },
  ];
}
