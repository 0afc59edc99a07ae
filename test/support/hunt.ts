/** A server that serves a service which repeats secrets wherever it can, and all that the server then says to anybody. */
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import fc from "fast-check";
import { catalogue } from "../../src/tools/catalogue.ts";
import { outputSchema } from "../../src/tools/json-schema.ts";
import { encodings, findLeak, plainSecret, written } from "./canary.ts";
import { approve, arnOf, type Reply, type Session, startPuppet, startServer } from "./client.ts";

const NEWLINE = 10;

const id = "eu-west-1:00000000-0000-4000-8000-000000000000";
const otherId = "eu-west-1:11111111-0000-4000-8000-000000000000";
const provider = "accounts.google.com";

/** Arguments of every tool that are good, with a text of the caller's where there may be any. */
export const inputs: Readonly<Record<string, (text: string) => object>> = {
  "list-identity-pools": (NextToken) => ({ NextToken }),
  "describe-identity-pool": () => ({ IdentityPoolId: id }),
  "create-identity-pool": (text) => ({
    IdentityPoolName: "name",
    AllowUnauthenticatedIdentities: false,
    IdentityPoolTags: { tag: text },
  }),
  "update-identity-pool": (text) => ({ IdentityPoolId: id, IdentityPoolTags: { tag: text, other: "value" } }),
  "delete-identity-pool": () => ({ IdentityPoolId: id }),
  "get-identity-pool-roles": () => ({ IdentityPoolId: id }),
  "set-identity-pool-roles": (text) => ({
    IdentityPoolId: id,
    Roles: { authenticated: `arn:aws:iam::000000000000:role/${text}` },
  }),
  "get-principal-tag-attribute-map": (IdentityProviderName) => ({ IdentityPoolId: id, IdentityProviderName }),
  "set-principal-tag-attribute-map": (text) => ({
    IdentityPoolId: id,
    IdentityProviderName: provider,
    PrincipalTags: { tag: text },
  }),
  "list-tags-for-resource": () => ({ ResourceArn: arnOf(id) }),
  "tag-resource": (text) => ({ ResourceArn: arnOf(id), Tags: { tag: text, other: "value" } }),
  "untag-resource": (text) => ({ ResourceArn: arnOf(id), TagKeys: [text, "tag"] }),
  "get-id": () => ({ IdentityPoolId: id }),
  "list-identities": (NextToken) => ({ IdentityPoolId: id, NextToken }),
  "describe-identity": () => ({ IdentityId: id }),
  "delete-identities": () => ({ IdentityIdsToDelete: [id, otherId] }),
  "unlink-identity": () => ({ IdentityId: id, Logins: { [provider]: "another token" } }),
  "get-credentials-for-identity": () => ({ IdentityId: id }),
  "get-open-id-token": () => ({ IdentityId: id }),
  "get-open-id-token-for-developer-identity": (text) => ({ IdentityPoolId: id, Logins: { "login.app": text } }),
  "lookup-developer-identity": (text) => ({ IdentityPoolId: id, DeveloperUserIdentifier: text }),
  "merge-developer-identities": (text) => ({
    IdentityPoolId: id,
    SourceUserIdentifier: text,
    DestinationUserIdentifier: "other",
    DeveloperProviderName: "login.app",
  }),
  "unlink-developer-identity": (text) => ({
    IdentityPoolId: id,
    IdentityId: id,
    DeveloperProviderName: "login.app",
    DeveloperUserIdentifier: text,
  }),
};

export const toolNames = Object.keys(inputs);

const takesLogins = new Set(["get-id", "unlink-identity", "get-credentials-for-identity", "get-open-id-token"]);

const vendTools = catalogue.filter(({ effect }) => effect === "vend").map(({ name }) => name);

/** What all cases have: one secret, how it is repeated, and in which texts of an answer: the bits of a number. */
const repeated = {
  secret: plainSecret,
  encoding: fc.constantFrom(...Object.keys(encodings)),
  around: written,
  repeats: fc.nat(),
};

/** How the secret comes in, what AWS answers, and to whom the server then speaks. */
export const huntCase = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.record({
      ...repeated,
      tool: fc.constantFrom(...toolNames),
      known: fc.constantFrom("before", "in this call"),
      input: fc.constantFrom("good", "with it", "with an unknown member", "with it as a name", "of the wrong type"),
      answer: fc.constantFrom(
        "success",
        "error",
        "error of that name",
        "request id",
        "HTML",
        "broken JSON",
        "wrong shape",
      ),
      client: fc.constantFrom<keyof Sessions>("asks", "cannot ask"),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      ...repeated,
      tool: fc.constantFrom(...vendTools),
      known: fc.constant("by the answer"),
      input: fc.constantFrom("good", "with it"),
      answer: fc.constant("success"),
      client: fc.constantFrom<keyof Sessions>("asks", "cannot ask"),
    }),
  },
);

