/** Identities chosen by filters: dates, logins, disabled ones, and counts. */
import {
  CreateIdentityPoolCommand,
  GetIdCommand,
  GetOpenIdTokenForDeveloperIdentityCommand,
  MergeDeveloperIdentitiesCommand,
} from "@aws-sdk/client-cognito-identity";
import * as fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import * as z from "zod";
import {
  type IdentityWhere,
  identityFilterSchemas,
  matchesIdentity,
  momentOf,
} from "../../src/selections/identity-filters.ts";
import { developerProvider, type Service, type Session, startServer, startService } from "../support/client.ts";
import { startPagedService } from "../support/paged-service.ts";

let service: Service;
let session: Session;
let pool: string;
let now = Date.parse("2026-01-01T00:00:00Z");
const DAY = 86_400_000;
const GUESTS = 70;

beforeAll(async () => {
  service = await startService({ clock: () => now });
  const { IdentityPoolId = "" } = await service.sdk.send(
    new CreateIdentityPoolCommand({
      IdentityPoolName: "pool",
      AllowUnauthenticatedIdentities: true,
      DeveloperProviderName: developerProvider,
    }),
  );
  pool = IdentityPoolId;
  for (let made = 0; made < GUESTS; made += 1) {
    now += DAY;
    await service.sdk.send(new GetIdCommand({ IdentityPoolId: pool }));
  }
  for (const user of ["jane", "john", "jack"])
    await service.sdk.send(
      new GetOpenIdTokenForDeveloperIdentityCommand({ IdentityPoolId: pool, Logins: { [developerProvider]: user } }),
    );
  await service.sdk.send(
    new MergeDeveloperIdentitiesCommand({
      IdentityPoolId: pool,
      DeveloperProviderName: developerProvider,
      SourceUserIdentifier: "jane",
      DestinationUserIdentifier: "john",
    }),
  );
  session = await startServer({ env: service.env });
});
afterAll(async () => {
  await session[Symbol.asyncDispose]();
  await service[Symbol.asyncDispose]();
});
beforeEach(() => void service.calls.splice(0));

const list = async (asked: Record<string, unknown>) =>
  (await session.call("list-identities", { IdentityPoolId: pool, ...asked })).content;

describe("identities", () => {
  it("are those without logins, with a provider, or of a time, over all pages", async () => {
    expect(await list({ withoutLogins: true, countOnly: true })).toMatchObject({ scanned: GUESTS + 3 });
    const { Identities: linked, ...counts } = await list({ provider: developerProvider });
    expect(counts).toMatchObject({ scanned: GUESTS + 3, matched: (linked as object[]).length });
    for (const identity of linked as object[]) expect(identity).toMatchObject({ Logins: [developerProvider] });
    const { Identities: old } = await list({ createdBefore: "2026-01-11" });
    expect(old).toHaveLength(9);
    const { Identities: oneMore } = await list({ createdBefore: "2026-01-11T00:00:01Z" });
    expect(oneMore).toHaveLength(10);
    expect(await list({ lastModifiedBefore: "2026-01-11", withoutLogins: false })).toMatchObject({ matched: 0 });
  });

  it("have one date where nothing changed since their creation, and both where something did", async () => {
    const { Identities: guests } = await list({ createdBefore: "2026-01-04" });
    for (const identity of guests as object[]) expect(Object.keys(identity)).not.toContain("LastModifiedDate");
    const [{ IdentityId }] = guests as [{ IdentityId: string }];
    const { content } = await session.call("describe-identity", { IdentityId });
    expect(content).toHaveProperty("CreationDate");
    expect(content).not.toHaveProperty("LastModifiedDate");
  });

  it("that a merge disabled are found by comparing the two lists, and are left out of the others", async () => {
    const { Identities: disabled, ...counts } = await list({ disabled: true });
    expect(counts).toMatchObject({ scanned: GUESTS + 3, matched: 1 });
    const [{ IdentityId }] = disabled as [{ IdentityId: string }];
    const { Identities: enabled } = await list({ disabled: false });
    expect(enabled).toHaveLength(GUESTS + 2);
    expect(JSON.stringify(enabled)).not.toContain(IdentityId);
    expect(await list({ disabled: true, countOnly: true })).toMatchObject({ matched: 1 });
  });

  it("are counted without being listed", async () => {
    const content = await list({ countOnly: true });
    expect(content).toEqual({ IdentityPoolId: pool, scanned: GUESTS + 3, matched: GUESTS + 3 });
  });

  it.each([
    [{ createdBefore: "yesterday" }, "createdBefore must be an ISO date or date-time such as 2026-01-31"],
    [{ lastModifiedBefore: "2026-02-30" }, "lastModifiedBefore must be an ISO date"],
    [{ createdBefore: "2026-01-31T10:00" }, "createdBefore must be an ISO date"],
    [{ disabled: true, HideDisabled: true }, "disabled: contradicts HideDisabled"],
  ])("are not listed for %j, and nothing is sent", async (asked, said) => {
    expect(String((await list(asked))["refused"])).toContain(said);
    expect(service.calls).toEqual([]);
  });

  it("cannot be compared where the lists do not end", async () => {
    const Identities = [{ IdentityId: "eu-west-1:0" }];
    await using paged = await startPagedService(() => ({ body: { Identities, NextToken: "more" } }));
    await using other = await startServer({ env: paged.env });
    const { content } = await other.call("list-identities", { IdentityPoolId: "eu-west-1:0", disabled: true });
    expect(content["refused"]).toMatch(
      /^The list cannot be compared in one call: \d+ entries were read, and then the limit of time or pages is reached\./,
    );
  });
});

