import { ServiceError } from "./errors.ts";
import type { Members, Shape } from "./shapes.ts";

/**
 * Checks an input as the service does: every failure at once, in one ValidationException
 * (https://github.com/aws-amplify/aws-sdk-ios/issues/2317); a value of the wrong JSON type is a SerializationException.
 */
export function checkInput(members: Members, input: unknown): void {
  if (!isStructure(input)) throw serializationError("the input");
  const failures = structureFailures(members, input, "");
  if (failures.length === 0) return;
  const counted = `${failures.length} validation error${failures.length === 1 ? "" : "s"} detected`;
  throw new ServiceError("ValidationException", `${counted}: ${failures.join("; ")}`);
}

function structureFailures(members: Members, input: Readonly<Record<string, unknown>>, path: string): string[] {
  return Object.entries(members).flatMap(([name, { shape, required }]) => {
    const at = `${path}${name.charAt(0).toLowerCase()}${name.slice(1)}`;
    const value = Object.hasOwn(input, name) ? input[name] : undefined;
    if (value !== undefined && value !== null) return valueFailures(shape, value, at);
    return required ? [failure(null, at, "Member must not be null")] : [];
  });
}

function valueFailures(shape: Shape, value: unknown, at: string): string[] {
  switch (shape.type) {
    case "structure":
      if (!isStructure(value)) throw serializationError(at);
      return structureFailures(shape.members, value, `${at}.`);
    case "list":
      if (!Array.isArray(value)) throw serializationError(at);
      return [
        ...rangeFailures("length", value.length, shape).map((text) => failure(JSON.stringify(value), at, text)),
        ...value.flatMap((entry, index) => valueFailures(shape.of, entry, `${at}.${index + 1}.member`)),
      ];
    case "map": {
      if (!isStructure(value)) throw serializationError(at);
      const entries = Object.entries(value);
      const shown = isSensitive(shape.value) ? "***" : JSON.stringify(value);
      const inKeys = entries.flatMap(([key]) => scalarConstraints(shape.key, key, at));
      return [
        ...rangeFailures("length", entries.length, { ...shape, min: undefined }).map((text) =>
          failure(shown, at, text),
        ),
        ...(inKeys.length > 0 ? [failure(shown, at, `Map keys must satisfy constraint: [${inKeys.join(", ")}]`)] : []),
        ...entries.flatMap(([key, entry]) => valueFailures(shape.value, entry, `${at}.${key}.member`)),
      ];
    }
    default:
      return scalarConstraints(shape, value, at).map((text) => failure(isSensitive(shape) ? "***" : value, at, text));
  }
}

/** The constraints that a scalar breaks. */
function scalarConstraints(shape: Shape, value: unknown, at: string): string[] {
  switch (shape.type) {
    case "string": {
      if (typeof value !== "string") throw serializationError(at);
      const broken = rangeFailures("length", value.length, shape);
      // Java matches the whole value.
      if (shape.pattern !== undefined && !new RegExp(`^(?:${shape.pattern})$`, "u").test(value))
        broken.push(`Member must satisfy regular expression pattern: ${shape.pattern}`);
      if (shape.enum && !shape.enum.includes(value))
        broken.push(`Member must satisfy enum value set: [${shape.enum.join(", ")}]`);
      return broken;
    }
    case "number":
      if (typeof value !== "number" || !Number.isInteger(value)) throw serializationError(at);
      return rangeFailures("value", value, shape);
    case "boolean":
      if (typeof value !== "boolean") throw serializationError(at);
      return [];
    default:
      return valueFailures(shape, value, at);
  }
}

function rangeFailures(
  what: "length" | "value",
  size: number,
  {
    min = Number.NEGATIVE_INFINITY,
    max = Number.POSITIVE_INFINITY,
  }: { min?: number | undefined; max?: number | undefined },
): string[] {
  if (size < min) return [`Member must have ${what} greater than or equal to ${min}`];
  return size > max ? [`Member must have ${what} less than or equal to ${max}`] : [];
}

function failure(value: unknown, at: string, constraint: string): string {
  const shown = value === null ? "null" : `'${String(value)}'`;
  return `Value ${shown} at '${at}' failed to satisfy constraint: ${constraint}`;
}

function isSensitive(shape: Shape): boolean {
  return shape.type === "string" && shape.sensitive === true;
}

function isStructure(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function serializationError(at: string): ServiceError {
  return new ServiceError("SerializationException", `Unexpected type at ${at}`);
}
