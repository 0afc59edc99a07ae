/** Selections by generated criteria, of a pool with generated identities: exactly those that match are deleted. */
import {
  GetIdCommand,
  GetOpenIdTokenForDeveloperIdentityCommand,
  MergeDeveloperIdentitiesCommand,
} from "@aws-sdk/client-cognito-identity";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  createPool,
  developerProvider,
  type Service,
  type Session,
  startServer,
  startService,
} from "../../support/client.ts";
import { identitiesOf } from "../../support/many.ts";
import { idToken } from "../../support/tokens.ts";

const RUNS = process.env["LONG"] ? 500 : 60;
const DAY = 86_400_000;
const START = Date.parse("2026-01-01T00:00:00Z");

let service: Service;
let session: Session;
let now = START;
beforeAll(async () => {
  service = await startService({ clock: () => now });
  session = await startServer({ env: service.env, args: ["--policy", "delete=off"] });
});
afterAll(async () => {
  await session[Symbol.asyncDispose]();
  await service[Symbol.asyncDispose]();
});

const GOOGLE = "accounts.google.com";
/** As a criterion names them: two that identities have, and two that none has. */
const PROVIDERS = [GOOGLE, developerProvider, "graph.facebook.com", "google"];

/** An identity of a pool: the days on which it was made and last changed, and what it is then. */
interface Member {
  readonly made: number;
  readonly changed: number;
  readonly logins: readonly string[];
  readonly isDisabled: boolean;
}

type Planned =
  | { readonly kind: "guest" | "google"; readonly made: number }
  | { readonly kind: "user" | "merged"; readonly made: number; readonly more: number; readonly hasGoogle: boolean };
const planned: fc.Arbitrary<Planned> = fc.oneof(
  fc.record({ kind: fc.constantFrom("guest" as const, "google" as const), made: fc.nat(9) }),
  fc.record({
    kind: fc.constantFrom("user" as const, "merged" as const),
    made: fc.nat(9),
    more: fc.nat(9),
    hasGoogle: fc.boolean(),
  }),
);

interface Criteria {
  readonly withoutLogins?: boolean;
  readonly provider?: string;
  readonly createdBefore?: number;
  readonly lastModifiedBefore?: number;
  readonly disabled?: boolean;
}
const day = fc.integer({ min: -1, max: 20 });
const criterion = {
  withoutLogins: fc.boolean(),
  provider: fc.constantFrom(...PROVIDERS),
  createdBefore: day,
  lastModifiedBefore: day,
  disabled: fc.boolean(),
};
/** Any of them together seldom match anything, so half of the time there is one alone. */
const criteria: fc.Arbitrary<Criteria> = fc.oneof(
  ...Object.entries(criterion).map(([name, value]) => ({
    weight: 1,
    arbitrary: (value as fc.Arbitrary<unknown>).map((one): Criteria => ({ [name]: one })),
  })),
  {
    weight: 5,
    arbitrary: fc.record(criterion, { requiredKeys: [] }).filter((where) => Object.keys(where).length > 0),
  },
);

/** Whether the member is one that was asked for, from the description of the tool alone. */
function isAskedFor({ made, changed, logins, isDisabled }: Member, where: Criteria): boolean {
  if (where.withoutLogins === true && logins.length > 0) return false;
  if (where.withoutLogins === false && logins.length === 0) return false;
  if (where.provider !== undefined && !logins.includes(where.provider)) return false;
  if (where.createdBefore !== undefined && made >= where.createdBefore) return false;
  if (where.lastModifiedBefore !== undefined && changed >= where.lastModifiedBefore) return false;
  return where.disabled === undefined || where.disabled === isDisabled;
}

const setDay = (at: number) => {
  now = START + at * DAY;
};

/** Makes what was planned in a pool, and gives it by id. */
async function fill(IdentityPoolId: string, plan: readonly Planned[]): Promise<Map<string, Member>> {
  const members = new Map<string, Member>();
  const tokenOf = (sub: string) =>
    idToken(GOOGLE, "app.example", { sub, iat: Math.floor(now / 1000), exp: Math.floor(now / 1000) + 3600 });
  const developer = async (user: string, more: object = {}, IdentityId?: string) =>
    (
      await service.sdk.send(
        new GetOpenIdTokenForDeveloperIdentityCommand({
          IdentityPoolId,
          ...(IdentityId !== undefined && { IdentityId }),
          Logins: { [developerProvider]: user, ...more },
        }),
      )
    ).IdentityId ?? "";
  for (const [at, one] of plan.entries()) {
    setDay(one.made);
    if (!("more" in one)) {
      const logins = one.kind === "google" ? [GOOGLE] : [];
      const Logins = one.kind === "google" ? { [GOOGLE]: tokenOf(`single-${at}`) } : undefined;
      const { IdentityId = "" } = await service.sdk.send(
        new GetIdCommand({ IdentityPoolId, ...(Logins && { Logins }) }),
      );
      members.set(IdentityId, { made: one.made, changed: one.made, logins, isDisabled: false });
      continue;
    }
    const logins = [developerProvider, ...(one.hasGoogle ? [GOOGLE] : [])];
    const changed = one.made + one.more;
    const id = await developer(`user-${at}`, one.hasGoogle ? { [GOOGLE]: tokenOf(`user-${at}`) } : {});
    members.set(id, { made: one.made, changed, logins, isDisabled: false });
    if (one.kind === "user") {
      setDay(changed);
      const again = one.hasGoogle ? { [GOOGLE]: tokenOf(`user-${at}`) } : {};
      await developer(`user-${at}-again`, again, id);
      continue;
    }
    const source = await developer(`source-${at}`);
    setDay(changed);
    await service.sdk.send(
      new MergeDeveloperIdentitiesCommand({
        IdentityPoolId,
        DeveloperProviderName: developerProvider,
        SourceUserIdentifier: `source-${at}`,
        DestinationUserIdentifier: `user-${at}`,
      }),
    );
    members.set(source, { made: one.made, changed, logins: [], isDisabled: true });
  }
  return members;
}

it("exactly the identities that match every criterion are deleted", async () => {
  let [deletions, remainders] = [0, 0];
  await fc.assert(
    fc.asyncProperty(fc.array(planned, { minLength: 6, maxLength: 12 }), criteria, async (plan, asked) => {
      const pool = await createPool(service.sdk);
      const members = await fill(pool, plan);
      const date = (at: number | undefined) => (at === undefined ? {} : new Date(START + at * DAY).toISOString());
      const where = {
        ...asked,
        ...(asked.createdBefore !== undefined && { createdBefore: date(asked.createdBefore) }),
        ...(asked.lastModifiedBefore !== undefined && { lastModifiedBefore: date(asked.lastModifiedBefore) }),
      };
      const stay = [...members].filter(([, one]) => !isAskedFor(one, asked)).map(([id]) => id);
      const { content } = await session.call("delete-identities", { IdentityPoolId: pool, where });
      const matching = members.size - stay.length;
      if (matching === 0) expect(content).toHaveProperty("unchanged");
      else expect(content).toMatchObject({ deleted: matching, of: matching });
      expect(new Set(await identitiesOf(service.sdk, pool))).toEqual(new Set(stay));
      deletions += matching;
      remainders += stay.length;
    }),
    { numRuns: RUNS },
  );
  // Criteria that match nothing, or everything, would prove little.
  expect(Math.min(deletions, remainders)).toBeGreaterThan(RUNS / 4);
});
