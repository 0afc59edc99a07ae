/** `1 identity`, `37 identities`. */
export function countIdentities(identities: number): `${number} ${string}` {
  return `${identities} ${identities === 1 ? "identity" : "identities"}`;
}

/** A note on the members that a merging update keeps, and on those of them that AWS resets; no note if there are none. */
export function untouchedNote(members: readonly string[], resets: (member: string) => boolean): string[] {
  if (members.length === 0) return [];
  const reset = members.filter(resets);
  const without = ` Without this server, AWS would reset ${reset.join(", ")}, because the update leaves ${reset.length === 1 ? "it" : "them"} out.`;
  return [`These members stay as they are: ${members.join(", ")}.${reset.length > 0 ? without : ""}`];
}

/** The one rule on the basic (classic) flow, for every text that tells of it. */
const CLASSIC_FLOW_RULE = "The basic (classic) flow is open unless AllowClassicFlow is false.";

/** What an open flow means: AWS does not choose the role. */
const CHOICE = "signed-in users can choose any role that trusts the pool.";

/** `open`, `closed`, or that it is open because it is not set. */
export function classicFlowOf(flag: boolean | undefined): string {
  if (flag === undefined) return "open, because AllowClassicFlow is not set";
  return flag ? "open" : "closed";
}

/** What a new pool's answer says of a flow that is open because nobody closed it. */
export function classicFlowNote({ AllowClassicFlow }: { readonly AllowClassicFlow?: boolean | undefined }): string[] {
  if (AllowClassicFlow !== undefined) return [];
  return [
    `The basic (classic) flow of this pool is ${classicFlowOf(undefined)}: ${CHOICE} To close it, set AllowClassicFlow to false with update-identity-pool.`,
  ];
}

/** A note on a change of AllowClassicFlow: whether it opens or closes the flow, and what that does. */
export function classicFlowChange(before: boolean | undefined, after: boolean | undefined): string[] {
  if (before === after) return [];
  if (after === false)
    return [
      "This closes the basic (classic) flow: apps that use GetOpenIdToken and AssumeRoleWithWebIdentity stop getting credentials. The enhanced flow goes on.",
    ];
  const why = after === undefined ? ` ${CLASSIC_FLOW_RULE}` : "";
  return before === false
    ? [`This opens the basic (classic) flow: ${CHOICE}${why}`]
    : [
        `The basic (classic) flow stays open.${after === undefined ? why : " It was open because AllowClassicFlow was not set."}`,
      ];
}
