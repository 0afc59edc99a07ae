import * as z from "zod";
import type { CommandName, Read, Request, Response } from "../plans/command.ts";
import type { Fields } from "../util/json.ts";

/** A read that may be refused. */
export type Attempt = <C extends Parameters<Read>[0] & CommandName>(
  command: C,
  request: Request<C>,
) => Promise<
  | { readonly read: Response<C> }
  | {
      /** Why, in a sentence. */
      readonly refused: string;
      /** Whether the policy of this server refused it, and not AWS. */
      readonly isDenied: boolean;
    }
>;

/** The services that a report may read, each through a reader that can send only read commands. */
export interface Readers {
  /** Cognito Identity, in the region of the call. Raises the SDK's errors, and a refusal for what the policy does not allow. */
  readonly cognitoIdentity: Read;
  /** The same, for a part of the answer that may be missing: says why the policy or AWS refuses it. Raises the signal's reason. */
  readonly attempt: Attempt;
  /** The region of the call. */
  readonly region: string;
  /** IAM and user pools. Raises the same errors. */
  readonly account: AccountReader;
  /** The pool of an identity, if an earlier answer told it. */
  poolOf(identityId: string): string | undefined;
  /** The claims of the token behind a login reference; undefined for a token that is no JWT. Raises a refusal. Only those that a rule of the pool names may be shown. */
  claimsOf(reference: string, provider: string | undefined, poolId: string | undefined): Fields | undefined;
}

/** Reads roles and user pools. Its methods raise the SDK's errors. */
interface AccountReader {
  role(name: string): Promise<{ readonly arn: string; readonly trust: string; readonly boundary: string | undefined }>;
  /** `complete` is false where the role has more policies than are read. */
  rolePolicies(name: string): Promise<{
    readonly list: readonly { readonly name: string; readonly document: string }[];
    readonly complete: boolean;
  }>;
  ownAccount(): Promise<string | undefined>;
  userPool(id: string): Promise<{
    readonly customAttributes: readonly string[];
    readonly groups: readonly {
      readonly name: string;
      readonly roleArn: string | undefined;
      readonly precedence: number | undefined;
    }[];
  }>;
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
