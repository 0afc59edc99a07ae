/** Subscriptions that a client opens at its start: answered as the server answers them, and handed over to it. */
import { describe, expect, it } from "vitest";
import { metaKeys } from "../../support/modern.ts";
import { fastStartAlone, run, withoutFastStart } from "./compare.ts";

const _meta = { [metaKeys.version]: "2026-07-28", [metaKeys.capabilities]: {} };
const request = (id: number | string, method: string, params = {}) => ({
  jsonrpc: "2.0",
  id,
  method,
  params: { _meta, ...params },
});
const listen = (id: number | string, notifications: object = { resourcesListChanged: true }) =>
  request(id, "subscriptions/listen", { notifications });
const linesOf = (...messages: object[]) => messages.map((message) => `${JSON.stringify(message)}\n`).join("");

describe("a subscription at the start", () => {
  it("is answered without the server, as the server answers it, and ends with an answer", async () => {
    const input = linesOf(request(0, "server/discover"), listen("a"), request(1, "tools/list"), listen("b", {}));
    const [fast, full] = await Promise.all([
      run(input, { program: fastStartAlone() }),
      run(input, { args: withoutFastStart }),
    ]);
    expect(fast.code).toBe(0);
    expect([...fast.lines].sort()).toEqual([...full.lines].sort());
    expect(fast.lines.at(-1)).toContain('"id":"b"');
  });

  it("stays open when the server takes over, until it is cancelled or the input ends", async () => {
    const input = linesOf(
      listen("kept"),
      listen("cancelled"),
      request(1, "tools/call", { name: "list-identity-pools", arguments: { MaxResults: 1 } }),
      { jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: "cancelled" } },
      listen("kept"),
    );
    const { lines, code } = await run(input, { args: ["--local"] });
    expect(code).toBe(0);
    const messages = lines.map((line) => JSON.parse(line) as { id?: unknown; method?: string; error?: object });
    expect(messages.filter(({ method }) => method === "notifications/subscriptions/acknowledged")).toHaveLength(2);
    expect(messages.filter(({ id }) => id === "cancelled")).toEqual([]);
    expect(messages.filter(({ id }) => id === "kept")).toMatchObject([{ result: { resultType: "complete" } }]);
    // The id is in use, so it is refused without it.
    expect(messages.filter(({ id }) => id === null)).toMatchObject([{ error: { data: { id: "kept" } } }]);
  });

  it.each([
    ["a wrong filter", listen(1, { toolsListChanged: "yes" })],
    ["no filter", request(1, "subscriptions/listen")],
    ["no version", { jsonrpc: "2.0", id: 1, method: "subscriptions/listen", params: { notifications: {} } }],
  ])("with %s is left to the server", async (_, message) => {
    expect(await run(linesOf(message), { program: fastStartAlone() })).toMatchObject({ code: 99 });
  });

  it("is left to the server if there are more than 16", async () => {
    const many = Array.from({ length: 17 }, (_, id) => listen(id));
    expect(await run(linesOf(...many), { program: fastStartAlone() })).toMatchObject({ code: 99 });
  });
});
