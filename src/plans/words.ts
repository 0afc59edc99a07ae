/** Longest name that a person is asked to type. */
const LONGEST = 64;

/** The name, if a person can type it as it reads: plain printable characters with single spaces inside, 64 at most. */
export function typable(name: string | undefined): string | undefined {
  return name !== undefined && name.length <= LONGEST && /^[!-~]+( [!-~]+)*$/.test(name) ? name : undefined;
}

/** `1 identity`, `37 identities`. */
export function count(identities: number): string {
  return `${identities} ${identities === 1 ? "identity" : "identities"}`;
}
