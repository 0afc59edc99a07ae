import * as z from "zod";
import type { Read } from "../plans/command.ts";

/** The services that a report may read, each through a reader that can send only read commands. */
interface Readers {
  /** Cognito Identity, in the region of the call. Raises the SDK's errors. */
  readonly cognitoIdentity: Read;
}

/** A tool that combines several reads into one answer, and changes nothing. It runs on the same path as every other tool. */
export interface Report {
  readonly name: string;
  readonly summary: string;
  readonly effect: "read";
  /** Strict: an unknown member is refused, never dropped. */
  readonly input: z.ZodObject;
  /** The allow-list of the answer, member by member. */
  readonly output: z.ZodObject;
  run(input: object, readers: Readers): Promise<object>;
}

interface Description<Input extends z.ZodRawShape, Output extends z.ZodRawShape> {
  readonly name: string;
  /** One or two sentences for the model. */
  readonly summary: string;
  /** One schema for each argument. The id of an identity pool must be named `IdentityPoolId`, so that the policy can check it. */
  readonly input: Input;
  /** One schema for each member of the answer. */
  readonly output: Output;
  /** Reads facts and returns the answer. It may pass on errors of the readers. */
  readonly run: (input: z.output<z.ZodObject<Input>>, readers: Readers) => Promise<z.input<z.ZodObject<Output>>>;
}

/** Declares a report. */
export function defineReport<const Input extends z.ZodRawShape, const Output extends z.ZodRawShape>({
  name,
  summary,
  input,
  output,
  run,
}: Description<Input, Output>): Report {
  return {
    name,
    summary,
    effect: "read",
    input: z.strictObject(input),
    output: z.object(output),
    run: (given, readers) => run(given as z.output<z.ZodObject<Input>>, readers),
  };
}
