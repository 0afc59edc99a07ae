import { countTokens as countO200k } from "gpt-tokenizer/encoding/o200k_base";

/** Tokens of a text, as the encoding o200k counts them. */
export function countTokens(text: string): number {
  return countO200k(text);
}

interface ShownTool {
  readonly name: string;
  readonly description?: string | undefined;
  readonly inputSchema: object;
}

/** Tokens of the part of a listed tool that a host gives to a model: name, description and input schema. */
export function toolTokens({ name, description, inputSchema }: ShownTool): number {
  return countTokens(JSON.stringify({ name, description, inputSchema }));
}
