/** A profile cannot be written. The message says why; the file is as it was. */
export class ProfileError extends Error {
  override readonly name = "ProfileError";
}
