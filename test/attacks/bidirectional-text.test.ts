/**
 * Right-to-left text of the account or the caller, wherever a person reads it: by the Unicode Bidirectional Algorithm
 * (https://www.unicode.org/reports/tr9/) nothing outside of its quotes is displayed in another place.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import bidiFactory, { type Bidi } from "bidi-js";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { catalogue } from "../../src/tools/catalogue.ts";
import { isGated } from "../../src/tools/kinds.ts";
import { operations, type Shape } from "../facts/facts.ts";
import {
  createPool,
  type Session,
  sayNo,
  startPuppet,
  startServer,
  startService,
  surroundings,
} from "../support/client.ts";
import { runProgram } from "../support/command.ts";
import { inputs } from "../support/hunt.ts";
import { atTerminal, plain } from "../support/terminal.ts";

// Its types describe a module with a default export; what Node loads is the function itself.
const bidi = (bidiFactory as unknown as () => Bidi)();

/** Strong right-to-left letters, Arabic digits, and what they pull along: digits, brackets, quotes, arrows, direction marks. */
const unit = fc.constantFrom(
  ...'אבגابج٣١27 "\\→-+:(){}[],.x',
  ..."\u200f\u200e\u202e\u202b\u202a\u202c\u2066\u2067\u2068\u2069\u061c\n\u2029",
);
const rtl = fc.string({ unit, minLength: 1, maxLength: 20 }).map((text) => `א${text}ב`);

/** Numbers the parts of a line: even ones are outside, odd ones are what `inside` matches. */
function partsOf(line: string, inside: RegExp): number[] {
  const parts: number[] = new Array(line.length).fill(0);
  let part = 0;
  let end = 0;
  for (const { 0: found, index } of line.matchAll(inside)) {
    parts.fill(part, end, index);
    parts.fill(part + 1, index, index + found.length);
    end = index + found.length;
    part += 2;
  }
  return parts.fill(part, end);
}

const quoted = /"(?:[^"\\]|\\.)*"/gu;
const isolates = /[\u2068\u2069]/;

/** The first line of the text whose parts are displayed in another order than they are in, if there is one. */
function reordered(text: string, inside = quoted): string | undefined {
  return text.split("\n").find((line) => {
    const parts = partsOf(line, inside);
    return (["auto", "ltr"] as const).some((direction) => {
      const order = bidi.getReorderedIndices(line, bidi.getEmbeddingLevels(line, direction));
      const displayed = order.filter((index) => !isolates.test(line[index] ?? ""));
      // Within a part outside of quotes the characters stay in their order too.
      return displayed.some((index, position) => {
        const before = displayed[position - 1] ?? -1;
        const [part = 0, partBefore = 0] = [parts[index], parts[before] ?? 0];
        return part < partBefore || (part === partBefore && part % 2 === 0 && index < before);
      });
    });
  });
}

/** Whether each isolate ends on its line, and the text holds no other mark of direction. */
function isBalanced(text: string): boolean {
  return text.split("\n").every((line) => {
    const rest = line.replace(/\u2068[^\u2068\u2069]*\u2069/g, "");
    return !/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/.test(rest);
  });
}

function expectInOrder(text: string, inside = quoted): void {
  expect(reordered(text, inside)).toBeUndefined();
  expect(isBalanced(text)).toBe(true);
}

it("the check sees that text without isolates is reordered", () => {
  expect(reordered('~ a: "אב" → "גד"')).toBe('~ a: "אב" → "גד"');
  expect(reordered('~ a: \u2068"אב"\u2069 → \u2068"גד"\u2069')).toBeUndefined();
});

const provider = "accounts.google.com";

/** Arguments of a call; the name of a role has no such text, or it is refused before anybody is asked. */
const made = (tool: string, text: string) => ({
  ...inputs[tool]?.(text),
  ...(tool === "set-identity-pool-roles" && { Roles: { authenticated: "arn:aws:iam::000000000000:role/users" } }),
});

describe("a form", () => {
  let text = "";
  /** Identities that look-ups find in turn. */
  let identityIds: string[] = [];
  let lookups = 0;
  let puppet: Awaited<ReturnType<typeof startPuppet>>;
  let session: Session;
  beforeAll(async () => {
    puppet = await startPuppet((operation) => {
      const answer = filled({ type: "structure", members: operations[operation]?.output ?? {} }, text) as object;
      // Principal tags are for a provider of the pool.
      const pool = operation === "DescribeIdentityPool" && { SupportedLoginProviders: { [provider]: text } };
      const found = operation === "LookupDeveloperIdentity" && {
        IdentityId: identityIds[lookups++ % identityIds.length],
      };
      return { status: 200, body: JSON.stringify({ ...answer, ...pool, ...found }) };
    });
    session = await startServer({ env: puppet.env, respond: sayNo });
  });
  afterAll(async () => {
    await session[Symbol.asyncDispose]();
    puppet.close();
  });

  it.each(catalogue.filter(isGated).map(({ name }) => name))(
    "of %s, with such a text in every answer of AWS and every argument",
    async (tool) => {
      let asked = 0;
      await fc.assert(
        fc.asyncProperty(rtl, rtl, async (stored, given) => {
          text = stored;
          const input: Record<string, unknown> = made(tool, tool === "untag-resource" ? stored : given);
          if (tool === "unlink-identity") input["LoginsToRemove"] = [stored.slice(0, 128)];
          lookups = 0;
          identityIds = tool === "unlink-developer-identity" ? [String(input["IdentityId"])] : [`${stored}1`, stored];
          const before = session.questions.length;
          await session.call(tool, input);
          for (const { message } of session.questions.slice(before)) {
            expectInOrder(message);
            asked += 1;
          }
        }),
        { numRuns: 40 },
      );
      expect(asked).toBeGreaterThan(0);
    },
  );

  it("of a rule, whose members are isolated one by one", async () => {
    await using service = await startService();
    const id = await createPool(service.sdk);
    await using asking = await startServer({ env: service.env, respond: sayNo });
    await fc.assert(
      fc.asyncProperty(rtl, fc.constantFrom("1", "27", "x"), async (Value, name) => {
        const Rules = [
          { Claim: "אב", MatchType: "Equals", Value, RoleARN: `arn:aws:iam::000000000000:role/${name}` },
          { Claim: "12", MatchType: "Equals", Value: "7", RoleARN: "arn:aws:iam::000000000000:role/12" },
        ];
        await asking.call("set-identity-pool-roles", {
          IdentityPoolId: id,
          RoleMappings: {
            [provider]: { Type: "Rules", AmbiguousRoleResolution: "Deny", RulesConfiguration: { Rules } },
          },
        });
        expectInOrder(asking.questions.at(-1)?.message ?? "");
      }),
      { numRuns: 40 },
    );
    expect(asking.questions.length).toBeGreaterThan(30);
  });
});

