import { isUserError } from "./user-error.ts";

/** The code of an error of Node or the system, such as `ENOENT`; undefined for any other error. */
export function systemCode(error: unknown): string | undefined {
  // A UserError also has a code, but not a system code.
  if (isUserError(error)) return undefined;
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
