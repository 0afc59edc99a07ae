/** Which errors of AWS the decision tree explains, and with which branches. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { branches } from "../../../src/reports/diagnosis/catalogue.ts";
import { isExplained } from "../../../src/reports/diagnosis/diagnose.ts";
import { diagnoseAccount } from "./account.ts";

const messages = JSON.parse(
  readFileSync(new URL("../../facts/error-messages.json", import.meta.url), "utf8"),
) as readonly { readonly code: string; readonly message: string }[];

/** Texts that say what is wrong with a change of a pool, not why there are no credentials. */
const ofChanges =
  /Access to Role|RoleMapping ProviderName|Invalid Cognito Identity Provider|failed to satisfy constraint/;

it.each(messages.map(({ code, message }) => [code, message]))("%s: %s", (code, message) => {
  const text = message.replace(/\{\w+\}/g, "1");
  expect(isExplained(code, text)).toBe(!ofChanges.test(message));
});

it.each(branches.filter(({ example }) => example !== undefined).map(({ id, example }) => [id, example ?? ""]))(
  "%s is among the causes of its own example: %s",
  async (id, errorText) => {
    const { causes } = await diagnoseAccount({}, { IdentityPoolId: undefined, errorText });
    expect(causes.map(({ branch }) => branch)).toContain(id);
  },
);

it("an unknown text is said to be unknown", async () => {
  const { summary, causes } = await diagnoseAccount({}, { errorText: "it does not work" });
  expect([summary, causes]).toEqual([
    "No cause was found in what was read. The error text is none that this server knows.",
    [],
  ]);
  expect(isExplained("SomethingElse", "it does not work")).toBe(false);
});

it.each(["wrong role", "AccessDenied", "An error occurred (AccessDenied) when calling GetObject"])(
  "%s alone shows nothing, and stands behind what was read",
  async (errorText) => {
    const alone = await diagnoseAccount({}, { IdentityPoolId: undefined, errorText });
    expect(alone.causes.map(({ certainty }) => certainty)).not.toContain("found");
    const { causes } = await diagnoseAccount({ roles: {} }, { errorText });
    expect(causes[0]).toMatchObject({ branch: "B19", certainty: "found" });
  },
);

it.each([
  ["AccessDenied", /permissions in notRead/],
  ["NotAuthorizedException", /permissions in notRead/],
  ["InternalErrorException", /another reason than permissions/],
  ["TimeoutError", /another reason than permissions/],
  ["SyntaxError", /another reason than permissions/],
])("what %s kept from being read takes its own step", async (deniedWith, step) => {
  const { next } = await diagnoseAccount({ denied: ["iam"], deniedWith }, { kind: "guest" });
  expect(next).toMatch(step);
  expect(next.match(/permissions/g)).toHaveLength(1);
});

it("nothing given is said, and nothing is read", async () => {
  for (const kind of [undefined, "guest"] as const)
    expect(await diagnoseAccount({}, { IdentityPoolId: undefined, kind })).toEqual({
      summary: "Nothing was read, because no identity pool, identity or error text is given.",
      causes: [],
      next: "Pass IdentityPoolId, IdentityId or errorText.",
    });
});
