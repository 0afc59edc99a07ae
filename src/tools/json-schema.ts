import * as z from "zod";

type JsonSchema = { type: "object"; [keyword: string]: unknown };

/** A tool's input as JSON Schema, in the words that every host takes. */
export function inputSchema({ input }: { readonly input: z.ZodObject }): JsonSchema {
  return schemaOf(input, "input");
}

/** A tool's output as JSON Schema; it leaves room for the members that are ours. */
export function outputSchema({ output }: { readonly output: z.ZodObject }): JsonSchema {
  return schemaOf(output, "output");
}

function schemaOf(schema: z.ZodObject, io: "input" | "output"): JsonSchema {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    io,
    override: ({ jsonSchema }) => {
      // Some hosts refuse a schema with this word in it; zod still holds the keys to their limits.
      delete jsonSchema.propertyNames;
      if (io === "input") compactSchema(jsonSchema);
      if (io === "output") {
        // A client refuses an answer with a member too many, and AWS may add one.
        if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
        delete jsonSchema.required;
      }
    },
  });
  return { ...json, type: "object" };
}

/** A pattern of one class of characters from end to end. */
const RUN = /^\^(\[[^\]]+\]|\\\w)\+\$$/;

/** Engines of some hosts count no further in a pattern. */
const MAX_COUNTED = 1000;

/** Leaves out what a pattern says as well or can say too, since a model reads all of it: a limit of nothing is none. */
function compactSchema(schema: z.core.JSONSchema.BaseSchema): void {
  const { minLength, maxLength, pattern } = schema;
  if (minLength === 0) delete schema.minLength;
  if (minLength !== 1 || pattern === undefined || new RegExp(pattern, "u").test("")) return;
  delete schema.minLength;
  if (maxLength === undefined) return;
  delete schema.maxLength;
  const [, characters] = RUN.exec(pattern) ?? [];
  if (characters !== undefined && maxLength <= MAX_COUNTED) schema.pattern = `^${characters}{1,${maxLength}}$`;
  // Behind the pattern, where it is a token less.
  else schema.maxLength = maxLength;
}
