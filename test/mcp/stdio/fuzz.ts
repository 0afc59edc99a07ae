/** Frames as a broken or hostile client might write them, and what must come back. The same seed gives the same frames. */
import { call, cancel, request } from "./raw.ts";

type Random = () => number;

/** Mulberry32: good enough to pick from lists, and quick enough for a million frames. */
function createRandom(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Values where another was meant. `Raw` ones cannot be said through JSON.stringify. */
const oddities: readonly string[] = [
  ...["null", "true", "[]", "{}", '""', "0", "-1", "-0", "1.5", "1e3", "1e400", "-1e-400", "9007199254740993"],
  ...['"\\ud800"', '"\\u0000"', '"\\u202e"', `"${"x".repeat(300)}"`, `${"9".repeat(400)}`, '{"__proto__":{"id":1}}'],
  ...[`${"[".repeat(500)}${"]".repeat(500)}`, `${'{"a":'.repeat(300)}1${"}".repeat(300)}`, '[{"id":1}]', '"2.0"'],
];

const nowhere = "us-east-1:00000000-0000-4000-8000-000000000000";

/** The bytes of one frame after the other, each with its line end. */
export function createFrames(seed: number): () => Buffer {
  const random = createRandom(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const pick = <Item>(items: readonly [Item, ...Item[]] | readonly Item[]) => items[below(items.length)] as Item;
  let count = 0;

  const newId = () => {
    count += 1;
    return random() < 0.5 ? count : `${seed}-${count}`;
  };
  /** Of a request that may still be under way. */
  const usedId = () => (random() < 0.5 ? count - below(20) : `${seed}-${count - below(20)}`);

  /** Calls that may get as far as the service, and so take their time. */
  const served = (): object =>
    pick([
      () => call(newId(), "list-identity-pools", { MaxResults: below(80), region: pick(["us-east-1", "x", 1]) }),
      () => call(newId(), "describe-identity-pool", { IdentityPoolId: nowhere }),
      () => call(newId(), "delete-identity-pool", { IdentityPoolId: nowhere }),
    ])();

  /** The marks of the modern era: right, wrong or incomplete. */
  const meta = (): object => ({
    "io.modelcontextprotocol/protocolVersion": pick(["2026-07-28", "2026-07-28", "2026-07-28", "2025-11-25", 1]),
    ...(random() < 0.9 && { "io.modelcontextprotocol/clientCapabilities": pick([{}, { elicitation: {} }, []]) }),
  });

  const modern = (): object => {
    const made = (random() < 0.1 ? served() : call(newId(), "describe-identity-pool")) as { params: object };
    const state =
      random() < 0.2 ? { requestState: pick(["", "a.b", 1]), inputResponses: pick([{}, [], { approval: {} }]) } : {};
    return pick<() => object>([
      () => ({ ...made, params: { ...made.params, ...state, _meta: meta() } }),
      () => request(newId(), pick(["server/discover", "prompts/list", "ping", "initialize", ""]), { _meta: meta() }),
      () =>
        request(newId(), pick(["subscriptions/listen", "resources/read", "prompts/get"]), {
          ...pick<object>([{}, { notifications: {} }, { uri: "x" }, { name: "x", ...state }]),
          _meta: meta(),
        }),
    ])();
  };

  const valid = (): object =>
    pick([
      modern,
      () => (random() < 0.3 ? served() : call(newId(), "describe-identity-pool")),
      () => call(newId(), pick(["nothing", "", "__proto__", "constructor"])),
      () => request(newId(), "ping"),
      () => request(newId(), "ping", { _meta: { progressToken: below(10) } }),
      () => request(newId(), pick(["resources/list", "logging/setLevel", "tasks/get", "", "server/discover"])),
      () => cancel(usedId()),
      () => ({
        jsonrpc: "2.0",
        method: pick(["notifications/initialized", "notifications/progress", "x"]),
        params: {},
      }),
      () => ({ jsonrpc: "2.0", id: usedId(), result: {} }),
      () => ({ jsonrpc: "2.0", id: usedId(), error: { code: below(9), message: "x" } }),
    ])();

  const initialize = () =>
    request(newId(), "initialize", {
      protocolVersion: pick(["2025-11-25", "2024-11-05", "2026-07-28", "x"]),
      capabilities: {},
      clientInfo: { name: "x", version: "0" },
    });

  const text = (): string => JSON.stringify(random() < 0.01 ? initialize() : valid());

  /** Puts an odd value, or nothing, in the place of one member. */
  const odd = (): string => {
    const members = Object.entries(JSON.parse(text())).map(([key, value]) => [key, JSON.stringify(value)] as const);
    const at = below(members.length);
    return `{${members
      .flatMap(([key, value], index) =>
        index !== at ? [`"${key}":${value}`] : pick([[`"${key}":${pick(oddities)}`], []]),
      )
      .join(",")}}`;
  };

  const within = (): string => {
    const written = text();
    return written.replace(
      /"(params|arguments)":\{/,
      (start) => `${start}"${pick(["a", "_meta", "name"])}":${pick(oddities)},`,
    );
  };

  /** The same member twice: the last counts. */
  const twice = (): string =>
    text().replace("{", `{"${pick(["id", "method", "jsonrpc", "params"])}":${pick(oddities)},`);

  const mutated = (): Buffer => {
    const bytes = Buffer.from(text());
    for (let left = 1 + below(4); left > 0; left -= 1) bytes[below(bytes.length)] = below(256);
    return bytes;
  };

  const truncated = (): Buffer => {
    const bytes = Buffer.from(text());
    return bytes.subarray(0, below(bytes.length));
  };

  const notUtf8 = (): Buffer => {
    const bytes = Buffer.from(text());
    const at = 1 + below(bytes.length - 1);
    return Buffer.concat([
      bytes.subarray(0, at),
      Buffer.from([pick([0xff, 0xc0, 0x80, 0xed, 0xf8])]),
      bytes.subarray(at),
    ]);
  };

  const long = (): string => {
    const filler = `"params":{"a":${pick([`"${"x".repeat(1_100_000)}"`, `[${"0,".repeat(60_000)}0]`])}}`;
    const id = `"id":${JSON.stringify(newId())}`;
    return `{${pick([
      [id, '"method":"x"', filler],
      ['"method":"x"', filler, id],
    ]).join(",")}}`;
  };

  const kinds: readonly [number, () => string | Buffer][] = [
    [0.35, text],
    [0.15, odd],
    [0.1, within],
    [0.08, twice],
    [0.1, mutated],
    [0.07, truncated],
    [0.05, notUtf8],
    [0.03, () => Buffer.from(Array.from({ length: below(200) }, () => below(256)))],
    [0.02, () => `[${text()},${text()}]`],
    [0.02, () => pick(oddities)],
    [0.01, () => pick(["", " ", "\t", "{", "}", "\u2028", "\ufeff{}", "'"])],
    [0.0002, () => JSON.stringify(request(newId(), "tools/list"))],
    [0.0001, long],
  ];

  return () => {
    let left = random();
    const [, make] = kinds.find(([share]) => {
      left -= share;
      return left < 0;
    }) ?? [0, text];
    const frame = make();
    const end = random() < 0.1 ? "\r\n" : "\n";
    return Buffer.concat([Buffer.from(frame as string), Buffer.from(end)]);
  };
}

/** What must come back for lines, kept up line by line. */
export interface Tally {
  /** How often each readable id of a request was sent. */
  readonly asked: Map<string, number>;
  /** Ids that somebody wanted to cancel: they may stay without an answer. */
  readonly cancelled: Set<string>;
  /** Lines that must be answered without an id, and lines whose `_meta` decides whether they are. */
  unreadable: number;
  unsure: number;
  lines: number;
}

export const createTally = (): Tally => ({
  asked: new Map(),
  cancelled: new Set(),
  unreadable: 0,
  unsure: 0,
  lines: 0,
});

/** An id with its type, since 1 and "1" are two. */
export const keyOf = (id: unknown): string => `${typeof id} ${id}`;

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Reads whole lines as the rules are, without the server's code. */
export function count(bytes: Buffer, tally: Tally): void {
  for (let from = 0, end = bytes.indexOf(10); end !== -1; from = end + 1, end = bytes.indexOf(10, from)) {
    tally.lines += 1;
    countLine(bytes.subarray(from, end), tally);
  }
}

function countLine(line: Buffer, tally: Tally): void {
  let value: unknown;
  try {
    const text = strict.decode(line);
    if (text.trim() === "") return;
    value = JSON.parse(text);
  } catch {
    tally.unreadable += 1;
    return;
  }
  if (!isObject(value)) {
    tally.unreadable += 1;
    return;
  }
  const message = value;
  if (message["method"] === "notifications/cancelled")
    tally.cancelled.add(keyOf((message["params"] as { requestId?: unknown } | null | undefined)?.requestId));
  const readable = typeof message["id"] === "string" || Number.isSafeInteger(message["id"]);
  if (isSilent(message)) {
    if (hasMeta(message["params"]) || hasMeta(message["result"])) tally.unsure += 1;
  } else if (!readable || isReply(message)) tally.unreadable += 1;
  else tally.asked.set(keyOf(message["id"]), (tally.asked.get(keyOf(message["id"])) ?? 0) + 1);
}

type Members = Readonly<Record<string, unknown>>;

const isReply = (message: Members) => !("method" in message) && ("result" in message || "error" in message);

/** Whether it is a notification or a reply as JSON-RPC has them, and so gets no answer. */
function isSilent(message: Members): boolean {
  const { jsonrpc, id, method, params, result, error } = message;
  const readable = typeof id === "string" || Number.isSafeInteger(id);
  const only = (...members: string[]) =>
    jsonrpc === "2.0" && Object.keys(message).every((key) => key === "jsonrpc" || members.includes(key));
  if ("method" in message)
    return only("method", "params") && typeof method === "string" && (params === undefined || isObject(params));
  if ("result" in message) return only("id", "result") && readable && isObject(result);
  return (
    only("id", "error") &&
    (readable || id === undefined) &&
    isObject(error) &&
    Number.isSafeInteger(error["code"]) &&
    typeof error["message"] === "string"
  );
}

function isObject(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function hasMeta(value: unknown): boolean {
  return isObject(value) && "_meta" in value;
}
