import { everyTool } from "../../call/catalogue.ts";
import type { Config } from "../../config/settings.ts";
import { approvalLevelOf, denialForTool, type Level, levelOf } from "../../guards/policy.ts";
import { canLink, isGated } from "../../tools/kinds.ts";
import type { Finding } from "./finding.ts";

const meanings: Readonly<Record<Level, string>> = {
  human: "a person approves each plan",
  passkey: "a person approves each plan with a passkey, on the approval page",
  "two-step": "the first call returns a plan and a plan token; the second call passes the token and is carried out",
  off: "run without approval",
  deny: "denied",
};

/** Checks the policy: which tools are served, and how their calls are approved. */
export function* checkPolicy({ policy, revealCredentials, logins }: Config): Generator<Finding> {
  const about = "Policy";
  const served = everyTool.filter((tool) => !denialForTool(tool, policy));
  const all = served.length === everyTool.length ? "all" : `${served.length} of`;
  yield {
    mark: served.length === 0 ? "problem" : "ok",
    about,
    says: `${all} ${everyTool.length} tools are served${policy.readOnly ? ", only reads (--read-only)" : ""}`,
  };
  const gated = everyTool.filter(isGated).filter((tool) => !denialForTool(tool, policy));
  for (const level of ["passkey", "human", "two-step", "off"] as const) {
    const names = gated.filter((tool) => levelOf(tool, policy) === level).map(({ name }) => name);
    if (names.length > 0)
      yield {
        mark: level === "human" || level === "passkey" ? "ok" : "note",
        about: `Level ${level}`,
        says: `${meanings[level]}: ${names.join(", ")}`,
      };
  }
  for (const level of ["passkey", "human", "two-step", "off", "deny"] as const) {
    const linking = served.filter((tool) => canLink(tool) && approvalLevelOf(tool, policy) === level);
    const names = linking.map(({ name }) => name).join(", ");
    if (names !== "")
      yield {
        mark: level === "two-step" || level === "off" ? "note" : "ok",
        about: "Links",
        says: `${meanings[level]}, where a call may link logins or merge identities: ${names}`,
      };
  }
  const denied = everyTool.filter((tool) => levelOf(tool, policy) === "deny").map(({ name }) => name);
  if (denied.length > 0) yield { mark: "ok", about: "Level deny", says: `${meanings.deny}: ${denied.join(", ")}` };
  yield { mark: "ok", about: "Pools", says: policy.pools ? [...policy.pools].join(", ") : "any (--pools)" };
  yield { mark: "ok", about: "Regions", says: policy.regions ? [...policy.regions].join(", ") : "any (--regions)" };
  if (logins.only) yield { mark: "ok", about: "Logins", says: "only references (--login-references-only)" };
  if (revealCredentials)
    yield { mark: "note", about: "Secrets", says: "--reveal-credentials: vended secrets are shown to the model." };
}
