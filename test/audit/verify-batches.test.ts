/** `audit --verify` of batches that a passkey approved: the records that a real server wrote are valid, and altered ones are not. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { verifyAudit } from "../../src/cli/audit/verify.ts";
import { keyPlace } from "../../src/operator/passkeys/key-place.ts";
import { type PageSession, type Shown, startPageSession } from "../support/approval-page-session.ts";
import { createAuthenticator } from "../support/authenticator.ts";
import { createPool, type Service, startService } from "../support/client.ts";
import { runProgram } from "../support/command.ts";
import { createGuests } from "../support/many.ts";

const RUNS = process.env["LONG"] ? 2_000 : 200;

type Fields = Record<string, unknown>;

const key = createAuthenticator(-7, "laptop");
let service: Service;
/** What the server wrote. */
let written: string;
let file: string;
let folder: string;
let text: string;

async function approveOn(shown: Shown, call: Promise<unknown>): Promise<void> {
  const [plan] = (await shown.state()).plans;
  const { binding = "", confirmation } = plan ?? {};
  const said = confirmation?.by === "typing" ? confirmation.expected : "yes";
  const { ticket, challenge } = await shown.challenge(binding);
  const assertion = key.get(challenge, shown.page.origin);
  const results = await shown.decide({ answers: [{ binding, said }], ticket, assertion });
  expect(results).toMatchObject([{ result: "approved" }]);
  await call;
}

/** Changes three pools, and deletes 130 identities. */
async function useBatches(on: PageSession): Promise<void> {
  const pools: string[] = [];
  while (pools.length < 3) pools.push(await createPool(service.sdk));
  const [pool = ""] = pools;
  await createGuests(service.sdk, pool, 130);
  const tagging = on.session.call("tag-resource", { IdentityPoolIds: pools, Tags: { env: "prod" } });
  using shown = await on.open();
  await approveOn(shown, tagging);
  await approveOn(
    shown,
    on.session.call("delete-identities", { IdentityPoolId: pool, where: { withoutLogins: true } }),
  );
}

beforeAll(async () => {
  service = await startService();
  written = mkdtempSync(join(tmpdir(), "audit-"));
  await using on = await startPageSession(service, {
    args: ["--policy", "update=passkey,delete=passkey"],
    env: { AWS_ACCOUNT_ID: "000000000000" },
    keys: [key.key],
  });
  await useBatches(on);
  for (const name of readdirSync(on.folder).filter((name) => name.startsWith("audit.jsonl")))
    cpSync(join(on.folder, name), join(written, name));
}, 60_000);
afterAll(async () => {
  await service[Symbol.asyncDispose]();
  rmSync(written, { recursive: true });
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "audit-"));
  cpSync(written, folder, { recursive: true });
  file = join(folder, "audit.jsonl");
  text = readFileSync(file, "utf8");
  return () => rmSync(folder, { recursive: true });
});

const recordsIn = (): Fields[] => {
  const lines = text.trimEnd().split("\n");
  return lines.map((line) => JSON.parse(line) as Fields);
};
const stepsIn = () => recordsIn().filter(({ step }) => step !== undefined);

/** What `audit --verify` says of these records. */
async function verify(records: readonly Fields[]): Promise<{ code: number; said: string }> {
  writeFileSync(file, records.map((record) => `${JSON.stringify(record)}\n`).join(""));
  const lines: string[] = [];
  const code = await verifyAudit(file, keyPlace({}, "linux", folder, process.getuid?.()), (line) => lines.push(line));
  return { code, said: lines.join("\n") };
}

const withRecord = (old: Fields, ...others: Fields[]): Fields[] =>
  recordsIn().flatMap((record): Fields[] => {
    const isOld = record["call"] === old["call"] && record["record"] === old["record"];
    return isOld ? others : [record];
  });

/** The paths to all that a step says of what was done, where, in whose name and by whose approval. */
function pathsOf(value: unknown, names: readonly string[]): string[][] {
  return names.flatMap((name) => {
    const member = (value as Fields)[name];
    if (typeof member !== "object" || member === null) return member === undefined ? [] : [[name]];
    return [[name], ...pathsOf(member, Object.keys(member)).map((path) => [name, ...path])];
  });
}
const TOLD = ["tool", "effect", "region", "arguments", "approved", "step"];
/** The way back is not what was approved. */
const isTold = ([, member, inner]: readonly string[]) =>
  member !== "undo" && !(member === "target" && inner === "name");

function changed(value: unknown, [name, ...rest]: readonly string[], change: (old: unknown) => unknown): unknown {
  if (name === undefined) return change(value);
  const copy = structuredClone(value) as Fields;
  copy[name] = changed(copy[name], rest, change);
  return copy;
}

