/** `1 identity`, `37 identities`. */
export function countIdentities(identities: number): string {
  return `${identities} ${identities === 1 ? "identity" : "identities"}`;
}

/** A note on the members that a merging update keeps, and on those of them that AWS resets; no note if there are none. */
export function untouchedNote(members: readonly string[], resets: (member: string) => boolean): string[] {
  if (members.length === 0) return [];
  const reset = members.filter(resets);
  const without = ` Without this server, AWS would reset ${reset.join(", ")}, because the update leaves ${reset.length === 1 ? "it" : "them"} out.`;
  return [`These members stay as they are: ${members.join(", ")}.${reset.length > 0 ? without : ""}`];
}
