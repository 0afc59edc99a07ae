/** Says in plain words what is wrong with an input: for files that a person writes. The service itself answers in AWS's words. */
import { didYouMean } from "../../util/did-you-mean.ts";
import { isRecord } from "../../util/json.ts";
import { constraintsOf } from "./constraints.ts";
import type { Members, Shape } from "./shapes.ts";

/**
 * The first problem of an input, as a sentence; undefined if there is none. Members that the shapes do not have are a problem
 * too. `whole` names the input, such as "a pool". Does not repeat values: they can be secrets.
 */
export function problemIn(members: Members, input: unknown, whole: string): string | undefined {
  return structureProblem(members, input, "", whole);
}

function structureProblem(members: Members, value: unknown, path: string, whole: string): string | undefined {
  if (!isRecord(value)) return `${path || capitalized(whole)} must be a JSON object.`;
  const names = Object.keys(members);
  const unknown = Object.keys(value).find((name) => !names.includes(name));
  if (unknown !== undefined)
    return `${JSON.stringify(unknown)} is not a member of ${path || whole}.${didYouMean(unknown, names)}`;
  return first(names, (name) => {
    const { shape, required } = members[name] ?? { shape: { type: "structure", members: {} }, required: false };
    const member = value[name];
    const place = path === "" ? name : `${path}.${name}`;
    if (member !== undefined && member !== null) return valueProblem(shape, member, place);
    return required ? `${place} is required.` : undefined;
  });
}

const typeNames: Readonly<Record<Exclude<Shape["type"], "structure">, string>> = {
  string: "text",
  number: "a whole number",
  boolean: "true or false",
  list: "a list",
  map: "a JSON object",
};

function valueProblem(shape: Shape, value: unknown, path: string): string | undefined {
  if (shape.type === "structure") return structureProblem(shape.members, value, path, path);
  if (!isOfType(shape.type, value)) return `${path} must be ${typeNames[shape.type]}.`;
  const broken = constraintsOf(shape).find(({ holds }) => !holds(value));
  if (broken) return `${path} ${broken.plain}.`;
  if (shape.type === "list")
    return first((value as readonly unknown[]).entries(), ([index, entry]) =>
      valueProblem(shape.of, entry, `${path}[${index}]`),
    );
  if (shape.type === "map")
    return first(
      Object.entries(value as object),
      ([key, entry]) =>
        valueProblem(shape.key, key, `${path}: the key ${JSON.stringify(key)}`) ??
        valueProblem(shape.value, entry, `${path}.${key}`),
    );
  return undefined;
}

function isOfType(type: Exclude<Shape["type"], "structure">, value: unknown): boolean {
  switch (type) {
    case "list":
      return Array.isArray(value);
    case "map":
      return isRecord(value);
    case "number":
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}

function first<Entry>(entries: Iterable<Entry>, problem: (entry: Entry) => string | undefined): string | undefined {
  for (const entry of entries) {
    const found = problem(entry);
    if (found !== undefined) return found;
  }
  return undefined;
}

function capitalized(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
