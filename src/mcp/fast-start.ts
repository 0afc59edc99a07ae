/**
 * What every host says first, answered before the rest of the server is loaded. A host starts its servers to list their
 * tools, and most are then never called: until something else comes, this file and the settings are all that runs.
 *
 * It answers one `initialize` and one `tools/list`, where each has one of the plain forms below. Whatever else is said is left
 * to the server, which hears of the `initialize` too, and stays the one that decides what MCP is. The answers are the server's
 * own, which scripts/build.ts asks it for; but for the id and the version, nothing in them comes from outside.
 */
import { isAscii } from "node:buffer";
import type { Readable, Writable } from "node:stream";
import { levelOf, type Policy, permitTool } from "../guards/policy.ts";
import type { Effect } from "../tools/tool.ts";

/** What the server answers, asked of it when it is built. */
export interface Answers {
  /** The versions of MCP that it speaks, the one that it proposes first. */
  readonly versions: readonly string[];
  /** The result of `initialize`. */
  readonly hello: object;
  /** What no secret can take out of an answer. */
  readonly words: string;
  readonly tools: readonly Entry[];
}

interface Entry {
  readonly name: string;
  readonly effect: Effect;
  /** The tool as `tools/list` shows it, in JSON. */
  readonly listed: string;
  /** The same where the operator wants two steps, for a tool that can have them. */
  readonly twoStep?: string;
}

/** What was heard before the server was there. */
export interface Opened {
  /** Messages to tell it of, the first of which has had its answer. */
  readonly said: readonly Said[];
  /** What came after them. */
  readonly rest: Buffer;
}

type Said = Hello | typeof initialized;
type Id = string | number;
type Fields = Readonly<Record<string, unknown>>;

interface Hello {
  readonly jsonrpc: "2.0";
  readonly id: Id;
  readonly method: "initialize";
  readonly params: { readonly protocolVersion: string; readonly [member: string]: unknown };
}

const initialized = { jsonrpc: "2.0", method: "notifications/initialized" } as const;

/** Bytes of a line; the first ones have some hundreds. */
const MOST_BYTES = 16 * 1024;

const LINE_FEED = 0x0a;

/** Answers what it can, and resolves at the first line that it cannot. At the end of stdin, the process ends. */
export function open(
  answers: Answers,
  policy: Policy,
  stdin: Readable = process.stdin,
  stdout: Writable = process.stdout,
): Promise<Opened> {
  const said: Said[] = [];
  let isListed = false;
  let rest: Buffer = Buffer.alloc(0);

  /** Whether the line needs nothing but this file. */
  function answer(line: Buffer): boolean {
    const message = parse(line);
    if (said.length === 0) {
      if (!isHello(message)) return false;
      said.push(message);
      const { protocolVersion: asked } = message.params;
      const protocolVersion = answers.versions.includes(asked) ? asked : answers.versions[0];
      write(message.id, JSON.stringify({ ...answers.hello, protocolVersion }));
      return true;
    }
    if (said.length === 1 && isInitialized(message)) {
      said.push(initialized);
      return true;
    }
    if (isListed || !isListing(message)) return false;
    isListed = true;
    write(message.id, `{"tools":[${listedUnder(answers.tools, policy).join(",")}]}`);
    return true;
  }

  function write(id: Id, result: string): void {
    stdout.write(`{"result":${result},"jsonrpc":"2.0","id":${JSON.stringify(id)}}\n`);
  }

  return new Promise((resolve) => {
    const leave = () => process.exit();
    const handOver = () => {
      stdin.off("data", read).off("end", handOver).pause();
      stdout.off("error", leave);
      process.off("SIGTERM", leave).off("SIGINT", leave);
      resolve({ said, rest });
    };
    const read = (chunk: Buffer) => {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      for (let end = rest.indexOf(LINE_FEED); end >= 0; end = rest.indexOf(LINE_FEED)) {
        if (!answer(rest.subarray(0, end))) return handOver();
        rest = rest.subarray(end + 1);
      }
      if (rest.length > MOST_BYTES) handOver();
    };
    stdin.on("data", read).once("end", () => (rest.length > 0 ? handOver() : leave()));
    // Nobody reads any more.
    stdout.once("error", leave);
    process.once("SIGTERM", leave).once("SIGINT", leave);
  });
}

/** The tools of which the operator lets a client know, in JSON. */
function listedUnder(tools: readonly Entry[], policy: Policy): string[] {
  return tools
    .filter((tool) => !permitTool(tool, policy))
    .map((tool) => (levelOf(tool, policy) === "two-step" ? (tool.twoStep ?? tool.listed) : tool.listed));
}

function parse(line: Buffer): unknown {
  if (line.length > MOST_BYTES || !isAscii(line)) return undefined;
  try {
    return JSON.parse(line.toString("latin1"));
  } catch {
    return undefined;
  }
}

/** What a plain value is: what `typeof` gives, objects by name, or members of which each may be left out. */
type Form = "string" | "boolean" | "objects" | { readonly [member: string]: Form };

const capabilities: Form = {
  elicitation: { form: { applyDefaults: "boolean" }, url: {} },
  experimental: "objects",
  extensions: "objects",
  roots: { listChanged: "boolean" },
  sampling: { context: {}, tools: {} },
  tasks: { list: {}, cancel: {}, requests: { sampling: { createMessage: {} }, elicitation: { create: {} } } },
};

/** What MCP's own schema takes without question. There is more that it takes; that is for the server to say. */
export function isHello(message: unknown): message is Hello {
  return (
    isRequest(message, "initialize") &&
    hasForm(message["params"], {
      protocolVersion: "string",
      capabilities,
      clientInfo: { name: "string", title: "string", version: "string" },
    }) &&
    hasAll(message["params"], ["protocolVersion", "capabilities", "clientInfo"]) &&
    hasAll((message["params"] as Fields)["clientInfo"], ["name", "version"])
  );
}

/** A list from its beginning. */
export function isListing(message: unknown): message is { readonly id: Id } {
  return isRequest(message, "tools/list") && (message["params"] === undefined || hasForm(message["params"], {}));
}

function isInitialized(message: unknown): boolean {
  if (!hasForm(message, { jsonrpc: "string", method: "string" })) return false;
  const { jsonrpc, method } = message as Fields;
  return jsonrpc === initialized.jsonrpc && method === initialized.method;
}

function isRequest(message: unknown, method: string): message is Fields {
  if (typeof message !== "object" || message === null) return false;
  const { jsonrpc, id, method: named, params: _, ...more } = message as Fields;
  const isId = typeof id === "string" || (typeof id === "number" && Number.isSafeInteger(id));
  return jsonrpc === "2.0" && isId && named === method && Object.keys(more).length === 0;
}

function hasForm(value: unknown, form: Form): boolean {
  if (form === "string" || form === "boolean") return typeof value === form;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  if (form === "objects") return Object.values(value).every((entry) => typeof entry === "object" && entry !== null);
  return Object.entries(value).every(([name, member]) => {
    const inner = Object.hasOwn(form, name) ? form[name] : undefined;
    return inner !== undefined && hasForm(member, inner);
  });
}

function hasAll(value: unknown, names: readonly string[]): boolean {
  return names.every((name) => Object.hasOwn(value as object, name));
}
