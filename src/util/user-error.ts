/**
 * The source of a UserError. `setup`: a host's file cannot be edited. `state-write`: the state file of a service that
 * already runs cannot be written, as on a full disk. `lost-answer`: a server got a request, and its answer was not received. The others name what must be corrected before the program can start.
 */
export type UserErrorCode =
  | "settings"
  | "channel"
  | "page"
  | "passkeys"
  | "channel-folder"
  | "lost-answer"
  | "profile"
  | "audit-file"
  | "logins-file"
  | "setup"
  | "state-file"
  | "state-write";

/**
 * A problem that the person who runs the program must correct: a setting, a file, a folder. The message is shown unchanged. It
 * consists of full sentences: `problem` says what is wrong, `hint` what to do. It contains no secret.
 */
export class UserError extends Error {
  override readonly name = "UserError";
  readonly code: UserErrorCode;
  readonly problem: string;
  /** Empty if the problem says it all. */
  readonly hint: string;

  constructor(code: UserErrorCode, problem: string, hint = "") {
    super(hint === "" ? problem : `${problem} ${hint}`);
    this.code = code;
    this.problem = problem;
    this.hint = hint;
  }
}

/** Whether it is a UserError. Checks the name, because each file of the build has its own copy of the class. */
export function isUserError(error: unknown): error is UserError {
  return error instanceof Error && error.name === "UserError";
}
