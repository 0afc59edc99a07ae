/** The two facts of docs/decisions/0014-zod-json-schema.md. When one of these tests fails, revise that record. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect, it } from "vitest";
import { z } from "zod";
import { root } from "../support/client.ts";

interface Lock {
  readonly packages: Readonly<
    Record<string, { readonly dependencies?: object; readonly devDependencies?: object; readonly version?: string }>
  >;
}

const { packages } = JSON.parse(readFileSync(`${root}package-lock.json`, "utf8")) as Lock;

// The package is not ours to import: it is found where the MCP SDK finds it.
const requireFromSdk = createRequire(createRequire(import.meta.url).resolve("@modelcontextprotocol/sdk/types.js"));
const { zodToJsonSchema } = requireFromSdk("zod-to-json-schema") as { zodToJsonSchema: (schema: unknown) => object };

it("zod-to-json-schema gives an empty schema for a schema of zod 4, and zod gives the whole one", () => {
  const input = z.strictObject({ IdentityPoolId: z.string().max(55), MaxResults: z.int().optional() });
  expect(Object.keys(zodToJsonSchema(input))).toEqual(["$schema"]);
  expect(z.toJSONSchema(input)).toMatchObject({
    type: "object",
    required: ["IdentityPoolId"],
    properties: { IdentityPoolId: { type: "string", maxLength: 55 }, MaxResults: { type: "integer" } },
  });
});

it("zod-to-json-schema is installed through the MCP SDK alone", () => {
  const dependents = Object.entries(packages)
    .filter(([, { dependencies, devDependencies }]) =>
      Object.hasOwn({ ...dependencies, ...devDependencies }, "zod-to-json-schema"),
    )
    .map(([path]) => path);
  expect(dependents).toEqual(["node_modules/@modelcontextprotocol/sdk"]);
  expect(packages["node_modules/zod-to-json-schema"]?.version).toMatch(/^3\.25\./);
});
