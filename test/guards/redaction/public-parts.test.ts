/** What of a token is public: text that anybody can write, stored in the account, is not taken for a piece of it. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRedactor } from "../../../src/guards/redaction/redactor.ts";
import { Secret } from "../../../src/guards/redaction/secret.ts";

const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
const signature = "q7Zr0vXkP2mTz8LwYb4NcHs6DfGjKa1QeUiRoVtWxBnMy3E5";

function inspectorOf(token: string) {
  const redactor = createRedactor();
  redactor.remember(new Secret(token), Date.now() + 60_000);
  return redactor.inspect;
}

const claims = fc.record(
  {
    iss: fc.constantFrom("https://accounts.google.com", "https://cognito-identity.amazonaws.com"),
    sub: fc.uuid().map((id) => `eu-west-1:${id}`),
    aud: fc.uuid().map((id) => `eu-west-1:${id}`),
    amr: fc.constant(["unauthenticated"]),
    exp: fc.integer({ min: 1_700_000_000, max: 1_900_000_000 }),
    email_verified: fc.boolean(),
  },
  { requiredKeys: ["iss", "sub"] },
);
const header = fc.record({
  kid: fc.constantFrom("eu-west-11", "a".repeat(40)),
  alg: fc.constantFrom("RS512", "RS256"),
});

describe("a JSON Web Token", () => {
  it("has no piece in its header, and none in claims that everybody can write", () => {
    fc.assert(
      fc.property(header, claims, (head, payload) => {
        const open = `${base64(head)}.${base64(payload)}`;
        expect(inspectorOf(`${open}.${signature}`)(open)).toBe("no secret");
        for (let at = 0; at + 16 <= open.length; at += 5)
          expect(inspectorOf(`${open}.${signature}`)({ note: open.slice(at, at + 16) })).toBe("no secret");
      }),
      { numRuns: 30 },
    );
  });

  it("has one wherever a character of the signature or of another claim is", () => {
    const told = fc.stringMatching(/^[a-z]{3,12}\.[a-z]{3,12}@example\.com$/);
    fc.assert(
      fc.property(header, claims, told, (head, payload, email) => {
        const [first, second] = [base64(head), base64({ ...payload, email })];
        const token = `${first}.${second}.${signature}`;
        const inspect = inspectorOf(token);
        const from = first.length + 1 + second.length + 1;
        for (let at = from - 7; at + 8 <= token.length; at += 1)
          expect(inspect(token.slice(at, at + 8))).toBe("secret");
        // The bytes of the address within the payload, in characters of 6 bits.
        const place = JSON.stringify({ ...payload, email }).indexOf(email);
        const [begin, end] = [Math.floor((place * 8) / 6), Math.ceil(((place + email.length) * 8) / 6)];
        for (let at = begin; at + 8 <= end; at += 1)
          expect(inspect(token.slice(first.length + 1 + at, first.length + 9 + at))).toBe("secret");
      }),
      { numRuns: 30 },
    );
  });

  it("has no piece in the id of a developer user, whatever it looks like", () => {
    const alphabet = fc.stringMatching(/^[A-Za-z\d._"\\\]-]{8,40}$/);
    fc.assert(
      fc.property(header, claims, alphabet, fc.nat(2), (head, payload, user, shift) => {
        // The id has itself behind it, as it is written in the token: at one of the three places in which its bytes can stand.
        const inside = Buffer.from("x".repeat(shift) + user)
          .toString("base64url")
          .slice(shift + 1, -2);
        const id = `${user}.${inside}`;
        const amr = ["authenticated", "login.example", `login.example:eu-west-1:pool:${id}`];
        const open = `${base64(head)}.${base64({ ...payload, amr, tail: "kZ7qP2xW9vR4tL8m" })}`;
        const inspect = inspectorOf(`${open}.${signature}`);
        expect(inspect({ DeveloperUserIdentifierList: [id] })).toBe("no secret");
        const claimed = JSON.stringify({ ...payload, amr }).length - 1;
        const end = Math.floor((claimed * 8) / 6) + base64(head).length + 1;
        for (let at = 0; at + 8 <= end; at += 3) expect(inspect({ note: open.slice(at, at + 8) })).toBe("no secret");
        expect(inspect(signature.slice(0, 8))).toBe("secret");
        expect(inspect(open.slice(-16, -4))).toBe("secret");
      }),
      { numRuns: 100 },
    );
  });

  it("is secret but for its header where the payload is not JSON", () => {
    const payload = Buffer.from("not a JSON text, but something long").toString("base64url");
    const token = `${base64({ alg: "none" })}.${payload}.${signature}`;
    expect(inspectorOf(token)(payload.slice(4, 20))).toBe("secret");
  });
});

it("text that begins as the issuer of a vended token does stops nothing", () => {
  const token = `${base64({ kid: "us-east-11", typ: "JWS", alg: "RS512" })}.${base64({ sub: "us-east-1:44c34d8d-1794-c4a5-4942-55feeff726db", iss: "https://cognito-identity.amazonaws.com", exp: 1_796_076_119 })}.${signature}`;
  for (const text of ["eyJraWQiOiJ1cy1lYXN0", "eyJzdWIiOiJ1cy1lYXN0LTE6", "eyJpc3MiOiJodHRwczovL2Nv"])
    expect(inspectorOf(token)(text)).toBe("no secret");
});

describe("a session token of STS", () => {
  const bytes = (length: number) => fc.infiniteStream(fc.nat(255)).map((all) => Buffer.from([...all.take(length)]));
  const signed = fc.constantFrom("G0E\x02!\0", "F0D\x02 ", "H0F\x02!\0");
  const token = fc
    .record({
      age: fc.integer({ min: 0x82, max: 0xfe }),
      region: fc.constantFrom("us-east-1", "eu-central-1", "ap-southeast-2"),
      signed,
      flag: fc.constantFrom(0, 1, 3),
      account: fc.stringMatching(/^\d{12}$/),
      random: fc.tuple(bytes(66), bytes(12), bytes(300)),
    })
    .map(({ age, region, signed: head, flag, account, random: [signature, id, rest] }) => {
      const negative = Buffer.from([age, ...Array.from({ length: 8 }, () => 0xff), 0x01]);
      const fields = [
        Buffer.from("!\n\torigin_ec\x10"),
        negative,
        Buffer.from(`\x1a${String.fromCharCode(region.length)}${region}"${head}`),
        signature,
        Buffer.from("*\xb2\x05\x08", "latin1"),
        negative,
        Buffer.from(`\x10${String.fromCharCode(flag)}\x1a\x0c${account}"\x0c`),
        id,
        rest,
      ];
      return { value: Buffer.concat(fields).toString("base64"), region, account };
    });

  it("has no piece in what is the same in many of them, which can stand in a name or a tag", () => {
    fc.assert(
      fc.property(token, ({ value, region, account }) => {
        const inspect = inspectorOf(value);
        const shifted = (text: string) =>
          [0, 1, 2].map((shift) =>
            Buffer.from("x".repeat(shift) + text)
              .toString("base64")
              .slice(shift && shift + 1, -2),
          );
        const known = ["IQoJb3JpZ2luX2VjE", "/".repeat(20), "2f".repeat(8), "//////////wEaC", ...shifted(region)];
        for (const text of [...known, ...shifted(account)]) expect([text, inspect(text)]).toEqual([text, "no secret"]);
        const [, head = ""] = /(\/{8,}wEaC.*?(?:MEUC|MEQC|MEYC))/.exec(value) ?? [];
        expect(inspect(head)).toBe("no secret");
      }),
      { numRuns: 60 },
    );
  });

  it("has one wherever a random byte is", () => {
    fc.assert(
      fc.property(token, ({ value }) => {
        const inspect = inspectorOf(value);
        // The last 300 bytes.
        for (let at = value.length - 400; at + 8 <= value.length; at += 1)
          expect(inspect(value.slice(at, at + 8))).toBe(/^\/+$/.test(value.slice(at, at + 8)) ? "no secret" : "secret");
      }),
      { numRuns: 20 },
    );
  });
});
