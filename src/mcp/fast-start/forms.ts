/**
 * The forms of messages that the fast start accepts: only those that MCP's own schemas accept too. A test compares them. Members that
 * MCP does not define may have any value. The server decides about all other messages.
 */
import { type Fields, isRecord } from "../../util/json.ts";
import { MODERN_VERSIONS } from "../era.ts";

/** The id of a request. */
type Id = string | number;

export interface InitializeRequest {
  readonly jsonrpc: "2.0";
  readonly id: Id;
  readonly method: "initialize";
  readonly params: { readonly protocolVersion: string; readonly [member: string]: unknown };
}

/** A request with no parameters but `_meta`. */
export interface PlainRequest {
  readonly id: Id;
  readonly method: string;
}

export interface ListenRequest extends PlainRequest {
  readonly jsonrpc: "2.0";
  readonly method: "subscriptions/listen";
}

/** Notifications from which nothing follows. */
const notifications: ReadonlySet<unknown> = new Set(["notifications/initialized", "notifications/roots/list_changed"]);

/** Members of `_meta` with this prefix change what a message means: they tell the version of the protocol, or a task. */
const PROTOCOL_PREFIX = "io.modelcontextprotocol/";
const RELATED_TASK = `${PROTOCOL_PREFIX}related-task`;

type Form = (value: unknown) => boolean;

const string: Form = (value) => typeof value === "string";
const boolean: Form = (value) => typeof value === "boolean";
const object: Form = (value) => typeof value === "object" && value !== null;
const id: Form = (value) => string(value) || Number.isSafeInteger(value);
const oneOf =
  (...values: readonly unknown[]): Form =>
  (value) =>
    values.includes(value);
const list =
  (form: Form): Form =>
  (value) =>
    Array.isArray(value) && value.every(form);
const map =
  (form: Form): Form =>
  (value) =>
    isRecord(value) && Object.values(value).every(form);

/** An object in which each of these members is absent or has its form. */
function members(forms: Readonly<Record<string, Form>>, required: readonly string[] = []): Form {
  return (value) =>
    isRecord(value) &&
    required.every((name) => Object.hasOwn(value, name)) &&
    Object.entries(forms).every(([name, form]) => !Object.hasOwn(value, name) || form(value[name]));
}

const anyMeta = members({ progressToken: id, [RELATED_TASK]: () => false });

const meta: Form = (value) =>
  anyMeta(value) && !Object.keys(value as Fields).some((name) => name.startsWith(PROTOCOL_PREFIX));

const icon = members({ src: string, mimeType: string, sizes: list(string), theme: oneOf("light", "dark") }, ["src"]);

const clientInfo = members(
  {
    name: string,
    title: string,
    version: string,
    description: string,
    websiteUrl: string,
    icons: list(icon),
  },
  ["name", "version"],
);

const capabilities = members({
  elicitation: members({ form: members({ applyDefaults: boolean }), url: object }),
  experimental: map(object),
  extensions: map(object),
  roots: members({ listChanged: boolean }),
  sampling: members({ context: object, tools: object }),
  tasks: members({
    list: object,
    cancel: object,
    requests: members({ sampling: members({ createMessage: object }), elicitation: members({ create: object }) }),
  }),
});

const initializeParams = members({ protocolVersion: string, capabilities, clientInfo, _meta: meta }, [
  "protocolVersion",
  "capabilities",
  "clientInfo",
]);

/** Without a cursor: the server decides about cursors. */
const plainParams: Form = (value) => members({ _meta: meta })(value) && !Object.hasOwn(value as Fields, "cursor");

export function isInitializeRequest(message: unknown): message is InitializeRequest {
  return isRequest(message) && message["method"] === "initialize" && initializeParams(message["params"]);
}

/** Accepts any method. */
export function isPlainRequest(message: unknown): message is PlainRequest {
  return isRequest(message) && (message["params"] === undefined || plainParams(message["params"]));
}

/** A notification from which nothing follows. */
export function isPlainNotification(message: unknown): message is { readonly method: string } {
  if (!isRecord(message)) return false;
  const { jsonrpc, method, params, ...more } = message;
  return (
    jsonrpc === "2.0" &&
    notifications.has(method) &&
    Object.keys(more).length === 0 &&
    // Zed sends null.
    (params === undefined || params === null || plainParams(params))
  );
}

const subscriptionFilter = members({
  toolsListChanged: boolean,
  promptsListChanged: boolean,
  resourcesListChanged: boolean,
  resourceSubscriptions: list(string),
});

const statelessMeta = members(
  {
    progressToken: id,
    [RELATED_TASK]: () => false,
    [`${PROTOCOL_PREFIX}protocolVersion`]: oneOf(...MODERN_VERSIONS),
    [`${PROTOCOL_PREFIX}clientCapabilities`]: capabilities,
    [`${PROTOCOL_PREFIX}clientInfo`]: clientInfo,
  },
  [`${PROTOCOL_PREFIX}protocolVersion`, `${PROTOCOL_PREFIX}clientCapabilities`],
);

/** A request that tells in `_meta` a version of MCP in which each request stands alone, and what the client can do. Accepts any method. */
export function isStatelessRequest(message: unknown): message is PlainRequest {
  return (
    isRequest(message) &&
    members({ _meta: statelessMeta }, ["_meta"])(message["params"]) &&
    !Object.hasOwn(message["params"] as Fields, "cursor")
  );
}

/** A request of such a version for notifications, none of which ever come. */
export function isListenRequest(message: unknown): message is ListenRequest {
  if (!isStatelessRequest(message) || message.method !== "subscriptions/listen") return false;
  const { params } = message as { readonly params?: unknown };
  return members({ notifications: subscriptionFilter }, ["notifications"])(params);
}

function isRequest(message: unknown): message is Fields {
  if (!isRecord(message)) return false;
  const { jsonrpc, id: given, method, params: _, ...more } = message;
  return jsonrpc === "2.0" && id(given) && string(method) && Object.keys(more).length === 0;
}
