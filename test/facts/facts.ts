/** The service's operations as facts: members, limits, patterns and enums. A witness that shares nothing with src/. */
import { readFileSync } from "node:fs";

export interface Shape {
  readonly type: string;
  readonly required?: boolean;
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
  readonly enum?: readonly string[];
  readonly sensitive?: boolean;
  readonly members?: Readonly<Record<string, Shape>>;
  readonly member?: Shape;
  readonly key?: Shape;
  readonly value?: Shape;
}

export interface Operation {
  readonly auth: string;
  readonly input: Readonly<Record<string, Shape>>;
  readonly output: Readonly<Record<string, Shape>>;
  readonly errors: readonly string[];
}

export const operations: Readonly<Record<string, Operation>> = JSON.parse(
  readFileSync(new URL("api-facts.json", import.meta.url), "utf8"),
);

/** `CreateIdentityPool` as the CLI writes it: `create-identity-pool`. */
export function subcommandOf(operation: string): string {
  return operation.replace(/(?<=[a-z])(?=[A-Z])/g, "-").toLowerCase();
}
