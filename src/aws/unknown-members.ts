/** Members of an answer that the SDK does not know, and so drops. An update that is made from the rest would remove them. */

/** Some of the members, by their paths, and how many there are. */
export interface UnknownMembers {
  readonly paths: readonly string[];
  readonly count: number;
}

/** Paths that are kept. */
const MAX_PATHS = 5;

/** Characters of one name in a path: names come from the answer. */
const MAX_NAME = 64;

/**
 * A shape of the service as the SDK keeps it (https://github.com/smithy-lang/smithy-typescript, `StaticSchema`): a number for a
 * scalar, a list of scalars or a map of scalars; a tuple that begins with the kind of the shape; a pair of a shape and its traits; or a
 * function that gives one of these.
 */
type Schema = number | string | readonly unknown[] | (() => Schema);

const [LIST, MAP, STRUCTURE] = [1, 2, 3];
const [LIST_OF, MAP_OF] = [64, 128];

type Shape =
  | { readonly kind: "scalar" }
  | { readonly kind: "list" | "map"; readonly value: Schema }
  | { readonly kind: "structure"; readonly members: ReadonlyMap<string, Schema> };

/** Raises a TypeError for what no answer of this service has, such as a union: then nothing is known about its members. */
function shapeOf(schema: Schema): Shape {
  if (typeof schema === "function") return shapeOf(schema());
  if (typeof schema === "number") {
    if (schema & MAP_OF) return { kind: "map", value: schema ^ MAP_OF };
    return schema & LIST_OF ? { kind: "list", value: schema ^ LIST_OF } : { kind: "scalar" };
  }
  if (typeof schema === "string") return { kind: "structure", members: new Map() };
  const [kind, , , , first, second] = schema;
  if (typeof kind !== "number") return shapeOf(kind as Schema);
  if (schema.length === 2) return shapeOf(kind);
  switch (kind) {
    case 0:
      return { kind: "scalar" };
    case LIST:
      return { kind: "list", value: first as Schema };
    case MAP:
      return { kind: "map", value: second as Schema };
    case STRUCTURE: {
      const schemas = second as readonly Schema[];
      return {
        kind: "structure",
        members: new Map((first as readonly string[]).map((name, at) => [name, schemas[at] ?? 0])),
      };
    }
    default:
      throw new TypeError(`an answer has a shape of kind ${kind}`);
  }
}

/**
 * Finds what the schema of an answer does not know, at every depth: a member of a structure, and an object or a list where another
 * shape belongs. Keys of maps are free, and members that are null count as absent. Raises a TypeError for a schema that it cannot read.
 */
export function findUnknownMembers(schema: unknown, answer: unknown): UnknownMembers {
  const paths: string[] = [];
  let count = 0;

  function add(path: readonly string[]): void {
    count += 1;
    if (paths.length < MAX_PATHS) paths.push(path.map(shortened).join("."));
  }

  function walk(part: Schema, value: unknown, path: readonly string[]): void {
    if (typeof value !== "object" || value === null) return;
    const shape = shapeOf(part);
    if (shape.kind === "scalar" || Array.isArray(value) !== (shape.kind === "list")) {
      add(path);
      return;
    }
    for (const [name, member] of Object.entries(value)) {
      if (member === null) continue;
      const inner = shape.kind === "structure" ? shape.members.get(name) : shape.value;
      if (inner === undefined) add([...path, name]);
      else walk(inner, member, [...path, name]);
    }
  }

  walk(schema as Schema, answer, []);
  return { paths, count };
}

function shortened(name: string): string {
  return name.length > MAX_NAME ? `${name.slice(0, MAX_NAME)}…` : name;
}
