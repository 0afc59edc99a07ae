/** A member of the configuration that this version does not know must not get lost by an update, wherever it stands. */

import * as sdk from "@aws-sdk/client-cognito-identity";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { findUnknownMembers } from "../../src/aws/unknown-members.ts";
import { operations, type Shape } from "../facts/facts.ts";
import { answers, deletions, provider, updates } from "../support/account.ts";
import { approve, type Session, startPuppet, startServer } from "../support/client.ts";

/** Makes the answer to the read of this number, counted from 1 within a call. */
let change: (operation: string, answer: object, read: number) => unknown = (_, answer) => answer;
let sent: string[] = [];
let puppet: Awaited<ReturnType<typeof startPuppet>>;
let session: Session;

beforeAll(async () => {
  puppet = await startPuppet((operation) => {
    sent.push(operation);
    const read = sent.filter((other) => other === operation).length;
    return { status: 200, body: change(operation, answers[operation] ?? {}, read) };
  });
  session = await startServer({ env: puppet.env, respond: approve });
});
afterAll(async () => {
  await session[Symbol.asyncDispose]();
  puppet.close();
});
beforeEach(() => {
  change = (_, answer) => answer;
});

/** Makes the call, and tells whether a person was asked and whether the change was sent. */
async function attempt(tool: string, { input, sends }: { input: object; sends: string }) {
  sent = [];
  session.questions.length = 0;
  const answer = await session.call(tool, { ...input });
  return { ...answer, asked: session.questions.length, changed: sent.includes(sends) };
}

/** The answer with `value` at the path, and what is there as it was. */
function withValue(answer: unknown, [name, ...rest]: readonly (string | number)[], value: unknown): unknown {
  if (name === undefined) return value;
  if (Array.isArray(answer)) return answer.map((entry, at) => (at === name ? withValue(entry, rest, value) : entry));
  const inner = (answer as Record<string, unknown>)[name];
  return { ...(answer as object), [name]: withValue(inner, rest, value) };
}

/** By operation: the structures that can get a member, and the scalars that can become something else. */
const places: Readonly<Record<string, { structures: (string | number)[][]; scalars: (string | number)[][] }>> = {
  DescribeIdentityPool: {
    structures: [[], ["CognitoIdentityProviders", 0]],
    scalars: [
      ["IdentityPoolName"],
      ["AllowClassicFlow"],
      ["SupportedLoginProviders", provider],
      ["IdentityPoolTags", "team"],
      ["SamlProviderARNs", 0],
      ["CognitoIdentityProviders", 0, "ServerSideTokenCheck"],
    ],
  },
  GetIdentityPoolRoles: {
    structures: [
      [],
      ["RoleMappings", provider],
      ["RoleMappings", provider, "RulesConfiguration"],
      ["RoleMappings", provider, "RulesConfiguration", "Rules", 0],
    ],
    scalars: [
      ["Roles", "authenticated"],
      ["RoleMappings", provider, "Type"],
      ["RoleMappings", provider, "RulesConfiguration", "Rules", 0, "Claim"],
    ],
  },
  GetPrincipalTagAttributeMap: { structures: [[]], scalars: [["UseDefaults"], ["PrincipalTags", "team"]] },
  ListTagsForResource: { structures: [[]], scalars: [["Tags", "team"]] },
};

/** Names that no structure of the service has. */
const name = fc.oneof(
  fc.constantFrom("GuestIpRanges", "identityPoolName", "__type", "__proto__", "constructor", "toString"),
  fc.string({ unit: "binary", minLength: 1, maxLength: 200 }),
  fc.string({ unit: fc.constantFrom("\u202e", "\u200b", "\n", "a", '"', "\\"), minLength: 1, maxLength: 20 }),
  fc.integer({ min: 65, max: 5000 }).map((length) => "x".repeat(length)),
);

/** Anything but null, which counts as absent. */
const value = fc.oneof(
  fc.boolean(),
  fc.integer(),
  fc.string({ maxLength: 20 }),
  fc.constantFrom([], {}, [{ a: [null] }], { deep: { deeper: { deepest: "x" } } }),
);

const structured = fc.constantFrom({}, [], { a: 1 }, ["a"], { Value: "sub", New: true });

/** A place in an answer that a plan of this update reads, and what is put there. */
const strange = fc
  .constantFrom(...(Object.keys(updates) as (keyof typeof updates)[]))
  .chain((tool) => fc.record({ tool: fc.constant(tool), operation: fc.constantFrom(...updates[tool].reads) }))
  .chain(({ tool, operation }) => {
    const { structures, scalars } = places[operation] ?? { structures: [], scalars: [] };
    return fc.oneof(
      fc
        .record({ place: fc.constantFrom(...structures), name, value })
        .map((found) => ({ tool, operation, path: [...found.place, found.name], value: found.value })),
      fc
        .record({ place: fc.constantFrom(...scalars), value: structured })
        .map((found) => ({ tool, operation, path: found.place, value: found.value as unknown })),
    );
  });

const runs = process.env["LONG"] ? 2000 : 60;

