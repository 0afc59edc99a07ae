import * as z from "zod";

type JsonSchema = { type: "object"; [keyword: string]: unknown };

/** A tool's input as JSON Schema, with only the keywords that all hosts accept. */
export function inputSchema({ input }: { readonly input: z.ZodObject }): JsonSchema {
  return schemaOf(input, "input");
}

/** A tool's output as JSON Schema. It allows additional members, for our own ones. */
export function outputSchema({ output }: { readonly output: z.ZodObject }): JsonSchema {
  return schemaOf(output, "output");
}

function schemaOf(schema: z.ZodObject, io: "input" | "output"): JsonSchema {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    io,
    override: ({ jsonSchema }) => {
      // Some hosts reject a schema with this keyword; zod still checks the keys.
      delete jsonSchema.propertyNames;
      if (io === "input") compactSchema(jsonSchema);
      if (io === "output") {
        // A client rejects an answer with an unknown member, and AWS may add members.
        if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
        delete jsonSchema.required;
      }
    },
  });
  return { ...json, type: "object" };
}

/** A pattern that is one character class repeated. */
const RUN = /^\^(\[[^\]]+\]|\\\w)\+\$$/;

/** The regex engines of some hosts allow no larger repetition count. */
const MAX_COUNTED = 1000;

/** Removes length limits that the pattern implies or can express, to save tokens, and a minimum length of 0. */
function compactSchema(schema: z.core.JSONSchema.BaseSchema): void {
  const { minLength, maxLength, pattern } = schema;
  if (minLength === 0) delete schema.minLength;
  if (minLength !== 1 || pattern === undefined || new RegExp(pattern, "u").test("")) return;
  delete schema.minLength;
  if (maxLength === undefined) return;
  delete schema.maxLength;
  const [, characters] = RUN.exec(pattern) ?? [];
  if (characters !== undefined && maxLength <= MAX_COUNTED) schema.pattern = `^${characters}{1,${maxLength}}$`;
  // After the pattern, where it costs one token less.
  else schema.maxLength = maxLength;
}
