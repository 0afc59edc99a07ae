/** An answer says the same twice, as an object and as text, and most are looked at once: that one look must see all. */

import type { JSONRPCMessage, JSONRPCResultResponse } from "@modelcontextprotocol/sdk/types.js";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRedactor } from "../../src/guards/redaction/redactor.ts";
import { Secret } from "../../src/guards/redaction/secret.ts";
import { createScreen } from "../../src/guards/screen.ts";
import { redactMessage } from "../../src/mcp/redacting-transport.ts";
import { resultOf } from "../../src/mcp/result.ts";

/** Nowhere are 8 of its characters together that JSON leaves as they are. */
const secret = 'to"ken"of\\a"pa\\rt"ner"and\\so"on';
const redactor = createRedactor();
redactor.remember(new Secret(secret));
/** A new one for each message, since one that caught three withholds everything. */
const newScreen = () => createScreen({ redactor, onHit: () => {} });

function answerWith(content: object): { structuredContent: object; text: string } {
  const message: JSONRPCMessage = {
    jsonrpc: "2.0",
    id: 1,
    result: resultOf({ kind: "success", content: { ...content } }),
  };
  const { result } = redactMessage(message, {
    redactor,
    screen: newScreen(),
    reveal: undefined,
  }) as JSONRPCResultResponse;
  const [{ text }] = result["content"] as [{ text: string }];
  return { structuredContent: result["structuredContent"] as object, text };
}

const escaped = (text: string) => JSON.stringify(text).slice(1, -1);
const encodings: readonly ((text: string) => string)[] = [
  escaped,
  encodeURIComponent,
  (text) => Buffer.from(text).toString("base64"),
  (text) => Buffer.from(text).toString("hex"),
];

/** Every way to encode up to three times. */
const ways = encodings.flatMap((first) => [
  [first],
  ...encodings.flatMap((second) => [[first, second], ...encodings.map((third) => [first, second, third])]),
]);

describe("an answer", () => {
  it.each(ways.map((way) => [way.map((encode) => encodings.indexOf(encode)).join(" then "), way] as const))(
    "holds no secret in either, encoded by %s, as a value or as a key",
    (_, way) => {
      const hidden = way.reduce((text, encode) => encode(text), secret);
      for (const content of [{ name: hidden }, { [hidden]: 1 }, { list: [{ name: `before ${hidden} after` }] }]) {
        const { structuredContent, text } = answerWith(content);
        expect(JSON.parse(text)).toEqual(structuredContent);
        // In parts as well: where a run of 8 characters is left in, the start or the end of it would be.
        for (const piece of [hidden.slice(0, 12), hidden.slice(-12)]) {
          expect(JSON.stringify(structuredContent)).not.toContain(escaped(piece));
          expect(text).not.toContain(escaped(piece));
        }
      }
    },
  );

  it("that holds no secret leaves as it is", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer(), fc.boolean())), (content) => {
        const message: JSONRPCMessage = { jsonrpc: "2.0", id: 1, result: resultOf({ kind: "success", content }) };
        expect(redactMessage(message, { redactor, screen: newScreen(), reveal: undefined })).toBe(message);
      }),
    );
  });

  it("is looked at whole where its text is another than its object", () => {
    const result = { content: [{ type: "text", text: "{}" }], structuredContent: { name: secret } };
    const safe = redactMessage({ jsonrpc: "2.0", id: 1, result }, { redactor, screen: newScreen(), reveal: undefined });
    expect(JSON.stringify(safe)).not.toContain("ken");
  });
});
