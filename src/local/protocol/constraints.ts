import { ServiceError } from "./errors.ts";
import type { Members, Shape } from "./shapes.ts";

type Structure = Readonly<Record<string, unknown>>;

/**
 * Reads an input as the service does, and gives a copy that holds the declared members alone; a member that is null counts
 * as left out. All broken constraints come at once, in one ValidationException
 * (https://github.com/aws-amplify/aws-sdk-ios/issues/2317). A value of the wrong JSON type is a SerializationException, and
 * wins over them.
 */
export function checkInput(members: Members, input: unknown): Record<string, unknown> {
  const copy = copyStructure(members, input);
  const failures = structureFailures(members, copy, "");
  if (failures.length === 0) return copy;
  const counted = `${failures.length} validation error${failures.length === 1 ? "" : "s"} detected`;
  throw new ServiceError("ValidationException", `${counted}: ${failures.join("; ")}`);
}

function copyStructure(members: Members, value: unknown): Record<string, unknown> {
  if (!isStructure(value)) throw wrongType(value, "a structure");
  return Object.fromEntries(
    Object.entries(members).flatMap(([name, { shape }]) => {
      const member = Object.hasOwn(value, name) ? value[name] : undefined;
      return member === undefined || member === null ? [] : [[name, copyValue(shape, member)]];
    }),
  );
}

function copyValue(shape: Shape, value: unknown): unknown {
  switch (shape.type) {
    case "structure":
      return copyStructure(shape.members, value);
    case "list":
      if (!Array.isArray(value)) throw wrongType(value, "a list");
      return value.map((entry) => copyValue(shape.of, entry));
    case "map":
      if (!isStructure(value)) throw wrongType(value, "a map");
      // Not by assignment: `__proto__` is a key like any other.
      return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, copyValue(shape.value, entry)]));
    case "string":
    case "boolean":
      if (typeof value !== shape.type) throw wrongType(value, `a ${shape.type}`);
      return value;
    case "number":
      if (!Number.isInteger(value)) throw wrongType(value, "an integer");
      return value;
  }
}

function structureFailures(members: Members, value: Structure, path: string): string[] {
  return Object.entries(members).flatMap(([name, { shape, required }]) => {
    const at = `${path}${name.charAt(0).toLowerCase()}${name.slice(1)}`;
    if (Object.hasOwn(value, name)) return valueFailures(shape, value[name], at);
    return required ? [failure("null", at, "Member must not be null")] : [];
  });
}

/** `value` has the type of `shape`: `copyValue` saw to it. */
function valueFailures(shape: Shape, value: unknown, at: string): string[] {
  const shown = `'${isSensitive(shape) ? "***" : javaToString(value)}'`;
  const own = constraintsOf(shape)
    .filter(({ holds }) => !holds(value))
    .map(({ text }) => failure(shown, at, text));
  switch (shape.type) {
    case "structure":
      return structureFailures(shape.members, value as Structure, `${at}.`);
    case "list": {
      const entries = value as readonly unknown[];
      return [
        ...own,
        ...(isScalar(shape.of)
          ? partFailures("Member", shape.of, entries, shown, at)
          : entries.flatMap((entry, index) => valueFailures(shape.of, entry, `${at}.${index + 1}.member`))),
      ];
    }
    case "map": {
      const map = value as Structure;
      return [
        ...own,
        ...partFailures("Map keys", shape.key, Object.keys(map), shown, at),
        ...(isScalar(shape.value)
          ? partFailures("Map value", shape.value, Object.values(map), shown, at)
          : Object.entries(map).flatMap(([key, entry]) => valueFailures(shape.value, entry, `${at}.${key}.member`))),
      ];
    }
    default:
      return own;
  }
}

/**
 * Of scalars in a list or map AWS says at most once that they fail, with every constraint that they have
 * (https://github.com/aws/aws-sdk-cpp/issues/1085).
 */
function partFailures(what: string, shape: Shape, parts: readonly unknown[], shown: string, at: string): string[] {
  const constraints = constraintsOf(shape);
  if (parts.every((part) => constraints.every(({ holds }) => holds(part)))) return [];
  return [failure(shown, at, `${what} must satisfy constraint: [${constraints.map(({ text }) => text).join(", ")}]`)];
}

interface Constraint {
  readonly text: string;
  readonly holds: (value: unknown) => boolean;
}

/** A shape's constraints, in the order in which AWS tells them. */
function constraintsOf(shape: Shape): Constraint[] {
  const { min, max, pattern, enum: names } = { min: undefined, max: undefined, pattern: undefined, ...shape } as Limits;
  const what = shape.type === "number" ? "value" : "length";
  return [
    ...(max === undefined
      ? []
      : [{ text: `Member must have ${what} less than or equal to ${max}`, holds: atMost(max) }]),
    ...(min === undefined
      ? []
      : [{ text: `Member must have ${what} greater than or equal to ${min}`, holds: atLeast(min) }]),
    ...(pattern === undefined
      ? []
      : [{ text: `Member must satisfy regular expression pattern: ${pattern}`, holds: matching(pattern) }]),
    ...(names === undefined
      ? []
      : [
          {
            text: `Member must satisfy enum value set: [${[...names].sort().join(", ")}]`,
            holds: (value: unknown) => names.includes(value as string),
          },
        ]),
  ];
}

interface Limits {
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
  readonly enum?: readonly string[];
}

const atMost = (max: number) => (value: unknown) => sizeOf(value) <= max;
const atLeast = (min: number) => (value: unknown) => sizeOf(value) >= min;

/** A number itself, the UTF-16 units of a string (as in Java), the entries of a list or map. */
function sizeOf(value: unknown): number {
  if (typeof value === "number") return value;
  if (typeof value === "string" || Array.isArray(value)) return value.length;
  return Object.keys(value as object).length;
}

/** Java matches the whole value, and its `\s` is ASCII; its `\w` and `\d` are what they are here. */
function matching(pattern: string): (value: unknown) => boolean {
  const expression = new RegExp(`^(?:${pattern.replaceAll("\\s", " \\t\\n\\v\\f\\r")})$`, "u");
  return (value) => expression.test(value as string);
}

function failure(shown: string, at: string, constraint: string): string {
  return `Value ${shown} at '${at}' failed to satisfy constraint: ${constraint}`;
}

/** A value in the form that Java gives it: `[a, b]`, `{key=value}`. */
function javaToString(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(javaToString).join(", ")}]`;
  if (!isStructure(value)) return String(value);
  const entries = Object.entries(value).map(([key, entry]) => `${key}=${javaToString(entry)}`);
  return `{${entries.join(", ")}}`;
}

/** Whether a value of this shape holds secrets. A map of them is not shown at all: a token may sit where its key belongs. */
function isSensitive(shape: Shape): boolean {
  switch (shape.type) {
    case "string":
      return shape.sensitive === true;
    case "list":
      return isSensitive(shape.of);
    case "map":
      return isSensitive(shape.value);
    case "structure":
      return Object.values(shape.members).some((member) => isSensitive(member.shape));
    default:
      return false;
  }
}

function isScalar(shape: Shape): boolean {
  return shape.type === "string" || shape.type === "number" || shape.type === "boolean";
}

function isStructure(value: unknown): value is Structure {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Says what came and what was to come, and never the value, which may be a token. */
function wrongType(value: unknown, expected: string): ServiceError {
  const came = value === null ? "null" : Array.isArray(value) ? "a list" : typeof value;
  return new ServiceError("SerializationException", `Found ${came} where ${expected} was expected`);
}
