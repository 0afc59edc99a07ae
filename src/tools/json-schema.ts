import * as z from "zod";
import type { Tool } from "./tool.ts";

type JsonSchema = { type: "object"; [keyword: string]: unknown };

/** A tool's input as JSON Schema, in the words that every host takes. */
export function inputSchema(tool: Tool): JsonSchema {
  return schemaOf(tool.input, "input");
}

/** A tool's output as JSON Schema; it leaves room for the members that are ours. */
export function outputSchema(tool: Tool): JsonSchema {
  return schemaOf(tool.output, "output");
}

function schemaOf(schema: z.ZodObject, io: "input" | "output"): JsonSchema {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    io,
    override: ({ jsonSchema }) => {
      // Some hosts refuse a schema with this word in it; zod still holds the keys to their limits.
      delete jsonSchema.propertyNames;
      if (io === "output") {
        // A client refuses an answer with a member too many, and AWS may add one.
        if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
        delete jsonSchema.required;
      }
    },
  });
  return { ...json, type: "object" };
}
