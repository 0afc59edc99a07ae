/** Every limit, pattern and enum of every member of every input, from the facts: at it, the value passes; beyond it, not. */
import { describe, expect, it } from "vitest";
import { operations as localOperations } from "../../../src/local/operations/catalogue.ts";
import { checkInput } from "../../../src/local/protocol/constraints.ts";
import type { Shape as LocalShape, Members } from "../../../src/local/protocol/shapes.ts";
import { operations, type Shape } from "../../facts/facts.ts";

/** Characters that every pattern of the service accepts. */
const plain = "a0";

/** A text of the given length that the shape's pattern accepts. */
function textOf(shape: Shape, length: number): string {
  if (shape.enum) return shape.enum[0] ?? "";
  if (shape.pattern === "(un)?authenticated") return "authenticated";
  if (shape.pattern === "\\d+") return "1".repeat(length);
  if (shape.pattern?.includes(":[0-9a-f-]+"))
    return `${"a".repeat(Math.max(1, length - 2))}:0`.slice(0, Math.max(3, length));
  return plain.repeat(length).slice(0, length);
}

/** A value that satisfies the shape. */
function valid(shape: Shape): unknown {
  switch (shape.type) {
    case "string":
      return textOf(shape, Math.max(shape.min ?? 1, 1));
    case "integer":
    case "long":
      return shape.min ?? 1;
    case "boolean":
      return true;
    case "list":
      return Array.from({ length: Math.max(shape.min ?? 1, 1) }, () => valid(shape.member as Shape));
    case "map":
      return { [textOf(shape.key as Shape, shape.key?.min ?? 1)]: valid(shape.value as Shape) };
    default:
      return Object.fromEntries(Object.entries(shape.members ?? {}).map(([name, member]) => [name, valid(member)]));
  }
}

/** Values at a limit of the shape, or one beyond it, with the violated constraint. */
function cases(shape: Shape): { value: unknown; broken?: RegExp }[] {
  const { min, max } = shape;
  switch (shape.type) {
    case "string":
      return [
        ...(min !== undefined && min > 0
          ? [{ value: "", broken: new RegExp(`length greater than or equal to ${min}`) }]
          : []),
        ...(max !== undefined && shape.pattern !== "(un)?authenticated"
          ? [
              { value: textOf(shape, max) },
              { value: textOf(shape, max + 1), broken: new RegExp(`length less than or equal to ${max}`) },
            ]
          : []),
        ...(shape.pattern !== undefined ? [{ value: "\u0000 ", broken: /regular expression pattern: / }] : []),
        ...(shape.enum ?? []).map((value) => ({ value })),
        ...(shape.enum ? [{ value: "NoSuchValue", broken: /enum value set: \[/ }] : []),
      ];
    case "integer":
    case "long":
      return [
        { value: min },
        { value: max },
        { value: (min ?? 0) - 1, broken: new RegExp(`value greater than or equal to ${min}`) },
        { value: (max ?? 0) + 1, broken: new RegExp(`value less than or equal to ${max}`) },
      ];
    case "list": {
      const list = (length: number) => Array.from({ length }, () => valid(shape.member as Shape));
      return [
        ...(max !== undefined
          ? [{ value: list(max) }, { value: list(max + 1), broken: new RegExp(`length less than or equal to ${max}`) }]
          : []),
        ...(min !== undefined && min > 0
          ? [{ value: [], broken: new RegExp(`length greater than or equal to ${min}`) }]
          : []),
        ...cases(shape.member as Shape).map(({ value, ...rest }) => ({ value: [value], ...rest })),
      ];
    }
    case "map": {
      const key = shape.key as Shape;
      const map = (size: number) =>
        Object.fromEntries(Array.from({ length: size }, (_, index) => [`k${index}`, valid(shape.value as Shape)]));
      return [
        ...(max !== undefined && key.pattern === undefined
          ? [{ value: map(max) }, { value: map(max + 1), broken: new RegExp(`length less than or equal to ${max}`) }]
          : []),
        ...cases(key).map(({ value, broken }) => ({
          value: { [String(value)]: valid(shape.value as Shape) },
          ...(broken && { broken: /Map keys must satisfy constraint: \[/ }),
        })),
        ...cases(shape.value as Shape).map(({ value, ...rest }) => ({ value: { [textOf(key, 1)]: value }, ...rest })),
      ];
    }
    case "structure":
      return Object.entries(shape.members ?? {}).flatMap(([name, member]) => [
        ...cases(member).map(({ value, ...rest }) => ({
          value: { ...(valid(shape) as object), [name]: value },
          ...rest,
        })),
        ...(member.required
          ? [{ value: { ...(valid(shape) as object), [name]: undefined }, broken: /must not be null/ }]
          : []),
      ]);
    default:
      return [];
  }
}

function messageOf(members: Members, input: object): string | undefined {
  try {
    checkInput(members, input);
    return undefined;
  } catch (error) {
    expect(error).toMatchObject({ code: "ValidationException" });
    return (error as Error).message;
  }
}

let checked = 0;

describe.each(Object.entries(operations))("%s", (name, { input }) => {
  const members = localOperations[name]?.input ?? {};
  const good = Object.fromEntries(Object.entries(input).map(([member, shape]) => [member, valid(shape)]));

  it("has the members of the facts, with the same ones required", () => {
    const required = Object.entries(members).map(([member, { required }]) => [member, required]);
    expect(Object.fromEntries(required)).toEqual(
      Object.fromEntries(Object.entries(input).map(([member, shape]) => [member, shape.required === true])),
    );
    expect(messageOf(members, good)).toBeUndefined();
  });

  it.each(Object.entries(input))("%s is checked against its limits", (member, shape) => {
    const at = member.charAt(0).toLowerCase() + member.slice(1);
    for (const { value, broken } of cases(shape)) {
      checked += 1;
      const message = messageOf(members, { ...good, [member]: value });
      if (!broken) expect(message).toBeUndefined();
      else {
        expect(message).toMatch(/^\d+ validation errors? detected: Value /);
        expect(message).toMatch(broken);
        expect(message).toContain(`at '${at}`);
      }
    }
    if (shape.required)
      expect(messageOf(members, { ...good, [member]: undefined })).toBe(
        `1 validation error detected: Value null at '${at}' failed to satisfy constraint: Member must not be null`,
      );
  });
});

it("more than 300 values were checked", () => expect(checked).toBeGreaterThan(300));

/** A shape of the service in the format of the facts, without AWS's name for it. */
function asFact(shape: LocalShape): unknown {
  switch (shape.type) {
    case "list": {
      const { of, ...rest } = shape;
      return { ...rest, member: asFact(of) };
    }
    case "map":
      return { ...shape, key: asFact(shape.key), value: asFact(shape.value) };
    case "structure":
      return { type: "structure", members: membersAsFacts(shape.members) };
    default:
      return shape;
  }
}

function membersAsFacts(members: Members): unknown {
  return Object.fromEntries(
    Object.entries(members).map(([name, { shape, required }]) => [
      name,
      { ...(asFact(shape) as object), ...(required && { required }) },
    ]),
  );
}

/** A fact without AWS's name for it, and with one word for numbers. */
function bare(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const isShape = "shape" in value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, entry]) => !isShape || (key !== "shape" && key !== "box" && !(key === "required" && !entry)))
      .map(([key, entry]) => [key, isShape && (entry === "integer" || entry === "long") ? "number" : bare(entry)]),
  );
}

