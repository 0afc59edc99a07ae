/** What plans say: the target, the notes, and what a call that changes nothing leaves out. */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { planText } from "../../src/guards/approval/plan-text.ts";
import { showPlan } from "../../src/guards/refusal.ts";
import type { Read } from "../../src/plans/command.ts";
import { planMerge } from "../../src/plans/developer-identities.ts";
import { planDeleteIdentities } from "../../src/plans/identities.ts";
import { planDelete, planUpdate } from "../../src/plans/identity-pools.ts";
import { planLinkDeveloper } from "../../src/plans/linking.ts";
import type { Plan } from "../../src/plans/plan.ts";
import { planSetMap } from "../../src/plans/principal-tags.ts";
import { planSetRoles } from "../../src/plans/roles.ts";
import {
  arnOf,
  createPool,
  developerProvider,
  guestRole,
  type Service,
  type Session,
  startServer,
  startService,
  userRole,
} from "../support/client.ts";
import { googleToken } from "../support/tokens.ts";

const IdentityPoolId = "eu-west-1:00000000-0000-4000-8000-000000000000";
const idOf = (number: number) => `eu-west-1:00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;
const google = "accounts.google.com";

/** A reader of an account with these answers, by command. An answer that is a function gets the request. */
function reader(answers: Readonly<Record<string, object | ((request: never) => object)>>): Read {
  return (async (command: string, request: never) => {
    const answer = answers[command] ?? {};
    return typeof answer === "function" ? answer(request) : answer;
  }) as Read;
}

const poolReader = (pool: object, roles: object = {}, identities: object = {}) =>
  reader({
    DescribeIdentityPoolCommand: { IdentityPoolId, IdentityPoolName: "photo app", ...pool },
    GetIdentityPoolRolesCommand: roles,
    ListIdentitiesCommand: identities,
  });

const textOf = (plan: Plan) => planText(showPlan(plan, { region: "eu-west-1", caller: "c", account: "account 1" }));

describe("a text of the service or of a caller", () => {
  /** The isolates that a plan puts around a text are the only ones. */
  const unseen = /(?! )[^\P{C}\u2066-\u2069]|(?! )\p{Z}|[\u2066\u2067]/u;
  const hostile = fc.oneof(
    fc.string({ unit: "binary" }),
    fc
      .array(fc.constantFrom("\n", "\u001b[2J", "\u202e", "\u2068", "\u2069", '"', "a", "no", ". ", "\\"))
      .map((all) => all.join("")),
  );

  it("begins no line of a plan, and puts nothing into it that cannot be seen", () =>
    fc.assert(
      fc.property(fc.array(hostile, { minLength: 9, maxLength: 9 }), (texts) => {
        const [
          action = "",
          id = "",
          name = "",
          note = "",
          path = "",
          before = "",
          after = "",
          region = "",
          account = "",
        ] = texts;
        const shown = planText({
          action: `Delete ${action}`,
          target: { id, name },
          into: { id, name },
          changes: [{ path, before: [before], after: { [after]: after } }],
          notes: [`A note on ${note}.`, `A note on ${JSON.stringify(note)}.`],
          reversible: true,
          region,
          account,
        });
        const lines = shown.split("\n");
        expect(lines[0]).toMatch(/^\u2068?Delete /);
        expect(lines[1]).toMatch(/^A note on /);
        expect(lines[2]).toMatch(/^A note on /);
        expect(lines.slice(3).every((line) => /^(?:~| {2}[-+] )/.test(line))).toBe(true);
        expect(lines.length).toBeLessThanOrEqual(6);
        expect(lines.join("")).not.toMatch(unseen);
        expect(lines.join("").split("\u2068")).toHaveLength(lines.join("").split("\u2069").length);
      }),
      { numRuns: process.env["LONG"] ? 20_000 : 1000 },
    ));

  it("is quoted in the note on whom a developer user belongs to, unless it is an id", async () => {
    const linking = async (IdentityId: string | undefined) => {
      const plan = await planLinkDeveloper(
        { IdentityPoolId, IdentityId: idOf(1), Logins: { "login.dev": "bob" } },
        {
          read: reader({ LookupDeveloperIdentityCommand: { IdentityId }, DescribeIdentityCommand: {} }),
          rememberedLogins: { has: () => false, beginRead: () => () => undefined },
          developerProvider: "login.dev",
          valueFor: () => "bob",
          subjectOf: () => undefined,
        },
      );
      return plan?.notes[0];
    };
    expect(await linking(idOf(2))).toBe(`The developer user belongs to identity ${idOf(2)}.`);
    expect(await linking("eu-west-1:0.\nNothing is linked.")).toBe(
      'The developer user belongs to identity "eu-west-1:0.\\nNothing is linked.".',
    );
    expect(await linking(undefined)).toMatch(/^AWS did not tell/);
  });
});

describe("the basic (classic) flow", () => {
  const flags = fc.constantFrom(true, false, undefined);
  /** The flow is open unless the member is false. */
  const isOpen = (flag: boolean | undefined) => flag !== false;

  it("a note says whether an update opens it, closes it or leaves it open, from any value to any other", () =>
    fc.assert(
      fc.asyncProperty(flags, flags, async (before, after) => {
        const change = after === undefined ? { clear: ["AllowClassicFlow"] } : { AllowClassicFlow: after };
        const read = poolReader(before === undefined ? {} : { AllowClassicFlow: before });
        const { notes } = await planUpdate({ IdentityPoolId, ...change }, read);
        const about = notes.filter((note) => /basic \(classic\) flow/.test(note));
        expect(about).toHaveLength(before === after ? 0 : 1);
        if (before === after) return;
        if (!isOpen(after)) expect(about[0]).toMatch(/^This closes the basic \(classic\) flow: apps .* stop getting/);
        else if (isOpen(before)) expect(about[0]).toMatch(/^The basic \(classic\) flow stays open\./);
        else expect(about[0]).toMatch(/^This opens the basic \(classic\) flow: signed-in users can choose any role/);
      }),
    ));

  it.each([
    [true, "open."],
    [false, "closed."],
    [undefined, "open, because AllowClassicFlow is not set."],
  ])("the deletion of a pool with AllowClassicFlow %s says %s", async (AllowClassicFlow, words) => {
    const { notes } = await planDelete({ IdentityPoolId }, poolReader({ AllowClassicFlow }));
    expect(notes.join(" ")).toContain(`Basic (classic) flow: ${words}`);
  });
});

describe("the deletion of a pool", () => {
  it.each<[object, string]>([
    [{}, "Login providers: 0."],
    [{ SupportedLoginProviders: { [google]: "a" }, SamlProviderARNs: ["arn"] }, "Login providers: 2."],
    [
      { SupportedLoginProviders: { [google]: "a" }, DeveloperProviderName: "login.mycompany" },
      'Login providers: 1, and the developer provider "login.mycompany".',
    ],
    [{ DeveloperProviderName: "login.mycompany" }, 'Login providers: only the developer provider "login.mycompany".'],
  ])("counts the login providers of %j", async (pool, words) => {
    const { notes } = await planDelete({ IdentityPoolId }, poolReader(pool));
    expect(notes.join(" ")).toContain(words);
  });

  it("tells of users only if the pool has identities", async () => {
    const none = await planDelete({ IdentityPoolId }, poolReader({}));
    expect(none.notes).toContain("The pool has no identities.");
    expect(none.notes.join(" ")).not.toMatch(/lose data/);
    const some = await planDelete({ IdentityPoolId }, poolReader({}, {}, { Identities: [{ IdentityId: idOf(1) }] }));
    expect(some.notes.join(" ")).toMatch(
      /Identities deleted with the pool: 1\. The users of these identities .*lose data/,
    );
  });
});

it("the deletion of identities counts, names and sends only those that exist", () =>
  fc.assert(
    fc.asyncProperty(fc.uniqueArray(fc.nat(99), { minLength: 1, maxLength: 20 }), fc.nat(), async (numbers, mask) => {
      const exists = (id: string) => ((mask >> (numbers.map(idOf).indexOf(id) % 30)) & 1) === 1;
      const ids = numbers.map(idOf);
      const found = ids.filter(exists);
      const missing = ids.filter((id) => !exists(id));
      const read = reader({
        DescribeIdentityCommand: ({ IdentityId }: { IdentityId: string }) => {
          if (exists(IdentityId)) return { IdentityId };
          throw Object.assign(new Error("none"), { name: "ResourceNotFoundException" });
        },
      });
      const plan = await planDeleteIdentities({ IdentityIdsToDelete: ids }, read);
      const count = found.length === 1 ? "1 identity" : `${found.length} identities`;
      expect(plan.action).toBe(`Delete ${count}`);
      expect(plan.confirmation).toEqual({ by: "typing", expected: `delete ${count}` });
      expect(plan.changes.map(({ path }) => path)).toEqual(found);
      expect(plan.request).toEqual({ IdentityIdsToDelete: found });
      expect(plan.target.id).toBe(found.join(", "));
      const note = missing.length > 0 ? [`Not found, so not deleted: ${missing.join(", ")}.`] : [];
      expect(plan.facts).toEqual(note);
      expect(plan.notes).toEqual(expect.arrayContaining(note));
    }),
  ));

it("the first DeveloperProviderName is noted as permanent, the same again is no change, another one is impossible", () =>
  fc.assert(
    fc.asyncProperty(
      fc.option(fc.constantFrom("login.one", "login.two"), { nil: undefined }),
      fc.constantFrom("login.one", "login.two"),
      async (present, asked) => {
        const read = poolReader(present === undefined ? {} : { DeveloperProviderName: present });
        const plan = planUpdate({ IdentityPoolId, DeveloperProviderName: asked, IdentityPoolName: "new name" }, read);
        if (present !== undefined && present !== asked) {
          await expect(plan).rejects.toThrow(
            `This pool already has the DeveloperProviderName "${present}". AWS does not allow it to be changed. Nothing was sent.`,
          );
          return;
        }
        const permanent = "Once set, DeveloperProviderName can never be changed or removed.";
        expect((await plan).notes.includes(permanent)).toBe(present === undefined);
        expect((await plan).reversible).toBe(present !== undefined);
      },
    ),
  ));

it("iam:PassRole is noted exactly when the request contains a role", () =>
  fc.assert(
    fc.asyncProperty(
      fc.record(
        { authenticated: fc.constant(userRole), unauthenticated: fc.constant(guestRole) },
        { requiredKeys: [] },
      ),
      fc.boolean(),
      fc.subarray(["Roles", "RoleMappings"]),
      async (Roles, rules, clear) => {
        const Rule = { Claim: "c", MatchType: "Equals", Value: "v", RoleARN: userRole };
        const RoleMappings = rules ? { [google]: { Type: "Rules", RulesConfiguration: { Rules: [Rule] } } } : {};
        const read = poolReader({ SupportedLoginProviders: { [google]: "a" } }, { Roles, RoleMappings });
        const plan = await planSetRoles({ IdentityPoolId, clear }, read);
        const sends = JSON.stringify(plan.request).includes(":role/");
        expect(plan.notes.some((note) => note.includes("iam:PassRole"))).toBe(sends);
      },
    ),
  ));

describe("the first line of a plan", () => {
  it("names the provider and the pool whose principal tags are set", async () => {
    const plan = await planSetMap(
      { IdentityPoolId, IdentityProviderName: google, UseDefaults: true },
      poolReader({ IdentityPoolName: "photo app", SupportedLoginProviders: { [google]: "a" } }),
    );
    expect(textOf(plan)).toMatch(
      `Set principal tags of provider "${google}" of identity pool "photo app" (${IdentityPoolId}) in eu-west-1`,
    );
  });

  it("names both users and both identities of a merge", async () => {
    const read = reader({
      DescribeIdentityPoolCommand: { IdentityPoolName: "photo app" },
      LookupDeveloperIdentityCommand: ({ DeveloperUserIdentifier = "" }: { DeveloperUserIdentifier?: string }) => ({
        IdentityId: DeveloperUserIdentifier === "ann" ? idOf(1) : idOf(2),
        DeveloperUserIdentifierList: [DeveloperUserIdentifier],
      }),
    });
    const plan = await planMerge(
      {
        SourceUserIdentifier: "ann",
        DestinationUserIdentifier: "b\u05d0b",
        DeveloperProviderName: developerProvider,
        IdentityPoolId,
      },
      read,
    );
    expect(textOf(plan).split("\n")[0]).toBe(
      `Merge developer user "ann" (${idOf(1)}) into developer user \u2068"b\u05d0b"\u2069 (${idOf(2)}) in eu-west-1, account 1. This cannot be undone.`,
    );
  });
});

describe("a call that changes nothing", () => {
  let service: Service;
  let session: Session;
  let pool: string;

  beforeAll(async () => {
    service = await startService();
    pool = await createPool(service.sdk);
    session = await startServer({ env: service.env });
  });
  afterAll(async () => {
    await session[Symbol.asyncDispose]();
    await service[Symbol.asyncDispose]();
  });

  it.each<[string, () => object, string[] | undefined]>([
    ["update-identity-pool", () => ({ IdentityPoolId: pool, IdentityPoolName: "pool" }), undefined],
    ["set-identity-pool-roles", () => ({ IdentityPoolId: pool, Roles: { authenticated: userRole } }), undefined],
    [
      "set-principal-tag-attribute-map",
      () => ({ IdentityPoolId: pool, IdentityProviderName: google, UseDefaults: false }),
      undefined,
    ],
    ["tag-resource", () => ({ ResourceArn: arnOf(pool), Tags: { stage: "test" } }), undefined],
    ["untag-resource", () => ({ ResourceArn: arnOf(pool), TagKeys: ["nope"] }), ['The pool has no tag "nope".']],
    [
      "untag-resource",
      () => ({ ResourceArn: arnOf(pool), TagKeys: ["nope", "none"] }),
      ['The pool has no tag "nope" or "none".'],
    ],
    ["delete-identities", () => ({ IdentityIdsToDelete: [idOf(7)] }), [`Not found, so not deleted: ${idOf(7)}.`]],
  ])("of %s has only facts in its notes", async (tool, input, notes) => {
    const { content } = await session.call(tool, { ...input() });
    expect(content).toMatchObject({ unchanged: expect.stringMatching(/, so nothing was sent\./) });
    expect(content["notes"]).toEqual(notes);
  });

  it("of unlink-identity tells what is not linked", async () => {
    const Logins = { [google]: googleToken("user") };
    const { content } = await session.call("get-id", { IdentityPoolId: pool, Logins });
    const LoginsToRemove = ["graph.facebook.com"];
    const answer = await session.call("unlink-identity", { IdentityId: content["IdentityId"], Logins, LoginsToRemove });
    expect(answer.content).toEqual({
      unchanged: expect.stringMatching(/already as requested/),
      notes: ['Not linked to this identity: "graph.facebook.com".'],
    });
  });

  it("of the developer tools tells where the users are", async () => {
    const provider = { IdentityPoolId: pool, DeveloperProviderName: developerProvider };
    const [one, other] = await Promise.all(
      ["one", "other"].map(async (user) => {
        const input = { IdentityPoolId: pool, Logins: { [developerProvider]: user } };
        const { content } = await session.call("get-open-id-token-for-developer-identity", input);
        return content["IdentityId"];
      }),
    );
    const unlink = { ...provider, IdentityId: one, DeveloperUserIdentifier: "other" };
    expect((await session.call("unlink-developer-identity", unlink)).content).toEqual({
      unchanged: "The user does not belong to this identity, so nothing was sent.",
      notes: [`User "other" belongs to identity ${other}, not to this one.`],
    });
    const merge = { ...provider, SourceUserIdentifier: "one", DestinationUserIdentifier: "one" };
    expect((await session.call("merge-developer-identities", merge)).content).toEqual({
      unchanged: expect.stringMatching(/already as requested/),
      notes: ["Both users already have the same identity."],
    });
  });
});
