/** What a passkey signed counts for exactly what was asked, and nothing that differs in any part does. */
import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { verifyAssertion } from "../../../src/operator/passkeys/assertion.ts";
import { challengeFor, type Purpose, type Subject } from "../../../src/operator/passkeys/challenge.ts";
import { algorithms, type Passkey } from "../../../src/operator/passkeys/passkey.ts";
import { verifyRegistration } from "../../../src/operator/passkeys/registration.ts";
import type { PageAssertion } from "../../../src/operator/web/page-protocol.ts";
import { createAuthenticator, type Slips } from "../../support/authenticator.ts";

const origin = "http://localhost:50123";
const subject: Subject = { account: "account 000000000000", region: "eu-west-1", plan: "abc" };
const challenge = challengeFor("approve", [subject], "nonce");

const runs = process.env["LONG"] ? 2_000 : 100;

const authenticators = algorithms.map((algorithm) => createAuthenticator(algorithm));
const keys: readonly Passkey[] = authenticators.map(({ key }) => key);

const check = (assertion: PageAssertion, others: Partial<Parameters<typeof verifyAssertion>[0]> = {}) =>
  verifyAssertion({ assertion, challenge, origin, keys, ...others });

describe.each(authenticators)("with algorithm $algorithm", (authenticator) => {
  const other = createAuthenticator(authenticator.algorithm);

  it("a valid assertion gives its key", async () => {
    expect(await check(authenticator.get(challenge, origin))).toEqual({ key: authenticator.key });
  });

  it.each<[string, Slips]>([
    ["another challenge", { challenge: challengeFor("approve", [subject], "another") }],
    ["another purpose", { challenge: challengeFor("unlock", [subject], "nonce") }],
    ["another origin", { origin: "http://localhost:50124" }],
    ["an origin that begins alike", { origin: `${origin}1` }],
    ["the address instead of the name", { origin: "http://127.0.0.1:50123" }],
    ["another type", { type: "webauthn.create" }],
    ["no user verification", { flags: 0x01 }],
    ["no user presence", { flags: 0x04 }],
    ["another RP id", { rpId: "example.com" }],
    ["a frame of another page", { client: { crossOrigin: true } }],
    ["a frame, in other words", { client: { crossOrigin: "true" } }],
    ["a top origin", { client: { topOrigin: "https://example.com" } }],
    ["a top origin in a frame", { client: { crossOrigin: true, topOrigin: "https://example.com" } }],
    ["the same top origin", { client: { topOrigin: origin } }],
    ["trailing data", { trailing: Buffer.from([0]) }],
  ])("an assertion with %s is refused", async (_, slips) => {
    expect(await check(authenticator.get(challenge, origin, slips))).toEqual({ why: expect.stringMatching(/\.$/) });
  });

  it("an assertion of another key is refused, also under the id of a listed key", async () => {
    const assertion = other.get(challenge, origin);
    expect(await check(assertion)).toEqual({ why: "This passkey is not in the list of keys." });
    expect(await check({ ...assertion, id: authenticator.id })).toEqual({
      why: "The signature of the passkey is wrong.",
    });
  });

  it("a key that was removed is refused", async () => {
    const left = keys.filter(({ id }) => id !== authenticator.id);
    expect(await check(authenticator.get(challenge, origin), { keys: left })).toHaveProperty("why");
  });

  it("a key whose algorithm in the list differs is refused", async () => {
    for (const algorithm of algorithms.filter((one) => one !== authenticator.algorithm)) {
      const changed = { ...authenticator.key, algorithm };
      expect(await check(authenticator.get(challenge, origin), { keys: [changed] })).toHaveProperty("why");
    }
  });

  it("a repeated assertion is refused where counters are kept", async () => {
    const counters = new Map<string, number>();
    const assertion = authenticator.get(challenge, origin);
    expect(await check(assertion, { counters })).toHaveProperty("key");
    expect(await check(assertion, { counters })).toHaveProperty("why");
    expect(await check(authenticator.get(challenge, origin), { counters })).toHaveProperty("key");
  });

  it("no part can be altered in any byte", async () => {
    const assertion = authenticator.get(challenge, origin);
    const part = fc.constantFrom(...(["id", "clientDataJSON", "authenticatorData", "signature"] as const));
    await fc.assert(
      fc.asyncProperty(part, fc.nat(), fc.integer({ min: 1, max: 255 }), async (name, place, change) => {
        const bytes = Buffer.from(assertion[name], "base64url");
        const at = place % bytes.length;
        bytes[at] = (bytes[at] ?? 0) ^ change;
        expect(await check({ ...assertion, [name]: bytes.toString("base64url") })).toHaveProperty("why");
      }),
      { numRuns: runs },
    );
  });

  it("no part can be longer, shorter or written otherwise", async () => {
    const assertion = authenticator.get(challenge, origin);
    const part = fc.constantFrom(...(["id", "clientDataJSON", "authenticatorData", "signature"] as const));
    const alter = fc.oneof(
      fc.base64String({ minLength: 1, maxLength: 80 }).map((more) => (text: string) => text + more),
      fc.nat().map((cut) => (text: string) => text.slice(0, cut % text.length)),
      fc.constantFrom(
        (text: string) => `${text}=`,
        (text: string) => ` ${text}`,
        (text: string) => `${text}\n`,
        (text: string) => text.replace(/.$/, (last) => (last === "A" ? "B" : "A")),
      ),
    );
    await fc.assert(
      fc.asyncProperty(part, alter, async (name, change) => {
        expect(await check({ ...assertion, [name]: change(assertion[name]) })).toHaveProperty("why");
      }),
      { numRuns: runs },
    );
  });

  it("nothing that is no assertion is taken for one, and nothing raises an error", async () => {
    await fc.assert(
      fc.asyncProperty(fc.anything(), async (value) => {
        expect(await check(value as PageAssertion)).toHaveProperty("why");
      }),
      { numRuns: runs },
    );
  });

  it("the public key in the list cannot be altered", async () => {
    const assertion = authenticator.get(challenge, origin);
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.integer({ min: 1, max: 255 }), async (place, change) => {
        const bytes = Buffer.from(authenticator.key.publicKey, "base64url");
        const at = place % bytes.length;
        bytes[at] = (bytes[at] ?? 0) ^ change;
        const changed = { ...authenticator.key, publicKey: bytes.toString("base64url") };
        expect(await check(assertion, { keys: [changed] })).toHaveProperty("why");
      }),
      { numRuns: runs },
    );
  });
});

