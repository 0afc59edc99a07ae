/** Which value AWS rejected: our own sentence names members of the call, and nothing else of AWS's text. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { explain } from "../../src/aws/errors/explain.ts";
import { catalogue } from "../../src/tools/catalogue.ts";
import { region, startPuppet, startServer } from "../support/client.ts";

const aws = (name: string, message: string) =>
  Object.assign(new Error(message), { name, $metadata: { httpStatusCode: 400 } });
const callOf = (members: readonly string[]) => ({ members, region, unsigned: false, holdsSecrets: false, values: [] });
const codes = ["InvalidParameterException", "ValidationException"];
const lowerFirst = (member: string) => member.charAt(0).toLowerCase() + member.slice(1);

it("names every member of the call if AWS names none", () => {
  for (const code of codes) {
    expect(explain(aws(code, "Invalid value"), false, callOf(["IdentityPoolId", "Logins"])).message).toBe(
      "AWS rejected a value in the call. It is one of these: IdentityPoolId, Logins.",
    );
    expect(explain(aws(code, "Invalid value"), false, callOf(["IdentityPoolId"])).message).toBe(
      "AWS rejected a value in the call. It is: IdentityPoolId.",
    );
    expect(explain(aws(code, "Invalid value"), false).message).toBe("AWS rejected a value in the call.");
  }
});

it("names the members that AWS names, and nothing else of its text, for the members of every tool", () => {
  const call = fc
    .constantFrom(...catalogue)
    .chain(({ members }) =>
      fc.record({ members: fc.constant(members), meant: fc.subarray([...members], { minLength: 1 }) }),
    );
  const value = fc.string({ minLength: 8, maxLength: 40 }).filter((text) => !/^[A-Za-z' ]*$/.test(text));
  fc.assert(
    fc.property(call, fc.constantFrom(...codes), value, ({ members, meant }, code, secret) => {
      const errors = meant.map(
        (member) => `Value '${secret}' at '${lowerFirst(member)}' failed to satisfy constraint: Member must be shorter`,
      );
      const { message, hint } = explain(
        aws(code, `${meant.length} validation errors detected: ${errors.join("; ")}`),
        false,
        callOf(members),
      );
      const named = /: ([\w, ]+)\.$/.exec(message)?.[1]?.split(", ");
      expect(named).toEqual(members.filter((member) => meant.includes(member)));
      expect(`${message} ${hint}`).not.toContain(secret);
    }),
  );
});

it("leaves out a name in AWS's text that is not a member of the call", () =>
  expect(
    explain(aws("ValidationException", "Value 'x' at 'hunter2' is wrong"), false, callOf(["IdentityId"])).message,
  ).toBe("AWS rejected a value in the call. It is: IdentityId."));

it("does so through the server, with a hint about NextToken", async () => {
  const puppet = await startPuppet(() => ({
    status: 400,
    body: { __type: "ValidationException", message: "Value 'a-token-of-somebody' at 'nextToken' failed" },
  }));
  try {
    await using session = await startServer({ env: puppet.env });
    const { content } = await session.call("list-identity-pools", { NextToken: "abc" });
    expect(content).toMatchObject({
      failed: "AWS rejected a value in the call. It is: NextToken.",
      next: expect.stringMatching(/^NextToken must come from the previous answer of the same list\./),
      aws: "Value 'a-token-of-somebody' at 'nextToken' failed",
    });
  } finally {
    puppet.close();
  }
});
