/** Every invisible or control character, in every text that AWS can answer, on every way out: none comes out raw. */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findServers } from "../../../src/operator/channel-client.ts";
import { catalogue } from "../../../src/tools/catalogue.ts";
import { operations, type Shape } from "../../facts/facts.ts";
import { approve, type Session, startPuppet, startServer, surroundings } from "../../support/client.ts";
import { report } from "../../support/figures.ts";
import { inputs } from "../../support/hunt.ts";

const unseen =
  /(?! )[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u2800\u2d7f\ufffc\u{1107f}\u{13441}\u{13442}\u{16fe4}\u{1d159}]/u;

/** Code points that must not be seen raw: all of those that mean something, and of the millions without meaning every 500th. */
const points = Array.from({ length: 0x110000 }, (_, point) => point).filter(
  (point) =>
    unseen.test(String.fromCodePoint(point)) &&
    (!/[\p{Co}\p{Cn}]/u.test(String.fromCodePoint(point)) || point % 500 === 0),
);

const CHUNK = 500;
const chunks = Array.from({ length: Math.ceil(points.length / CHUNK) }, (_, chunk) =>
  points.slice(chunk * CHUNK, (chunk + 1) * CHUNK),
);

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

let text = "";
let puppet: Awaited<ReturnType<typeof startPuppet>>;
let session: Session;
let questions = "";

beforeAll(async () => {
  puppet = await startPuppet((operation) => ({
    status: 200,
    body: JSON.stringify(filled({ type: "structure", members: operations[operation]?.output ?? {} }, text)),
  }));
  session = await startServer({
    env: puppet.env,
    respond: (question) => {
      questions += JSON.stringify(question, (_, part) => (typeof part === "string" ? ofOthers(part) : part));
      return approve(question);
    },
  });
});
afterAll(async () => {
  await session[Symbol.asyncDispose]();
  puppet.close();
});

/** A text for a person without our own line breaks and isolates. An isolate that does not end on its line stays. */
const ofOthers = (part: string) => part.replace(/\u2068([^\u2068\u2069\n]*)\u2069/g, "$1").replaceAll("\n", "");

/** The plans that wait for a terminal: most of these are too long for a form. */
async function waitingPlans(): Promise<string[]> {
  const { servers } = await findServers(join(surroundings["XDG_RUNTIME_DIR"] ?? "", "cognito-identity-mcp"));
  const own = servers.filter(({ pid }) => pid === session.pid).flatMap(({ waiting }) => waiting);
  return own.map((plan) => ofOthers(plan.text));
}

const rawIn = (answer: unknown): string[] => {
  const found: string[] = [];
  JSON.stringify(answer, (key, part) => {
    for (const one of [key, part]) if (typeof one === "string" && unseen.test(one)) found.push(one);
    return part;
  });
  return found;
};

/** Last those that vend: what was vended is known from then on, and is taken out of all that follows. */
const tools = catalogue
  .filter(({ effect }) => effect !== "vend")
  .concat(catalogue.filter(({ effect }) => effect === "vend"));

describe("no invisible character comes out of", () => {
  it.each(tools.map(({ name, effect }) => [name, effect] as const))("%s, which is a %s", async (tool, effect) => {
    let shown = 0;
    for (const chunk of chunks) {
      text = `a${String.fromCodePoint(...chunk)}b`;
      const answer = await session.call(tool, { ...inputs[tool]?.("text") });
      expect(rawIn([JSON.parse(answer.text), answer.content]).slice(0, 1)).toEqual([]);
      if (answer.text.includes(String.raw`\\u{`)) shown += 1;
    }
    if (effect === "read") expect(shown).toBe(chunks.length);
    if (effect === "update" || effect === "delete") questions += JSON.stringify(await waitingPlans());
  });

  it("what a person is asked", () => {
    expect(questions).toContain(String.raw`\\u{`);
    expect(unseen.test(questions)).toBe(false);
    report(
      15,
      "invisible and control characters",
      `${points.length} code points in every text of 23 tools' answers: none raw`,
    );
  });
});