describe("a person at a terminal", () => {
  it("call shows plan and answer in order, and the JSON for a program has no isolates", async () => {
    await using service = await startService();
    const id = await createPool(service.sdk);
    const input = JSON.stringify({ IdentityPoolId: id, IdentityPoolTags: { אב: "12", stage: "גד 34" } });
    const { code, screen } = await atTerminal(["call", "update-identity-pool", input], {
      env: { ...surroundings, ...service.env },
      typed: "yes\n",
      columns: 400,
    });
    expect(code).toBe(0);
    expect(plain(screen)).toContain('+ \u2068"IdentityPoolTags.אב"\u2069: "12"');
    expect(plain(screen)).toContain('\u2068"אב"\u2069: "12"');
    expectInOrder(plain(screen).replaceAll("\r", ""));
    const piped = await runProgram(
      ["call", "describe-identity-pool", JSON.stringify({ IdentityPoolId: id })],
      service.env,
    );
    expect(JSON.parse(piped.stdout)).toMatchObject({ IdentityPoolTags: { אב: "12", stage: "גד 34" } });
    expect(piped.stdout).not.toMatch(isolates);
  });

  it("audit lists names, ids and reasons in order", async () => {
    const folder = mkdtempSync(join(tmpdir(), "cognito-identity-"));
    const file = join(folder, "audit.jsonl");
    await fc.assert(
      fc.asyncProperty(rtl, rtl, async (name, id) => {
        const common = { record: "intent", time: "2026-01-01T00:00:00.000Z", tool: "merge-developer-identities" };
        const approved = { by: "a person, at a terminal", target: { id, name } };
        const records = [
          { ...common, call: "1", region: "eu-west-1", arguments: {}, approved },
          { ...common, call: "2", region: "eu-west-1", arguments: { IdentityId: id, IdentityPoolName: name } },
          { ...common, call: "3", record: "refused", reason: "12" },
          // Digits after a name: right-to-left text draws them to its other side.
          { call: "1", record: "outcome", outcome: "failed", code: "12" },
        ];
        writeFileSync(file, records.map((record) => `${JSON.stringify(record)}\n`).join(""));
        const { stdout } = await runProgram(["audit", file], {});
        expect(stdout.split("\n").length).toBeGreaterThan(4);
        expectInOrder(stdout);
      }),
      { numRuns: 6 },
    );
    rmSync(folder, { recursive: true });
  }, 30_000);

  it("doctor shows paths in order", async () => {
    const folder = mkdtempSync(join(tmpdir(), "cognito-identity-"));
    const inner = join(folder, "אב12");
    mkdirSync(inner);
    const { stdout } = await runProgram(["doctor", "--local", "--audit", join(inner, "גד")], {
      ...surroundings,
      XDG_RUNTIME_DIR: inner,
    });
    rmSync(folder, { recursive: true });
    expect(stdout).toContain("\u2068");
    expectInOrder(stdout, /\u2068[^\u2069]*\u2069/gu);
  });
});

it("the model's JSON has no isolates, in plans neither", async () => {
  await using service = await startService();
  const id = await createPool(service.sdk);
  await using session = await startServer({ env: service.env, respond: sayNo });
  const { content, text } = await session.call("update-identity-pool", {
    IdentityPoolId: id,
    IdentityPoolTags: { אב: "גד" },
  });
  expect(content["plan"]).toMatchObject({ changes: [{ path: "IdentityPoolTags.אב", after: "גד" }] });
  expect(text).not.toMatch(/[\u2068\u2069]|\{206[89]\}/);
});

/** An answer of the shape, with `text` in every string and in every key that is not a name of AWS's. */
function filled(shape: Shape, text: string): unknown {
  switch (shape.type) {
    case "structure":
      return Object.fromEntries(
        Object.entries(shape.members ?? {}).map(([name, member]) => [name, filled(member, text)]),
      );
    case "list":
      return shape.member ? [filled(shape.member, text)] : [];
    case "map":
      return { [text]: shape.value ? filled(shape.value, text) : "" };
    case "string":
      return text;
    case "boolean":
      return true;
    default:
      return 1_700_000_000;
  }
}
