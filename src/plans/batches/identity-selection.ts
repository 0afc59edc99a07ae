/** Which identities of a pool a call is about: those that match the filters of `list-identities`. */
import * as z from "zod";
import { type IdentityFacts, identityListSchemas, matchesIdentity } from "../../selections/identity-filters.ts";

/** Every member that is given must hold. */
export const identitySelection = z.strictObject(identityListSchemas);

export type IdentitySelection = z.output<typeof identitySelection>;

/** What is known of an identity. `disabled` is needed only where the selection has it. */
export interface SelectableIdentity extends IdentityFacts {
  readonly disabled?: boolean | undefined;
}

/** Whether the identity matches. A date that is not known is before no time. */
export function isSelected(identity: SelectableIdentity, { disabled, ...where }: IdentitySelection): boolean {
  return matchesIdentity(identity, where) && (disabled === undefined || disabled === (identity.disabled === true));
}
