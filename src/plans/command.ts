/** The commands of the AWS SDK by name, with the types of their requests and responses. Types only: nothing loads the SDK here. */
import type * as Sdk from "@aws-sdk/client-cognito-identity";

type Commands = {
  [Name in keyof typeof Sdk as Name extends "$Command"
    ? never
    : Name extends `${string}Command`
      ? Name
      : never]: (typeof Sdk)[Name];
};

/** The name of an SDK command class, such as `DescribeIdentityPoolCommand`. */
export type CommandName = keyof Commands & string;

/** The request of a command, as the SDK types it. */
export type Request<C extends CommandName> = Commands[C] extends new (
  input: infer I extends object,
) => unknown
  ? I
  : never;

/** The response of a command, without the SDK's `$metadata`. */
export type Response<C extends CommandName> = Commands[C] extends new (
  input: never,
) => { resolveMiddleware: (...args: never[]) => (...args: never[]) => Promise<{ output: infer O }> }
  ? Omit<O, "$metadata">
  : never;

/** The commands that change nothing: the only ones that a plan or a report may send. */
export const readCommands = [
  "DescribeIdentityCommand",
  "DescribeIdentityPoolCommand",
  "GetIdentityPoolRolesCommand",
  "GetPrincipalTagAttributeMapCommand",
  "ListIdentitiesCommand",
  "ListTagsForResourceCommand",
  "LookupDeveloperIdentityCommand",
] as const satisfies readonly CommandName[];

type ReadCommand = (typeof readCommands)[number];

/** Reads the live account, in the region of the call. Raises the SDK's errors. */
export type Read = <C extends ReadCommand>(command: C, request: Request<C>) => Promise<Response<C>>;
