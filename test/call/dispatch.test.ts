/** What the real service cannot be made to do: an SDK that gives more than it promises, or breaks. */

import { describe, expect, it } from "vitest";
import type { Aws } from "../../src/aws/clients.ts";
import { dispatch } from "../../src/call/dispatch.ts";
import { createSession } from "../../src/call/session.ts";
import { catalogue } from "../../src/tools/catalogue.ts";
import { fakeAws, testServices } from "../support/services.ts";

const IdentityPoolId = "eu-west-1:00000000-0000-4000-8000-000000000000";

function servicesWith(send: Aws["send"], faults: unknown[] = []) {
  const aws = fakeAws({ reader: () => () => Promise.reject(new Error("no plan is made here")), send });
  return testServices({ aws, onFault: (error) => faults.push(error) });
}

const call = (tool: string) => ({ tool, arguments: { IdentityPoolId }, signal: new AbortController().signal });

describe("dispatch", () => {
  it("gives no undo that the tool would refuse, and says so", async () => {
    const services = servicesWith(async () => ({}));
    // More rules than the documented quota, as an account with a raised one may have.
    const rule = { Claim: "a", MatchType: "Equals", Value: "b", RoleARN: "arn:aws:iam::000000000000:role/users" };
    const mapping = {
      Type: "Rules",
      AmbiguousRoleResolution: "Deny",
      RulesConfiguration: { Rules: Array(26).fill(rule) },
    };
    const read = () =>
      Promise.resolve({
        SupportedLoginProviders: { "accounts.google.com": "app" },
        RoleMappings: { "accounts.google.com": mapping },
      } as never);
    const aws = fakeAws({ ...services.aws, reader: () => read });
    const outcome = await dispatch(
      {
        ...call("set-identity-pool-roles"),
        arguments: { IdentityPoolId, clear: ["RoleMappings"] },
        // At a terminal: the plan is too long for a form.
        terminalPrompt: async () => ({ typed: "yes" }),
      },
      { ...services, aws },
      createSession(),
    );
    expect(outcome).toMatchObject({
      kind: "success",
      content: { approved: {}, notes: [expect.stringMatching(/^No call can undo this/)] },
    });
    expect(outcome).not.toHaveProperty("content.undo");
  });

  it("lets no member of a response out that the tool does not declare, at any depth", async () => {
    const services = servicesWith(async () => ({
      IdentityPoolId,
      Surprise: "outer",
      CognitoIdentityProviders: [{ ClientId: "client", Surprise: "inner" }],
    }));
    expect(await dispatch(call("describe-identity-pool"), services, createSession())).toEqual({
      kind: "success",
      content: { IdentityPoolId, CognitoIdentityProviders: [{ ClientId: "client" }] },
    });
  });

  it("reports a fault of ours, and tells the caller of it without its message", async () => {
    const faults: unknown[] = [];
    const fault = new TypeError("cannot read hidden of undefined");
    const services = servicesWith(() => Promise.reject(fault), faults);
    const outcome = await dispatch(call("describe-identity-pool"), services, createSession());
    expect(outcome).toMatchObject({
      kind: "failure",
      code: "TypeError",
      message: "This server has an internal error.",
    });
    expect(JSON.stringify(outcome)).not.toContain("hidden");
    expect(faults).toEqual([fault]);
  });

  it("sends nothing once the call is cancelled", async () => {
    let sent = 0;
    const services = servicesWith(async () => {
      sent += 1;
      return {};
    });
    const outcome = await dispatch({ ...call("get-id"), signal: AbortSignal.abort() }, services, createSession());
    expect(outcome).toMatchObject({ kind: "failure", code: "AbortError" });
    expect(sent).toBe(0);
  });

  describe("arguments of a wrong type", () => {
    const nested = (depth: number) => JSON.parse("[".repeat(depth) + "]".repeat(depth)) as unknown;
    const hostile = {
      "an object without a text": { toString: 1, valueOf: 1 },
      "a list with such an object": ["a", { toString: null }],
      "an object without a prototype": Object.create(null) as unknown,
      "a deep list": nested(9_900),
      "a number": 7,
    };

    it.each(Object.entries(hostile))("are refused and recorded, in any member of any tool: %s", async (_, value) => {
      for (const tool of catalogue) {
        for (const member of Object.keys(tool.input.shape)) {
          if (value === 7 && member === "MaxResults") continue;
          const rejections: unknown[] = [];
          const audit = { recordRejection: async (rejection: unknown) => void rejections.push(rejection) } as never;
          const services = { ...servicesWith(() => Promise.reject(new Error("nothing is sent here"))), audit };
          const outcome = await dispatch(
            { ...call(tool.name), arguments: { [member]: value } },
            { ...services, onFault: (error) => expect.fail(String(error)) },
            createSession(),
          );
          expect({ tool: tool.name, member, kind: outcome.kind }).toEqual({ tool: tool.name, member, kind: "refusal" });
          expect(rejections).toHaveLength(tool.effect === "read" ? 0 : 1);
        }
      }
    });

    it("are told from numbers that JSON can write and no computer can hold", async () => {
      const services = servicesWith(() => Promise.reject(new Error("nothing is sent here")));
      const given = { ...call("list-identity-pools"), arguments: JSON.parse('{"MaxResults":1e400}') as unknown };
      expect(await dispatch(given, services, createSession())).toMatchObject({
        kind: "refusal",
        reason: "MaxResults must be a finite number.",
      });
    });
  });
});