it("the shapes are exactly those of the facts, at every level", () => {
  expect(Object.keys(localOperations).sort()).toEqual(Object.keys(operations).sort());
  for (const [name, { input }] of Object.entries(operations))
    expect({ name, input: membersAsFacts(localOperations[name]?.input ?? {}) }).toEqual({ name, input: bare(input) });
});

describe("in AWS's words", () => {
  const pool = (name: string) => localOperations[name]?.input ?? {};
  const roles = { IdentityPoolId: "a:0", Roles: {} };

  it.each<[string, string, object, string]>([
    [
      "a map's value is told of with all of its constraints, once",
      "CreateIdentityPool",
      {
        IdentityPoolName: "x",
        AllowUnauthenticatedIdentities: true,
        SupportedLoginProviders: { a: "1", b: " ", c: "" },
      },
      "Value '{a=1, b= , c=}' at 'supportedLoginProviders' failed to satisfy constraint: Map value must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [\\w.;_/-]+]",
    ],
    [
      "a map's key is too",
      "SetIdentityPoolRoles",
      { IdentityPoolId: "a:0", Roles: { admin: "arn:aws:iam::000000000000:role/x" } },
      "Value '{admin=arn:aws:iam::000000000000:role/x}' at 'roles' failed to satisfy constraint: Map keys must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: (un)?authenticated]",
    ],
    [
      "a list's text is too",
      "DeleteIdentities",
      { IdentityIdsToDelete: ["a:0", "b"] },
      "Value '[a:0, b]' at 'identityIdsToDelete' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 55, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [\\w-]+:[0-9a-f-]+]",
    ],
    [
      "logins are not shown",
      "GetId",
      { IdentityPoolId: "a:0", Logins: { p: "" } },
      "Value '***' at 'logins' failed to satisfy constraint: Map value must satisfy constraint: [Member must have length less than or equal to 50000, Member must have length greater than or equal to 1]",
    ],
    [
      "an enum lists what there is",
      "SetIdentityPoolRoles",
      { ...roles, RoleMappings: { p: { Type: "Other" } } },
      "Value 'Other' at 'roleMappings.p.member.type' failed to satisfy constraint: Member must satisfy enum value set: [Rules, Token]",
    ],
    [
      "a structure in a list has a number",
      "SetIdentityPoolRoles",
      {
        ...roles,
        RoleMappings: {
          p: {
            Type: "Rules",
            RulesConfiguration: {
              Rules: [{ Claim: "aud", MatchType: "Equals", RoleARN: "arn:aws:iam::000000000000:role/x" }],
            },
          },
        },
      },
      "Value null at 'roleMappings.p.member.rulesConfiguration.rules.1.member.value' failed to satisfy constraint: Member must not be null",
    ],
  ])("%s", (_, operation, input, failure) =>
    expect(messageOf(pool(operation), input)).toBe(`1 validation error detected: ${failure}`),
  );

  it.each(["\u00a0", "\u2003", "\u00e9", "\u0660", "x\n!"])(
    "a space, letter or digit is one of ASCII: not %j",
    (text) =>
      expect(
        messageOf(pool("CreateIdentityPool"), { IdentityPoolName: text, AllowUnauthenticatedIdentities: true }),
      ).toMatch(/regular expression pattern/),
  );

  it("every ASCII space counts as a space", () =>
    expect(
      messageOf(pool("CreateIdentityPool"), {
        IdentityPoolName: "a \t\n\v\f\r1",
        AllowUnauthenticatedIdentities: true,
      }),
    ).toBeUndefined());
});

it("counts every failure, in AWS's words", () => {
  const members = localOperations["UpdateIdentityPool"]?.input ?? {};
  expect(
    messageOf(members, { IdentityPoolId: "x", IdentityPoolName: "a/b", AllowUnauthenticatedIdentities: true }),
  ).toBe(
    "2 validation errors detected: Value 'x' at 'identityPoolId' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w-]+:[0-9a-f-]+; Value 'a/b' at 'identityPoolName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w\\s+=,.@-]+",
  );
});
