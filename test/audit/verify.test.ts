/** `audit --verify`: the approvals with passkeys that an audit file keeps, on this machine and on another. */
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { showAudit } from "../../src/cli/audit/audit.ts";
import { verifyAudit } from "../../src/cli/audit/verify.ts";
import type { PasskeyEvidence } from "../../src/guards/approval/passkey-proof.ts";
import { challengeFor, type Subject } from "../../src/operator/passkeys/challenge.ts";
import { keyPlace } from "../../src/operator/passkeys/key-place.ts";
import { algorithms, renderList } from "../../src/operator/passkeys/passkey.ts";
import { fingerprintOf, verifyEvidence } from "../../src/operator/passkeys/proof.ts";
import { type Authenticator, createAuthenticator } from "../support/authenticator.ts";
import { runProgram } from "../support/command.ts";

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "audit-"));
  file = join(folder, "audit.jsonl");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const origin = "http://localhost:50123";
const first: Subject = { account: "account 000000000000", region: "eu-west-1", plan: "plan-1" };
const second: Subject = { ...first, plan: "plan-2" };

function proofOf(key: Authenticator, subjects: readonly Subject[], nonce = "nonce"): PasskeyEvidence {
  const { transports: _, ...listed } = key.key;
  const assertion = key.get(challengeFor("approve", subjects, nonce), origin);
  return { purpose: "approve", subjects, nonce, origin, key: listed, assertion };
}

const decision = (others: object) => ({
  time: "2026-03-01T12:00:00.000Z",
  call: "call",
  record: "decision",
  decision: "approved",
  by: "a person, on the page",
  tool: "delete-identity-pool",
  effect: "delete",
  action: "Delete identity pool",
  target: { id: "eu-west-1:0", name: "pool" },
  ...others,
});

const record = (...records: readonly object[]) =>
  appendFileSync(file, records.map((one) => `${JSON.stringify(one)}\n`).join(""));

const verify = async () => {
  const { code, stdout, stderr } = await runProgram(["audit", file, "--verify"], {
    HOME: folder,
    XDG_CONFIG_HOME: folder,
  });
  return { code, output: stdout + stderr };
};

describe("audit --verify", () => {
  const key = createAuthenticator(-7, "laptop");

  it("names the key of each valid approval, and counts those without a passkey", async () => {
    record(
      decision({ plan: "plan-1", passkey: proofOf(key, [first, second]) }),
      decision({ plan: "plan-2", passkey: proofOf(key, [first, second], "nonce") }),
      decision({ by: "a person, at a terminal" }),
      decision({ by: "a person, at a terminal" }),
      decision({ decision: "rejected" }),
      {
        time: "2026-03-01T12:00:00.000Z",
        call: "c",
        record: "intent",
        tool: "x",
        effect: "update",
        region: "eu-west-1",
        arguments: {},
        approved: { by: "plan token", account: "", action: "", target: { id: "" }, changes: [] },
      },
    );
    const { code, output } = await verify();
    expect(code).toBe(0);
    expect(output.match(/valid: key "laptop"/g)).toHaveLength(2);
    expect(output).toContain(`public key ${fingerprintOf(key.key.publicKey)}, not in the list of this machine`);
    expect(output).toContain('2026-03-01 12:00:00Z  Delete identity pool eu-west-1:0 "pool" (delete-identity-pool)');
    expect(output).toContain("With a passkey: 2 valid, 0 not valid.");
    expect(output).toContain("Without a passkey: 3 (2 by a person, at a terminal; 1 by plan token).");
  });

  it("says whether the key is in the list of this machine, and under which label", async () => {
    record(decision({ plan: "plan-1", passkey: { ...proofOf(key, [first]), unprotected: "sudo" } }));
    mkdirSync(join(folder, "cognito-identity-mcp"));
    const list = join(folder, "cognito-identity-mcp", "passkeys.json");
    writeFileSync(list, renderList({ keys: [key.key], requires: false }), { mode: 0o600 });
    expect((await verify()).output).toMatch(/, in the list of this machine, its list was unprotected\n/);
    writeFileSync(list, renderList({ keys: [{ ...key.key, label: "other" }], requires: false }));
    expect((await verify()).output).toContain('in the list of this machine as "other"');
    writeFileSync(list, "{");
    const { code, output } = await verify();
    expect(code).toBe(0);
    expect(output).toContain("The list of keys on this machine cannot be used.");
  });

  it("fails for a copied approval, for another plan, and without a plan", async () => {
    const passkey = proofOf(key, [first]);
    record(decision({ plan: "plan-1", passkey }), decision({ plan: "plan-1", passkey, call: "copied" }));
    const copied = await verify();
    expect(copied.code).toBe(1);
    expect(copied.output).toContain("NOT VALID: The same approval is in another record.");
    expect(copied.output).toContain("With a passkey: 1 valid, 1 not valid.");
    for (const plan of ["plan-2", undefined]) {
      rmSync(file);
      record(decision({ plan, passkey }));
      expect(await verify()).toMatchObject({
        code: 1,
        output: expect.stringContaining("NOT VALID: The passkey approved another plan."),
      });
    }
  });

  it("fails for a record that is damaged, and says so for a file without approvals", async () => {
    for (const passkey of [null, "x", {}, { ...proofOf(key, [first]), assertion: undefined }]) {
      writeFileSync(file, "");
      record(decision({ plan: "plan-1", passkey }));
      expect(await verify()).toMatchObject({
        code: 1,
        output: expect.stringContaining("NOT VALID: The "),
      });
    }
    writeFileSync(file, "");
    expect(await verify()).toEqual({
      code: 0,
      output: "With a passkey: 0 valid, 0 not valid.\nWithout a passkey: 0.\n",
    });
  });
});

