/**
 * Where an error of the user's comes from. `setup`: a host's file cannot be edited. `state-write`: the state file of a service that
 * already runs cannot be written, as on a full disk. The others name what must be corrected before the program can start.
 */
export type UserErrorCode =
  | "settings"
  | "channel"
  | "profile"
  | "audit-file"
  | "logins-file"
  | "setup"
  | "state-file"
  | "state-write";

/**
 * Something that the person who runs the program must correct: a setting, a file, a folder. Thrown wherever one is read or
 * written. The message is a whole sentence that says what is wrong and what to do; it is shown as it is, and contains no secret.
 */
export class UserError extends Error {
  override readonly name = "UserError";
  readonly code: UserErrorCode;

  constructor(code: UserErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** Whether it is a UserError. By its name, since each file of the build has its own copy of the class. */
export function isUserError(error: unknown): error is UserError {
  return error instanceof Error && error.name === "UserError";
}
