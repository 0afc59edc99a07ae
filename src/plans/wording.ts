/** The maximum length of a name that a person must type. */
const MAX_TYPED = 64;

/** The name, if a person can type it: at most 64 printable ASCII characters, with single spaces inside. */
export function typeableName(name: string | undefined): string | undefined {
  return name !== undefined && name.length <= MAX_TYPED && /^[!-~]+( [!-~]+)*$/.test(name) ? name : undefined;
}

/** `1 identity`, `37 identities`. */
export function countIdentities(identities: number): string {
  return `${identities} ${identities === 1 ? "identity" : "identities"}`;
}

/** A note on the members that a merging update keeps; no note if there are none. */
export function untouchedNote(members: readonly string[]): string[] {
  return members.length > 0
    ? [`Kept unchanged, although AWS resets members that an update omits: ${members.join(", ")}.`]
    : [];
}
