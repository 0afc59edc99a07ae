/** Which values of a call are tokens, and which are names of users. */
import { isPlainReference, isReference, type LoginReferences } from "../guards/logins/references.ts";
import { type Refusal, refuse } from "../guards/refusal.ts";
import { maskProviderSecret, providerAt } from "../plans/provider-secrets.ts";
import { mapSecrets, secretsOf } from "../tools/arguments.ts";
import type { Fields } from "../util/json.ts";
import { policyReader } from "./report.ts";
import type { CallState } from "./types.ts";

/** Whether it must first be read which values of the call are tokens. */
export function needsDeveloperProvider({ tool, developerProvider }: CallState): boolean {
  return "developerLogins" in tool && tool.developerLogins === true && developerProvider === undefined;
}

/** Takes the developer provider of the call's pool from memory. The arguments are not checked yet, and can be anything. */
export function recallDeveloperProvider(state: CallState): void {
  const { IdentityPoolId } = { ...(state.call.arguments as object | undefined) } as Fields;
  if (typeof IdentityPoolId === "string")
    state.developerProvider = state.services.accountMemory.developerProviderOf(IdentityPoolId);
}

/** Reads the developer provider of the call's pool. Where it cannot be read, it stays unknown, and every value counts as a token. */
export async function readDeveloperProvider(state: CallState, input: Fields, region: string): Promise<void> {
  const { accountMemory } = state.services;
  const IdentityPoolId = String(input["IdentityPoolId"]);
  try {
    accountMemory.learnPool(await policyReader(region, state)("DescribeIdentityPoolCommand", { IdentityPoolId }));
  } catch (error) {
    if (state.call.signal.aborted) throw error;
  }
  state.developerProvider = accountMemory.developerProviderOf(IdentityPoolId);
}

/** The tokens that the call brought along. */
export function callerTokens(state: CallState): string[] {
  return tokensIn(state, state.call.arguments).filter((value) => !isPlainReference(value));
}

/** The tokens and references in arguments of the call. */
function tokensIn({ tool, developerProvider }: CallState, given: unknown): string[] {
  return secretsOf(tool, given, developerProvider);
}

/**
 * Puts tokens in the place of the call's login references. Never in that of a developer user id: AWS stores it as text that everybody
 * may read who may read the pool, also through another server.
 */
export function fillLogins(state: CallState, input: Fields): ReturnType<LoginReferences["fill"]> {
  const { services, session } = state;
  const refusal = userIdRefusal(state, input);
  return refusal ?? services.loginReferences.fill(input, tokensIn(state, input), session.identityPools.poolOf(input));
}

function userIdRefusal({ tool, developerProvider }: CallState, { Logins }: Fields): Refusal | undefined {
  if (!("developerLogins" in tool && tool.developerLogins === true)) return undefined;
  const named = Object.entries({ ...(Logins as object | undefined) }).flatMap(([provider, value]) =>
    isReference(value) ? provider.toLowerCase() : [],
  );
  if (named.length === 0 || (developerProvider !== undefined && !named.includes(developerProvider.toLowerCase())))
    return undefined;
  return refuse(
    developerProvider === undefined
      ? "The developer provider of the pool is not known, so a login reference in Logins could become a developer user id, which AWS stores as readable text. Nothing was sent."
      : "A login reference cannot be a developer user id, which AWS stores as readable text. Nothing was sent.",
    "Under the developer provider of the pool, pass the user id itself, which is not a secret.",
  );
}

/** The arguments with `hidden` in the place of tokens, and the secrets of login providers masked. References are shown. */
export function hideTokens({ tool, developerProvider }: CallState, input: Fields, hidden: string): Fields {
  const shown = mapSecrets(tool, input, developerProvider, (value, how, path) =>
    how === "before semicolon" ? maskProviderSecret(value, providerAt(path)) : isPlainReference(value) ? value : hidden,
  );
  return shown as Fields;
}
