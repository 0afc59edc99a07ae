/** The content of a resource. All reads go through the path of tool calls, so it contains nothing that the operator denies. */

import type { Outcome } from "../../call/types.ts";
import { RequestError } from "../request-error.ts";
import type { ResourceUri } from "./uri.ts";

/** Calls a tool. */
export type CallTool = (tool: string, input: object) => Promise<Outcome>;

/** The document of a resource; a refusal or failure if its first call fails. */
export async function readDocument(uri: ResourceUri, callTool: CallTool): Promise<Outcome> {
  return uri.kind === "pools"
    ? await callTool("list-identity-pools", { region: uri.region, allPages: true })
    : await callTool("describe-identity-pool", { IdentityPoolId: uri.poolId, everything: true });
}

/** The content of a successful outcome. Raises RequestError with the text of a refusal or failure. */
export function contentOrThrow(outcome: Outcome): Readonly<Record<string, unknown>> {
  switch (outcome.kind) {
    case "success":
      return outcome.content;
    case "question":
      return contentOrThrow(outcome.refusal);
    case "refusal":
      throw new RequestError("params", `${outcome.reason} ${outcome.next}`);
    case "failure": {
      const kind = outcome.code === "ResourceNotFoundException" ? "notFound" : "internal";
      throw new RequestError(kind, `${outcome.message} (${outcome.code}) ${outcome.hint}`);
    }
  }
}
