/** `1 identity`, `37 identities`. */
export function countIdentities(identities: number): string {
  return `${identities} ${identities === 1 ? "identity" : "identities"}`;
}

/** What a merging update leaves alone, as a note of its plan; none where there is nothing. */
export function untouchedNote(members: readonly string[]): string[] {
  return members.length > 0
    ? [`Kept as they are, though AWS resets members that an update leaves out: ${members.join(", ")}.`]
    : [];
}
