import { type Fields, isRecord } from "../../util/json.ts";
import { ServiceError } from "./errors.ts";
import type { Members, Shape } from "./shapes.ts";

/**
 * Validates an input and returns a copy with the declared members only. A null member counts as missing. One
 * ValidationException reports all constraint violations (https://github.com/aws-amplify/aws-sdk-ios/issues/2317). A
 * value of the wrong JSON type throws a SerializationException instead.
 */
export function checkInput(members: Members, input: unknown): Fields {
  const copy = copyStructure(members, input);
  const failures = structureFailures(members, copy, "");
  if (failures.length === 0) return copy;
  const counted = `${failures.length} validation error${failures.length === 1 ? "" : "s"} detected`;
  throw new ServiceError("ValidationException", `${counted}: ${failures.join("; ")}`);
}

function copyStructure(members: Members, value: unknown): Fields {
  if (!isRecord(value)) throw wrongType(value, "a structure");
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
      if (!isRecord(value)) throw wrongType(value, "a map");
      // Object.fromEntries, unlike assignment, keeps `__proto__` as a normal key.
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

function structureFailures(members: Members, value: Fields, prefix: string): string[] {
  return Object.entries(members).flatMap(([name, { shape, required }]) => {
    const path = `${prefix}${name.charAt(0).toLowerCase()}${name.slice(1)}`;
    if (Object.hasOwn(value, name)) return valueFailures(shape, value[name], path);
    return required ? [failure("null", path, "Member must not be null")] : [];
  });
}

/** Requires a value of the shape's type, which `copyValue` guarantees. */
function valueFailures(shape: Shape, value: unknown, path: string): string[] {
  const valueText = `'${isSensitive(shape) ? "***" : toJavaString(value)}'`;
  const ownFailures = constraintsOf(shape)
    .filter(({ holds }) => !holds(value))
    .map(({ text }) => failure(valueText, path, text));
  switch (shape.type) {
    case "structure":
      return structureFailures(shape.members, value as Fields, `${path}.`);
    case "list": {
      const entries = value as readonly unknown[];
      return [
        ...ownFailures,
        ...(isScalar(shape.of)
          ? elementFailures("Member", shape.of, entries, valueText, path)
          : entries.flatMap((entry, index) => valueFailures(shape.of, entry, `${path}.${index + 1}.member`))),
      ];
    }
    case "map": {
      const map = value as Fields;
      return [
        ...ownFailures,
        ...elementFailures("Map keys", shape.key, Object.keys(map), valueText, path),
        ...(isScalar(shape.value)
          ? elementFailures("Map value", shape.value, Object.values(map), valueText, path)
          : Object.entries(map).flatMap(([key, entry]) => valueFailures(shape.value, entry, `${path}.${key}.member`))),
      ];
    }
    default:
      return ownFailures;
  }
}

/**
 * AWS reports at most one failure for the scalars of a list or map. The message lists all constraints of the shape
 * (https://github.com/aws/aws-sdk-cpp/issues/1085).
 */
function elementFailures(
  subject: string,
  shape: Shape,
  elements: readonly unknown[],
  valueText: string,
  path: string,
): string[] {
  const constraints = constraintsOf(shape);
  if (elements.every((element) => constraints.every(({ holds }) => holds(element)))) return [];
  return [
    failure(valueText, path, `${subject} must satisfy constraint: [${constraints.map(({ text }) => text).join(", ")}]`),
  ];
}

export interface Constraint {
  /** In AWS's words. */
  readonly text: string;
  /** In plain words, to follow the name of the value. */
  readonly plain: string;
  readonly holds: (value: unknown) => boolean;
}

/** A shape's constraints, in the order in which AWS reports them. */
export function constraintsOf(shape: Shape): Constraint[] {
  const { min, max, pattern, enum: names } = { min: undefined, max: undefined, pattern: undefined, ...shape } as Limits;
  const measure = shape.type === "number" ? "value" : "length";
  const [verb, unit] =
    shape.type === "number" ? ["be", ""] : ["have", shape.type === "string" ? " characters" : " entries"];
  const constraints: Constraint[] = [];
  if (max !== undefined)
    constraints.push({
      text: `Member must have ${measure} less than or equal to ${max}`,
      plain: `must ${verb} at most ${max}${unit}`,
      holds: atMost(max),
    });
  if (min !== undefined)
    constraints.push({
      text: `Member must have ${measure} greater than or equal to ${min}`,
      plain: min === 1 && shape.type !== "number" ? "must not be empty" : `must ${verb} at least ${min}${unit}`,
      holds: atLeast(min),
    });
  if (pattern !== undefined)
    constraints.push({
      text: `Member must satisfy regular expression pattern: ${pattern}`,
      plain: `must match the pattern ${pattern}`,
      holds: matching(pattern),
    });
  if (names !== undefined)
    constraints.push({
      text: `Member must satisfy enum value set: [${[...names].sort().join(", ")}]`,
      plain: `must be one of ${names.join(", ")}`,
      holds: (value) => names.includes(value as string),
    });
  return constraints;
}

interface Limits {
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
  readonly enum?: readonly string[];
}

const atMost = (max: number) => (value: unknown) => sizeOf(value) <= max;
const atLeast = (min: number) => (value: unknown) => sizeOf(value) >= min;

/** The value of a number, the UTF-16 length of a string (as in Java), or the number of entries of a list or map. */
function sizeOf(value: unknown): number {
  if (typeof value === "number") return value;
  if (typeof value === "string" || Array.isArray(value)) return value.length;
  return Object.keys(value as object).length;
}

/** Java matches the entire value, and its `\s` is ASCII only. Its `\w` and `\d` are the same as in JavaScript. */
function matching(pattern: string): (value: unknown) => boolean {
  const expression = new RegExp(`^(?:${pattern.replaceAll("\\s", " \\t\\n\\v\\f\\r")})$`, "u");
  return (value) => expression.test(value as string);
}

function failure(valueText: string, path: string, constraint: string): string {
  return `Value ${valueText} at '${path}' failed to satisfy constraint: ${constraint}`;
}

/** Formats a value like Java's `toString`: `[a, b]`, `{key=value}`. */
function toJavaString(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(toJavaString).join(", ")}]`;
  if (!isRecord(value)) return String(value);
  const entries = Object.entries(value).map(([key, entry]) => `${key}=${toJavaString(entry)}`);
  return `{${entries.join(", ")}}`;
}

/**
 * Whether values of this shape can contain secrets. A map of secrets is hidden entirely: a client may swap key and
 * token.
 */
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

/** Names the actual and the expected type. Never includes the value, which may be a token. */
function wrongType(value: unknown, expected: string): ServiceError {
  const actual = value === null ? "null" : Array.isArray(value) ? "a list" : typeof value;
  return new ServiceError("SerializationException", `Found ${actual} where ${expected} was expected`);
}
