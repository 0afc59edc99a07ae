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
  const receipt = await state.services.vault?.keep(vended, renewalOf(state, callTool));
  return receipt ?? { notes: ["This cannot be retrieved: the server has no channel to a person at this machine."] };
}

/** Timeout of a renewal in milliseconds: as long as a call to AWS with its retries. */
const RENEWAL_MS = 30_000;

/** Repeats the call on the same path. Only for calls without a token in the arguments, because the token will have expired. */
function renewalOf({ call, services, session }: CallState, callTool: Dispatch): Renewal | undefined {
  const { tool, arguments: given } = call;
  const { Logins = {} } = { ...(given as object) } as { Logins?: object };
  if (!Object.values(Logins).every(isReference)) return undefined;
  return async (vault) => {
    const repeated = { tool, arguments: given, signal: AbortSignal.timeout(RENEWAL_MS) };
    const outcome = await callTool(
      repeated,
      { ...services, vault, reveal: undefined, concurrency: services.renewals },
      session,
    );
    return outcome.kind === "refusal" ? outcome.reason : outcome.kind === "failure" ? outcome.message : undefined;
  };
}