it("another encoding of an ECDSA signature is refused", async () => {
  const authenticator = createAuthenticator(-7);
  const assertion = authenticator.get(challenge, origin);
  const bytes = Buffer.from(assertion.signature, "base64url");
  const long = Buffer.concat([Buffer.from([0x30, 0x81]), bytes.subarray(1)]);
  const changed = { ...assertion, signature: long.toString("base64url") };
  expect(await check(changed, { keys: [authenticator.key] })).toHaveProperty("why");
});

describe("a challenge", () => {
  const subjects = fc.array(fc.record({ account: fc.string(), region: fc.string(), plan: fc.string() }));

  it("differs if anything in it differs, also where texts only move between its parts", () => {
    const purposes = fc.constantFrom<Purpose[]>("approve", "unlock", "manage keys");
    const input = fc.tuple(purposes, subjects, fc.string());
    fc.assert(
      fc.property(input, input, (one, other) => {
        fc.pre(JSON.stringify(one) !== JSON.stringify(other));
        expect(challengeFor(...one)).not.toBe(challengeFor(...other));
      }),
      { numRuns: runs },
    );
    const moved = { account: "a", region: "bc", plan: "d" };
    expect(challengeFor("approve", [moved], "")).not.toBe(
      challengeFor("approve", [{ account: "ab", region: "c", plan: "d" }], ""),
    );
    expect(challengeFor("approve", [moved], "")).not.toBe(challengeFor("approve", [], "abcd"));
  });

  it("refuses text whose bytes are not its own", () => {
    expect(() => challengeFor("approve", [{ ...subject, plan: "\ud800" }], "nonce")).toThrow(RangeError);
  });

  it("is what docs/passkeys.md describes", () => {
    const parts = ["cognito-identity-mcp passkey challenge 1", "approve", "1", ...Object.values(subject), "nonce"];
    const bytes = parts.flatMap((part) => [...Buffer.from([0, 0, 0, Buffer.byteLength(part)]), ...Buffer.from(part)]);
    expect(challenge).toBe(createHash("sha256").update(Buffer.from(bytes)).digest("base64url"));
  });
});

describe.each(authenticators)("a new passkey with algorithm $algorithm", (authenticator) => {
  const register = (slips: Slips = {}) =>
    verifyRegistration({ credential: authenticator.create(challenge, origin, slips), challenge, origin });
  const { id, publicKey, algorithm, transports } = authenticator.key;

  it("is accepted, whatever statement comes with it, and signs", async () => {
    const statement = new Map<string, number | Buffer>([
      ["alg", -7],
      ["sig", Buffer.alloc(70)],
    ]);
    for (const slips of [{}, { format: { fmt: "packed", attStmt: statement } }])
      expect(await register(slips)).toEqual({ key: { id, publicKey, algorithm, transports } });
    expect(await check(authenticator.get(challenge, origin))).toHaveProperty("key");
  });

  it.each<[string, Slips]>([
    ["another challenge", { challenge: "AAAA" }],
    ["another origin", { origin: "http://localhost:1" }],
    ["the type of an assertion", { type: "webauthn.get" }],
    ["no user verification", { flags: 0x01 }],
    ["no user presence", { flags: 0x04 }],
    ["another RP id", { rpId: "example.com" }],
    ["a frame of another page", { client: { crossOrigin: true } }],
    ["a top origin", { client: { topOrigin: "https://example.com" } }],
    ["an algorithm of another kind of key", { algorithm: authenticator.algorithm === -7 ? -8 : -7 }],
    ["an algorithm that is not supported", { algorithm: -35 }],
    ["trailing data", { trailing: Buffer.from([0]) }],
  ])("with %s is refused", async (_, slips) => {
    expect(await register(slips)).toEqual({ why: expect.stringMatching(/\.$/) });
  });

  it("under another id is refused", async () => {
    const credential = { ...authenticator.create(challenge, origin), id: createAuthenticator().id };
    expect(await verifyRegistration({ credential, challenge, origin })).toHaveProperty("why");
  });
});
