import { isReference } from "../guards/logins/references.ts";
import { type Renewal, vendedFrom } from "../guards/vended.ts";
import type { Fields } from "../util/json.ts";
import type { CallState, Dispatch } from "./types.ts";

/** Puts a vended secret into the vault. Resolves with what the caller may see: how a person retrieves it. */
export async function keepVended(
  answer: Fields,
  region: string,
  state: CallState,
  callTool: Dispatch,
): Promise<object> {
  const vended = vendedFrom(answer, region);
  if (!vended) return {};
  const receipt = await state.services.vault?.keep(vended, renewalOf(state, answer["IdentityId"], callTool));
  const secret = vended.kind === "token" ? "The token" : "The credentials";
  return (
    receipt ?? {
      notes: [`${secret} cannot be retrieved, because the server could not open its local channel. Run doctor.`],
    }
  );
}

/** Timeout of a renewal in milliseconds: as long as a call to AWS with its retries. */
const RENEWAL_MS = 30_000;

/**
 * The same call again, on the same path, if its arguments suffice: they must contain no token, which will have expired. It is
 * for the identity that was answered: a merge can have disabled the one that the call named.
 */
function renewalOf({ call, services, session }: CallState, answered: unknown, callTool: Dispatch): Renewal | undefined {
  // The renewal is kept as long as the secret. Of the call it must keep no more than this: a message can have a megabyte.
  const { tool, arguments: given } = call;
  const { planToken: _, ...input } = { ...(given as object | undefined) } as Fields;
  const { Logins = {} } = input as { Logins?: object };
  if (!Object.values(Logins).every(isReference)) return undefined;
  const named = input["IdentityId"] !== undefined && typeof answered === "string" && { IdentityId: answered };
  const repeated = { tool, arguments: { ...input, ...named }, renewal: true } as const;
  return async (vault) => {
    const outcome = await callTool(
      { ...repeated, signal: AbortSignal.timeout(RENEWAL_MS) },
      { ...services, vault, reveal: undefined, concurrency: services.renewals },
      session,
    );
    const ended = outcome.kind === "question" ? outcome.refusal : outcome;
    return ended.kind === "refusal" ? ended.reason : ended.kind === "failure" ? ended.message : undefined;
  };
}