type Case = ReturnType<typeof huntCase.generate>["value_"];

interface Sessions {
  readonly asks: Session;
  readonly "cannot ask": Session;
}

export interface Hunt extends AsyncDisposable {
  /** Carries a case out; gives what of the secret was said to anybody, and all that was said. */
  run(hunted: Case): Promise<{ leak: string | undefined; said: string }>;
}

/**
 * Starts servers of `program` for clients of each kind. Every case in which a secret comes back counts as an attempt to guess it, so the
 * program must be built without the protection that ends a server after three of them.
 */
export async function startHunt(program: string): Promise<Hunt> {
  const runtime = mkdtempSync(join(tmpdir(), "cognito-identity-"));
  let reply: (operation: string) => Reply = () => ({ status: 500, body: "" });
  const puppet = await startPuppet((operation) => reply(operation));
  const options = { env: { ...puppet.env, XDG_RUNTIME_DIR: runtime }, program };
  const auditOf = (kind: string) => join(runtime, `${kind.replaceAll(" ", "-")}.jsonl`);
  const audited = (kind: keyof Sessions) => ["--audit", auditOf(kind)];
  const sessions: Sessions = {
    asks: await startServer({ ...options, args: audited("asks"), respond: approve }),
    "cannot ask": await startServer({ ...options, args: audited("cannot ask") }),
  };
  const sessionsOpen = Object.values(sessions);

  return {
    async run(hunted) {
      const { tool, secret, encoding, around, known, client } = hunted;
      const session: Session = sessions[client];
      const text = `${around.before}${encodings[encoding]?.(secret.piece)}${around.after}`;
      const nowKnown = known === "in this call" && takesLogins.has(tool);
      if (!nowKnown && known !== "by the answer") {
        reply = () => ({ status: 200, body: { IdentityId: id, Token: secret.value } });
        await session.call("get-open-id-token", { IdentityId: id });
      }
      reply = (operation) => replyFor(operation, hunted, text);
      const before = {
        stderr: session.stderr().length,
        questions: session.questions.length,
        audit: statSync(auditOf(client)).size,
      };
      // A caller that brings a token may say it elsewhere too: that is not for the server to hide. What AWS answers is.
      const kind = nowKnown && hunted.input !== "of the wrong type" ? "good" : hunted.input;
      const input = { ...inputFor({ tool, input: kind }, text), ...(nowKnown && { Logins: loginsFor(hunted) }) };
      const answer = await session.client.callTool({ name: tool, arguments: input });
      const waiting =
        client === "cannot ask"
          ? await askChannel(join(runtime, "cognito-identity-mcp", `${session.pid}.sock`))
          : undefined;
      const plans = [session.questions.slice(before.questions), waiting];
      const records = await recordsAfter(auditOf(client), before.audit);
      const intents = records.filter(({ record }) => record === "intent");
      const said = [
        ...leaves(nowKnown ? withoutPlan(answer) : answer),
        // Plans show what the account holds in any case: a caller must not be able to hide a part by passing it as a token.
        ...(nowKnown ? [] : leaves(plans)),
        session.stderr().slice(before.stderr),
        // An intent is written before AWS answers: what the answer vends was no secret then. And it holds the plan.
        ...(nowKnown || known === "by the answer" ? [] : leaves(intents)),
        ...leaves(records.filter((record) => !intents.includes(record))),
      ].join("\n");
      return { leak: findLeak(said, secret.value), said };
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(sessionsOpen.map((session) => session[Symbol.asyncDispose]()));
      puppet.close();
      rmSync(runtime, { recursive: true, force: true });
    },
  };
}

/** An answer without the plan that it shows, which stands in its text as well. */
function withoutPlan({ structuredContent, content }: Awaited<ReturnType<Session["client"]["callTool"]>>): unknown {
  const { plan, ...rest } = (structuredContent ?? {}) as Record<string, unknown>;
  return plan === undefined ? { rest, content } : rest;
}

function inputFor({ tool, input }: Pick<Case, "tool" | "input">, text: string): Record<string, unknown> {
  const good = { ...inputs[tool]?.("ordinary") };
  switch (input) {
    case "good":
      return good;
    case "with it":
      return { ...inputs[tool]?.(text) };
    case "with an unknown member":
      return { ...good, [text]: text };
    case "with it as a name":
      return { ...good, IdentityPoolId: text, IdentityId: text, Tags: { [text]: text }, Logins: { [text]: "x" } };
    case "of the wrong type":
      return Object.fromEntries(Object.keys(good).map((key) => [key, { [text]: text }]));
  }
}