describe("an update", () => {
  it("is refused before anybody is asked, and names the member", { timeout: 600_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(strange, async ({ tool, operation, path, value }) => {
        change = (other, answer) => (other === operation ? withValue(answer, path, value) : answer);
        const { isError, content, asked, changed } = await attempt(tool, updates[tool]);
        expect({ isError, asked, changed }).toEqual({ isError: true, asked: 0, changed: false });
        const refused = String(content["refused"]);
        expect(refused).toMatch(/^AWS's answer holds members that this version does not know: ".+"\. An update could/);
        expect(content["next"]).toMatch(/^Update this server, or make the change with another tool/);
        // oxlint-disable-next-line no-control-regex
        expect(refused).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
        expect(refused.length).toBeLessThan(2000);
        const plain = path.join(".");
        if (/^[\w.-]{1,60}$/.test(plain)) expect(refused).toContain(`"${plain}"`);
      }),
      { numRuns: runs, examples: [] },
    );
  });

  it("is refused at every level, with many members, of which it names five", async () => {
    await using off = await startServer({ args: ["--policy", "update=off"], env: puppet.env });
    const many = Object.fromEntries(Array.from({ length: 900 }, (_, at) => [`New${at}`, at]));
    change = (_, answer) => ({ ...answer, ...many });
    sent = [];
    const { content } = await off.call("update-identity-pool", updates["update-identity-pool"].input);
    expect(content["refused"]).toContain('"New0", "New1", "New2", "New3", "New4" and 895 more.');
    expect(sent).toEqual(["DescribeIdentityPool"]);
  });

  it("is not sent where the member appears while a person reads", async () => {
    change = (operation, answer, read) =>
      operation === "DescribeIdentityPool" && read === 2 ? { ...answer, New: 1 } : answer;
    const { content, asked, changed } = await attempt("update-identity-pool", updates["update-identity-pool"]);
    expect({ asked, changed }).toEqual({ asked: 1, changed: false });
    expect(content["refused"]).toContain('"New"');
  });

  it.each(Object.entries(updates))(
    "%s runs where all members are known, absent or null, whatever the keys of maps are",
    async (tool, update) => {
      change = (operation, answer) => ({
        ...answer,
        NewAndNull: null,
        ...(operation === "DescribeIdentityPool" && {
          SupportedLoginProviders: { [provider]: "a", "any.example": "x" },
          IdentityPoolTags: { AnyKey: "x", constructor: "y" },
          DeveloperProviderName: null,
        }),
        ...(operation === "GetPrincipalTagAttributeMap" && { PrincipalTags: { AnyKey: "x" } }),
        ...(operation === "ListTagsForResource" && { Tags: { AnyKey: "x", team: "a" } }),
      });
      expect(await attempt(tool, update)).toMatchObject({ isError: false, asked: 1, changed: true });
    },
  );
});

describe("a deletion, which writes nothing back", () => {
  it.each(Object.entries(deletions))("%s runs", async (tool, deletion) => {
    change = (_, answer) => ({ ...answer, New: { of: "another version" } });
    const { isError, asked, changed } = await attempt(tool, deletion);
    expect({ isError, asked, changed }).toEqual({ isError: false, asked: 1, changed: true });
    if (tool === "delete-identity-pool")
      expect(session.questions[0]?.message).toContain("A copy made from recreate lacks");
  });

  it("a read runs too", async () => {
    change = (_, answer) => ({ ...answer, New: 1 });
    expect(
      (
        await session.call("describe-identity-pool", {
          IdentityPoolId: updates["update-identity-pool"].input.IdentityPoolId,
        })
      ).isError,
    ).toBe(false);
  });
});

/** A value with every member of the shape, and in each structure one that the service does not have. */
function sample(shape: Shape, strange: boolean): unknown {
  switch (shape.type) {
    case "structure":
      return structure(shape.members ?? {}, strange);
    case "list":
      return [shape.member && sample(shape.member, strange)];
    case "map":
      return { AnyKey: shape.value && sample(shape.value, strange) };
    default:
      return "x";
  }
}

function structure(members: Readonly<Record<string, Shape>>, strange: boolean): object {
  const known = Object.entries(members).map(([member, inner]) => [member, sample(inner, strange)]);
  return { ...Object.fromEntries(known), ...(strange && { New: 1 }) };
}

/** The structures in a shape, itself included. */
function countStructures({ type, members = {}, member, value }: Shape): number {
  const inner = [...Object.values(members), ...(member ? [member] : []), ...(value ? [value] : [])];
  return inner.reduce((sum, shape) => sum + countStructures(shape), type === "structure" ? 1 : 0);
}

describe("the SDK's schema", () => {
  it.each(Object.entries(operations))("of %s has the members of the service, and no other", (operation, { output }) => {
    // They are looked up by names that the compiler does not know.
    const schemas = sdk as unknown as Record<string, readonly unknown[]>;
    const schema = schemas[`${operation}$`]?.at(5);
    expect(findUnknownMembers(schema, structure(output, false))).toEqual({ paths: [], count: 0 });
    const all = countStructures({ type: "structure", members: output });
    expect(findUnknownMembers(schema, structure(output, true)).count).toBe(all);
  });
});
