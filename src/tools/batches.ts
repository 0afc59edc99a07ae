/** The members of calls that change many things at once. */
import * as z from "zod";
import { identitySelection } from "../plans/batches/identity-selection.ts";
import { identityPoolId } from "./members.ts";

/** Pools that one call changes at most. */
const MAX_POOLS = 50;

/** Several pools in the place of one. The first entry that is there twice is told by its position. */
export function identityPoolIds(inPlaceOf: string) {
  return z
    .array(identityPoolId)
    .max(MAX_POOLS)
    .check(({ value, issues }) => {
      if (value.length < 2) {
        const message = `must name at least two pools. For one, pass ${inPlaceOf}`;
        issues.push({ code: "custom", input: value, message, path: [] });
      }
      const at = value.findIndex((id, index) => value.indexOf(id) < index);
      if (at < 0) return;
      const message = `names the same pool as IdentityPoolIds[${value.indexOf(value[at] ?? "")}]: name each pool once`;
      issues.push({ code: "custom", input: value, message, path: [at] });
    })
    .meta({
      // As in the member beside it. Repeating it would cost 20 tokens a tool.
      items: { type: "string" },
      description: `Several, in place of ${inPlaceOf}`,
    });
}

/** Stops the work that the same call began. */
export const stop = z.boolean();

/** What a deletion takes in the place of ids. */
export const selectionControls = {
  IdentityPoolId: identityPoolId.optional(),
  where: identitySelection
    .refine((where) => Object.values(where).some((value) => value !== undefined), "needs at least one member")
    .describe("Of IdentityPoolId; all must hold")
    .optional(),
  stop: stop.describe("Stop its job").optional(),
};

type Deletion = {
  readonly IdentityIdsToDelete?: unknown;
  readonly IdentityPoolId?: unknown;
  readonly where?: unknown;
  readonly stop?: unknown;
};

/** Either ids or a selection. A pool alone is not a selection: it would be all of its identities. */
export const selectionRules = [
  {
    member: "where",
    holds: ({ IdentityIdsToDelete, where }: Deletion) => (IdentityIdsToDelete === undefined) !== (where === undefined),
    message: "pass either IdentityIdsToDelete, or IdentityPoolId and where",
  },
  {
    member: "IdentityPoolId",
    holds: ({ IdentityPoolId, where }: Deletion) => (IdentityPoolId === undefined) === (where === undefined),
    message: "goes with where, and where needs it",
  },
  {
    member: "stop",
    holds: ({ stop: stops, where }: Deletion) => stops === undefined || where !== undefined,
    message: "goes with where: a deletion by ids is not a job",
  },
];