describe.each(algorithms)("a proof with algorithm %s", (algorithm) => {
  const key = createAuthenticator(algorithm);
  const proof = proofOf(key, [first, second]);

  it("is valid", async () => expect(await verifyEvidence(proof)).toEqual({ evidence: proof }));

  /** The paths to every text and number in the proof that the signature covers. */
  const paths = [
    ["purpose"],
    ["nonce"],
    ["origin"],
    ...["account", "region", "plan"].flatMap((name) => [0, 1].map((index) => ["subjects", index, name])),
    ...["id", "publicKey", "algorithm"].map((name) => ["key", name]),
    ...["id", "clientDataJSON", "authenticatorData", "signature"].map((name) => ["assertion", name]),
  ];

  function changed(
    value: unknown,
    [name, ...rest]: readonly (string | number)[],
    change: (old: unknown) => unknown,
  ): unknown {
    if (name === undefined) return change(value);
    const copy = structuredClone(value) as Record<string | number, unknown>;
    copy[name] = changed(copy[name], rest, change);
    return copy;
  }

  it("is not valid once a field of it was altered", async () => {
    const change = fc.oneof(
      fc.tuple(fc.nat(), fc.string({ minLength: 1, maxLength: 3 })).map(([at, more]) => (old: unknown) => {
        const text = String(old);
        return text.slice(0, at % (text.length + 1)) + more + text.slice(at % (text.length + 1));
      }),
      fc.nat().map((at) => (old: unknown) => String(old).replace(String(old)[at % String(old).length] ?? "", "")),
      fc.anything().map((value) => () => value),
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...paths), change, async (path, alter) => {
        const altered = changed(proof, path, alter);
        fc.pre(JSON.stringify(altered) !== JSON.stringify(proof));
        expect(await verifyEvidence(altered)).toHaveProperty("why");
      }),
      { numRuns: process.env["LONG"] ? 5_000 : 200 },
    );
  });

  it("is not valid with bytes after its public key", async () => {
    const key = Buffer.from(proof.key.publicKey, "base64url");
    for (const more of [[0], [0xf6], [1, 2, 3]]) {
      const publicKey = Buffer.concat([key, Buffer.from(more)]).toString("base64url");
      expect(await verifyEvidence({ ...proof, key: { ...proof.key, publicKey } })).toHaveProperty("why");
    }
  });

  it("is not valid with fewer, more or exchanged plans", async () => {
    const others = [[], [first], [second, first], [first, second, first], [first, first]];
    for (const subjects of others) expect(await verifyEvidence({ ...proof, subjects })).toHaveProperty("why");
  });

  it("is not valid with another key, even under the same id", async () => {
    const { transports: _, ...other } = createAuthenticator(algorithm).key;
    expect(await verifyEvidence({ ...proof, key: other })).toHaveProperty("why");
    expect(await verifyEvidence({ ...proof, key: { ...other, id: proof.key.id } })).toHaveProperty("why");
  });

  it("of another site is not valid", async () => {
    for (const site of [
      "https://example.com",
      "http://localhost",
      "http://localhost:50123.example.com",
      "http://127.0.0.1:50123",
    ]) {
      const assertion = key.get(challengeFor("approve", [first], "nonce"), site);
      expect(await verifyEvidence({ ...proof, subjects: [first], assertion, origin: site })).toHaveProperty("why");
    }
  });

  it("of another purpose is not an approval", async () => {
    const assertion = key.get(challengeFor("unlock", [first], "nonce"), origin);
    const unlock = { ...proof, purpose: "unlock", subjects: [first], assertion };
    expect(await verifyEvidence(unlock)).toHaveProperty("why");
  });
});

