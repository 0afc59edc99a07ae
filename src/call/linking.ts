import type { Aws } from "../aws/clients.ts";
import { claimsOf } from "../guards/logins/claims.ts";
import type { LinkingFacts } from "../plans/linking.ts";
import { policyReader } from "./report.ts";
import type { CallState } from "./types.ts";

/** What is known of the call and the account, to find out whether the call links logins. Its reads obey the policy. */
export function linkingFacts(state: CallState, region: string, reader: Aws["reader"]): LinkingFacts {
  const valueFor = (provider: string) => {
    const { Logins } = state.resolvedInput as { readonly Logins?: Readonly<Record<string, string>> };
    return Logins && Object.hasOwn(Logins, provider) ? Logins[provider] : undefined;
  };
  return {
    read: policyReader(region, state, reader),
    rememberedLogins: state.services.accountMemory,
    developerProvider: state.developerProvider,
    valueFor,
    subjectOf(provider) {
      const subject = claimsOf(valueFor(provider) ?? "")?.["sub"];
      return typeof subject === "string" ? subject : undefined;
    },
  };
}
