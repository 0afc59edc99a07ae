/** Rows 2 and 3: long lines and floods, and the memory that they take. */
import { describe, expect, it } from "vitest";
import { report } from "../../support/figures.ts";
import { type Answer, call, hasProc, hello, type Raw, request, startRaw, startSlowAws } from "./raw.ts";

const long = process.env["LONG"] !== undefined;

const MAX_MB = 256;
const MB = 1024 * 1024;

/** Counts answers by id, and keeps none. */
function createCounter() {
  const seen = new Map<string | number, number>();
  let twice = 0;
  return {
    see({ id }: Answer): void {
      if (id === undefined || id === null) return;
      if (seen.has(id)) twice += 1;
      seen.set(id, (seen.get(id) ?? 0) + 1);
    },
    seen,
    twice: () => twice,
  };
}

/** Holds the process to its memory, and tells of it. */
function weigh(server: Raw, what: string, most = MAX_MB): void {
  const peak = server.peakMb();
  report(3, what, `${peak} MB resident at most`);
  expect(peak).toBeLessThanOrEqual(most);
}

describe.skipIf(!hasProc)("resident memory", { timeout: 900_000 }, () => {
  // As many bytes wait to be read with long ids as with many answers.
  const [pings, padding] = long ? [437_000, ""] : [30_000, "x".repeat(500)];
  it(`stays small under ${pings} pings from a client that does not read`, async () => {
    const counter = createCounter();
    await using server = startRaw({ onAnswer: counter.see });
    server.child.stdout.pause();
    let sent = 0;
    const sending = (async () => {
      while (sent < pings) {
        const lines = Array.from(
          { length: 500 },
          (_, at) => `${JSON.stringify(request(`${sent + at}${padding}`, "ping"))}\n`,
        );
        await server.write(lines.join(""));
        sent += 500;
      }
    })();
    await server.idle();
    expect(sent).toBeLessThan(pings);
    weigh(server, `a client that does not read: ${sent} of ${pings} pings taken in`);
    server.child.stdout.resume();
    await sending;
    await server.until(() => counter.seen.size === pings);
    expect(counter.twice()).toBe(0);
    weigh(server, `${pings} pings, read late`);
    expect(await server.leave()).toEqual({ code: 0, stderr: "" });
  });

  it("stays small under 20000 calls at once", async () => {
    const counter = createCounter();
    await using aws = await startSlowAws();
    await using server = startRaw({ env: aws.env, onAnswer: counter.see });
    await server.write(...hello());
    for (let from = 0; from < 20_000; from += 1000)
      await server.write(
        Array.from({ length: 1000 }, (_, at) => `${JSON.stringify(call(from + at, "list-identity-pools"))}\n`).join(""),
      );
    await server.until(() => counter.seen.size >= 20_000 - 80 + 1);
    aws.release();
    await server.until(() => counter.seen.size === 20_001);
    expect(counter.twice()).toBe(0);
    expect(aws.reached()).toBe(80);
    weigh(server, "20000 calls at once");
  });

  it.runIf(long)("stays small under lists that nobody reads", async () => {
    const lists = 2000;
    const counter = createCounter();
    await using server = startRaw({ onAnswer: counter.see });
    server.child.stdout.pause();
    await server.write(
      Array.from({ length: lists }, (_, id) => `${JSON.stringify(request(id, "tools/list"))}\n`).join(""),
    );
    await server.idle();
    // It is 250 MB when all that came in one piece is answered before the first answer is written.
    weigh(server, `${lists} lists that nobody reads`, 160);
    server.child.stdout.resume();
    await server.until(() => counter.seen.size === lists);
    expect(counter.twice()).toBe(0);
  });

  it.each([
    ["a line of 11 MiB", 11],
    [long ? "a line of 1 GiB" : "a line of 64 MiB", long ? 1024 : 64],
  ])("stays small under %s, which is refused, and the connection lives on", async (what, size) => {
    await using server = startRaw();
    await server.write('{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"');
    const part = Buffer.alloc(MB, "x");
    for (let left = size; left > 0; left -= 1) await server.write(part);
    await server.write('"}}\n', request("after", "ping"));
    await server.answerTo("after");
    expect(server.answers).toEqual([
      { jsonrpc: "2.0", id: 1, error: { code: -32600, message: expect.stringMatching(/^The line is \d+ bytes long/) } },
      { jsonrpc: "2.0", id: "after", result: {} },
    ]);
    report(2, what, `refused with a reason under its id, and the connection lives on; ${server.peakMb()} MB resident`);
    weigh(server, what);
  });

  it("stays small under a line that never ends, and leaves with its client", async () => {
    await using server = startRaw();
    const part = Buffer.alloc(MB, "[");
    for (let left = long ? 256 : 32; left > 0; left -= 1) await server.write(part);
    weigh(server, "a line without an end");
    expect(await server.leave()).toEqual({ code: 0, stderr: "" });
    expect(server.answers).toEqual([{ jsonrpc: "2.0", id: null, error: expect.anything() }]);
  });

  it.each([
    ["lists", (room: number) => `[${"[],".repeat(room / 3)}[]]`],
    ["objects", (room: number) => `[${"{},".repeat(room / 3)}{}]`],
    ["nested lists", (room: number) => "[".repeat(room / 2) + "]".repeat(room / 2)],
    ["text", (room: number) => `"${"é".repeat(room / 2)}"`],
  ])("stays small under calls at once that are full of %s", async (what, fill) => {
    // The last is the most of nested lists that is parsed.
    for (const room of [...(long ? [MB - 1000] : []), 64 * 1024, 19 * 1024]) {
      const counter = createCounter();
      await using aws = await startSlowAws();
      await using server = startRaw({ env: aws.env, onAnswer: counter.see });
      const params = `{"name":"list-identity-pools","_meta":{"a":${fill(room)}}}`;
      for (let id = 0; id < 80; id += 1)
        await server.write(`{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":${params}}\n`);
      await server.write(request("after", "ping"));
      await server.answerTo("after");
      weigh(server, `80 calls at once of ${Math.round(room / 1024)} KiB full of ${what}`);
      aws.release();
      await server.until(() => counter.seen.size === 81);
      expect(counter.twice()).toBe(0);
    }
  });
});