describe("audit --verify ends with 1, and says why, if", () => {
  const key = createAuthenticator(-7, "laptop");
  const by = 'a person, with the passkey "laptop"';
  const approval = () => decision({ by, plan: "plan-1", passkey: proofOf(key, [first]) });
  const intent = (approvedBy = by) => ({
    time: "2026-03-01T12:00:01.000Z",
    call: "sent",
    record: "intent",
    tool: "delete-identity-pool",
    effect: "delete",
    region: "eu-west-1",
    arguments: { IdentityPoolId: "eu-west-1:0" },
    approved: {
      by: approvedBy,
      account: first.account,
      action: "Delete identity pool",
      target: { id: "eu-west-1:0" },
      changes: [],
    },
  });

  it("nothing is wrong: then it is 0", async () => {
    record(approval(), intent());
    expect(await verify()).toMatchObject({ code: 0, output: expect.stringContaining("1 valid, 0 not valid") });
  });

  it("nothing is wrong: nor if an approval for other credentials was not used", async () => {
    const other = { ...second, account: "account 111111111111" };
    const unused = decision({ by, plan: other.plan, passkey: proofOf(key, [other], "unused") });
    record(unused, approval(), intent());
    expect(await verify()).toMatchObject({ code: 0, output: expect.stringContaining("2 valid, 0 not valid") });
  });

  it.each([
    ["a decision names a passkey and has no proof", () => [decision({ by })], /names a passkey, and has no proof/],
    ["a rejection has a proof", () => [{ ...approval(), decision: "rejected" }], /A rejection has the proof/],
    ["a call names a passkey, and its decision is missing", () => [intent()], /no decision on it is in the file/],
    [
      "two calls name the one decision",
      () => [approval(), intent(), { ...intent(), call: "again" }],
      /The call again names/,
    ],
    [
      "a call went to another region than was signed",
      () => [approval(), { ...intent(), region: "eu-west-2" }],
      /The call sent names another account or region/,
    ],
    [
      "a call was signed with the credentials of another account than was signed",
      () => [approval(), { ...intent(), approved: { ...intent().approved, account: "account 111111111111" } }],
      /The call sent names another account or region/,
    ],
  ])("%s", async (_, records, why) => {
    record(...records());
    const { code, output } = await verify();
    expect(code).toBe(1);
    expect(output).toMatch(why);
  });

  it("counts calls that a person approved without a decision in the file", async () => {
    record(intent("a person, at a terminal"));
    expect((await verify()).output).toContain("Without a passkey: 1 (1 by a person, at a terminal)");
  });

  it("a line cannot be read", async () => {
    record(approval(), intent());
    appendFileSync(file, '{"time":"2026-03-01T12:00:02.000Z","call":\n');
    expect((await verify()).code).toBe(1);
  });
});

it("no altered member of a record ends audit or audit --verify", async () => {
  const key = createAuthenticator(-7, "laptop");
  const records = [
    decision({ plan: "plan-1", passkey: proofOf(key, [first]) }),
    decision({ decision: "none", reason: "no such plan" }),
    {
      time: "2026-03-01T12:00:01.000Z",
      call: "c",
      record: "intent",
      tool: "x",
      region: "eu-west-1",
      arguments: {},
      approved: { by: "plan token", target: { id: "i" } },
    },
    { time: "2026-03-01T12:00:01.000Z", call: "c", record: "outcome", outcome: "done" },
    { time: "2026-03-01T12:00:01.000Z", call: "d", record: "refused", tool: "x", reason: "no", target: { id: "i" } },
    { time: "2026-03-01T12:00:01.000Z", call: "e", record: "screened", hits: 1, closed: false },
    { time: "2026-03-01T12:00:01.000Z", call: "f", record: "rejected", reason: "late", count: 1 },
  ];
  const pathsOf = (value: object): string[][] =>
    Object.entries(value).flatMap(([name, member]) => [
      [name],
      ...(typeof member === "object" && member !== null ? pathsOf(member).map((path) => [name, ...path]) : []),
    ]);
  const altered = fc.constantFrom(...records).chain((one) =>
    fc
      .tuple(fc.constantFrom(...pathsOf(one)), fc.constantFrom(undefined, null, 0, "", "x", [], {}, true))
      .map(([path, value]) => {
        const copy = structuredClone(one) as Record<string, unknown>;
        const last = path.at(-1) ?? "";
        const owner = path.slice(0, -1).reduce<Record<string, unknown>>((at, name) => at[name] as never, copy);
        owner[last] = value;
        return copy;
      }),
  );
  await fc.assert(
    fc.asyncProperty(altered, async (one) => {
      writeFileSync(file, "");
      record(...records, one);
      await showAudit(file, () => {});
      await verifyAudit(file, keyPlace({}, "linux", folder, process.getuid?.()), () => {});
    }),
    { numRuns: 300 },
  );
});