describe("the predicate", () => {
  const dates = fc.date({
    min: new Date("2020-01-01T00:00:00Z"),
    max: new Date("2030-01-01T00:00:00Z"),
    noInvalidDate: true,
  });
  const identity = fc.record(
    {
      IdentityId: fc.constant("eu-west-1:0"),
      Logins: fc.subarray(["accounts.google.com", "cognito-idp.eu-west-1.amazonaws.com/eu-west-1_A"]),
      CreationDate: fc.oneof(
        dates,
        dates.map((date) => date.toISOString()),
      ),
      LastModifiedDate: dates,
    },
    { requiredKeys: ["IdentityId"] },
  );
  const where = fc.record(
    {
      withoutLogins: fc.boolean(),
      provider: fc.constantFrom("accounts.google.com", "eu-west-1_A", "x"),
      createdBefore: dates.map((date) => date.toISOString().slice(0, 10)),
      lastModifiedBefore: dates.map((date) => date.toISOString()),
    },
    { requiredKeys: [] },
  );

  it("judges what the schemas take, and the schemas take nothing else", () => {
    const schema = z.strictObject(identityFilterSchemas);
    fc.assert(
      fc.property(where, (asked) => {
        expect({ ...schema.parse(asked) }).toEqual({ ...asked });
      }),
    );
    for (const wrong of [{ withoutLogins: "yes" }, { createdBefore: "soon" }, { disabled: true }, { provider: "" }])
      expect(schema.safeParse(wrong).success).toBe(false);
  });

  it("holds if every filter alone holds, and never by a date that is not known", () => {
    fc.assert(
      fc.property(identity, where, (one, asked: IdentityWhere) => {
        const alone = Object.entries(asked).map(([name, value]) => matchesIdentity(one, { [name]: value }));
        expect(matchesIdentity(one, asked)).toBe(alone.every(Boolean));
        if (one.CreationDate === undefined && asked.createdBefore !== undefined)
          expect(matchesIdentity(one, asked)).toBe(false);
        if (asked.createdBefore !== undefined && one.CreationDate !== undefined)
          expect(matchesIdentity(one, { createdBefore: asked.createdBefore })).toBe(
            new Date(one.CreationDate).getTime() < Date.parse(`${asked.createdBefore}T00:00:00Z`),
          );
      }),
    );
  });

  it("takes ISO dates and date-times, and nothing else", () => {
    fc.assert(
      fc.property(dates, (date) => {
        expect(momentOf(date.toISOString())).toBe(date.getTime());
        expect(momentOf(date.toISOString().slice(0, 10))).toBe(Math.floor(date.getTime() / DAY) * DAY);
        for (const wrong of [
          `${date}`,
          `${date.getTime()}`,
          date.toISOString().slice(0, 16),
          date.toISOString().slice(0, 7),
        ])
          expect(momentOf(wrong)).toBeUndefined();
      }),
    );
    for (const wrong of ["", "2026-13-01", "2026-02-29", "2026-01-01T25:00:00Z", "2026-1-1"])
      expect(momentOf(wrong)).toBeUndefined();
  });
});
