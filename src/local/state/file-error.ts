/** A file that the service was told to use cannot be used. The message names it, and says what to do. */
export class FileError extends Error {
  override readonly name = "FileError";
}
