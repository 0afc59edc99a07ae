/** `1 identity`, `37 identities`. */
export function countIdentities(identities: number): string {
  return `${identities} ${identities === 1 ? "identity" : "identities"}`;
}

/** A note on the members that a merging update keeps; no note if there are none. */
export function untouchedNote(members: readonly string[]): string[] {
  return members.length > 0
    ? [
        `These members stay as they are: ${members.join(", ")}. (AWS alone would reset them, because the update leaves them out.)`,
      ]
    : [];
}