const change = fc.oneof(
  fc.tuple(fc.nat(), fc.string({ minLength: 1, maxLength: 3 })).map(([at, more]) => (old: unknown) => {
    const whole = String(old);
    return whole.slice(0, at % (whole.length + 1)) + more + whole.slice(at % (whole.length + 1));
  }),
  fc.constantFrom<unknown>(null, "", "x", 0, [], {}, true, "1-60", "61", "131").map((other) => () => other),
  fc
    .dictionary(fc.constantFrom("a", "path", "IdentityPoolId"), fc.constant("x"), { minKeys: 1 })
    .map((more) => () => more),
);

describe("audit --verify", () => {
  it("accepts the batches, each with its steps", async () => {
    const { code, stdout } = await runProgram(["audit", file, "--verify"], { HOME: folder, XDG_CONFIG_HOME: folder });
    expect(stdout).toContain("With a passkey: 2 valid, 0 not valid.\nWithout a passkey: 0.");
    expect({ code, said: stdout }).toEqual({ code: 0, said: expect.not.stringContaining("NOT VALID") });
    // Three pools, and three requests for 130 identities.
    expect(stepsIn().length).toBe(6);
  });

  it("rejects every altered member of a step", async () => {
    const place = fc
      .constantFrom(...stepsIn())
      .chain((step) => fc.tuple(fc.constant(step), fc.constantFrom(...pathsOf(step, TOLD).filter(isTold))));
    await fc.assert(
      fc.asyncProperty(place, change, async ([step, path], alter) => {
        const altered = changed(step, path, alter) as Fields;
        fc.pre(JSON.stringify(altered) !== JSON.stringify(step));
        expect(await verify(withRecord(step, altered))).toMatchObject({ code: 1 });
      }),
      { numRuns: RUNS },
    );
  });

  it("rejects more arguments than were approved", async () => {
    for (const step of stepsIn())
      for (const more of [{ Tags: { env: "prod", more: "yes" } }, { other: "yes" }, { IdentityIdsToDelete: ["x"] }]) {
        const altered = { ...step, arguments: { ...(step["arguments"] as Fields), ...more } };
        expect(await verify(withRecord(step, altered))).toMatchObject({ code: 1 });
      }
  });

  it("rejects a step that was removed, doubled, or made a call of its own", async () => {
    for (const step of stepsIn()) {
      const { step: of, ...alone } = step;
      const ending = recordsIn().find(({ call, record }) => call === step["call"] && record === "outcome") ?? {};
      const double = [step, { ...step, call: "double" }, { ...ending, call: "double" }];
      const cases: Fields[][] = [[], double, [alone], [{ ...step, step: { ...(of as Fields), of: "nothing" } }]];
      for (const others of cases) {
        const { code, said } = await verify(withRecord(step, ...others));
        expect({ code, said }).toEqual({ code: 1, said: expect.stringContaining("NOT VALID") });
      }
    }
  });

  it("rejects a step that was doubled or belongs to no batch, also if the batch has no end", async () => {
    for (const step of stepsIn()) {
      const { of } = step["step"] as Fields;
      const ending = recordsIn().find(({ call, record }) => call === step["call"] && record === "outcome") ?? {};
      const double = [step, { ...step, call: "double" }, { ...ending, call: "double" }];
      for (const others of [double, [{ ...step, step: { ...(step["step"] as Fields), of: "nothing" } }]]) {
        const records = withRecord(step, ...others).filter(({ call, record }) => call !== of || record !== "outcome");
        expect(await verify(records)).toEqual({ code: 1, said: expect.stringContaining("NOT VALID") });
      }
    }
  });

  it("rejects identities that are said not to be deleted by a step which did not name them", async () => {
    const [first] = stepsIn().filter(({ step }) => (step as Fields)["lines"] !== undefined);
    const ending = recordsIn().find(({ call, record }) => call === first?.["call"] && record === "outcome") ?? {};
    for (const unprocessed of ["130", "0", "x", "1", ""])
      expect(await verify(withRecord(ending, { ...ending, unprocessed }))).toMatchObject({ code: 1 });
  });

  it("rejects another list of ids, and says that it could not check one that is missing", async () => {
    const list = join(folder, readdirSync(folder).find((name) => name.endsWith(".ids")) ?? "");
    const ids = readFileSync(list, "utf8");
    for (const other of [ids.replace("eu-west-1", "eu-west-2"), ids.slice(45), "", `${ids}more\n`]) {
      writeFileSync(list, other);
      expect(await verify(recordsIn())).toEqual({
        code: 1,
        said: expect.stringMatching(/NOT VALID: The list of ids .* is not the list that was approved\./),
      });
    }
    rmSync(list);
    const missing = { code: 0, said: expect.stringMatching(/cannot be read, so it was not checked\./) };
    expect(await verify(recordsIn())).toEqual(missing);
  });
});