/** As they should be, or with the secret where it does not belong. */
function loginsFor({ input, secret: { value } }: Case): unknown {
  if (input !== "of the wrong type") return { [provider]: value };
  return value.length % 2 === 0 ? { [provider]: [{ token: value }] } : value;
}

function replyFor(operation: string, { answer, repeats, secret, known, tool }: Case, text: string): Reply {
  const isLast = operation === commandOf(tool).replace(/Command$/, "");
  if (answer === "success" || !isLast) {
    let number = 0;
    const vended = known === "by the answer" ? secret.value : "vended";
    const body = fill(operation, vended, () => ((repeats >>> (number++ % 31)) & 1 ? text : "ordinary"));
    return { status: 200, body };
  }
  switch (answer) {
    case "error":
      return { status: 400, body: { __type: "NotAuthorizedException", message: `Invalid login token. ${text}`, text } };
    case "error of that name":
      return { status: 400, body: { __type: text, message: text } };
    case "request id":
      return { status: 400, body: { __type: "ResourceNotFoundException" }, requestId: text.replace(/[^ -~]/g, "") };
    case "HTML":
      return { status: 502, body: `<html>${text}</html>` };
    case "broken JSON":
      return { status: 200, body: `{"IdentityId": "${text}` };
    case "wrong shape":
      return { status: 200, body: fill(operation, "vended", () => ({ [text]: [text] })) };
  }
}

function commandOf(tool: string): string {
  return catalogue.find(({ name }) => name === tool)?.command ?? "";
}

interface JsonSchema {
  readonly type?: string;
  readonly format?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema;
  readonly items?: JsonSchema;
}

const secretMembers = new Set(["SecretKey", "SessionToken", "Token", "AccessKeyId"]);

/** A response of the operation with every member that there is. */
function fill(operation: string, vended: string, text: () => unknown): unknown {
  const tool = catalogue.find(({ command }) => command === `${operation}Command`);
  return tool && fillSchema(outputSchema(tool), "");

  function fillSchema(schema: JsonSchema, member: string): unknown {
    if (schema.type === "array") return [1, 2].map(() => fillSchema(schema.items ?? {}, member));
    if (schema.additionalProperties) {
      const value = schema.additionalProperties;
      return { tag: fillSchema(value, ""), [String(text())]: fillSchema(value, "") };
    }
    if (schema.properties)
      return Object.fromEntries(Object.entries(schema.properties).map(([key, inner]) => [key, fillSchema(inner, key)]));
    if (schema.format === "date-time") return 1_700_000_000;
    if (schema.type === "boolean") return true;
    return secretMembers.has(member) ? vended : text();
  }
}

/** The records of an audit file from a place on; all of them where the file was begun anew meanwhile. */
async function recordsAfter(file: string, place: number): Promise<{ readonly record: string }[]> {
  let written = readFileSync(file);
  // A record that is being written can be read in part.
  while (written.length > 0 && written.at(-1) !== NEWLINE) {
    await setTimeout(5);
    written = readFileSync(file);
  }
  const lines = written
    .subarray(written.length < place ? 0 : place)
    .toString()
    .split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line));
}

/** Every string and key in a JSON value. */
function leaves(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, entry]) => [key, ...leaves(entry)]);
}

/** The plans that wait at a server, as the approve command reads them, and what comes of a no to each; nothing if none ever waited. */
export async function askChannel(path: string): Promise<unknown[]> {
  const list = await askOnce(path, { ask: "waiting" });
  const { waiting = [] } = (list ?? {}) as { waiting?: { code: string; binding: string }[] };
  const answers = waiting.map(({ code, binding }) => askOnce(path, { ask: "answer", code, binding, said: "no" }));
  return [list, ...(await Promise.all(answers))];
}

function askOnce(path: string, question: object): Promise<unknown> {
  return new Promise((resolve, reject) => {
    let answer = "";
    const socket = connect(path, () => socket.write(`${JSON.stringify(question)}\n`));
    socket.on("data", (chunk) => {
      answer += chunk.toString();
    });
    socket.once("end", () => resolve(JSON.parse(answer)));
    socket.once("error", (error: NodeJS.ErrnoException) =>
      error.code === "ENOENT" ? resolve(undefined) : reject(error),
    );
  });
}
