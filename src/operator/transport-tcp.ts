/**
 * The operator channel on 127.0.0.1, for systems without Unix sockets. Every user of the machine can connect to a port, and a
 * port can pass to another program, so both ends prove that they know the secret in the file `PID.tcp`, which only this user can
 * read. The lines of a connection, with NONCE and PROOF in base64url:
 *
 *     client: hello NONCE
 *     server: server NONCE PROOF
 *     client: request PROOF REQUEST
 *     server: answer PROOF ANSWER
 */

import { randomBytes } from "node:crypto";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type ChannelAddress, listening, writeAddress } from "./channel-files.ts";
import { LineError, type Lines } from "./channel-lines.ts";
import { type Conversation, ENCODED, isProof, newNonce, proofOf, SECRET_BYTES } from "./channel-proofs.ts";
import { CHANNEL_TIMEOUT_MS, MAX_ANSWER, MAX_REQUEST } from "./channel-protocol.ts";
import { type Door, type Listen, RejectedError, UnprovenError } from "./transport.ts";

const HOST = "127.0.0.1";

/** The maximum length of what precedes a request or an answer, and of the lines that hold neither, in characters. */
const MAX_HEAD = 128;

const hello = new RegExp(`^hello (${ENCODED})$`);
const server = new RegExp(`^server (${ENCODED}) (${ENCODED})$`);
// JSON can contain U+2028, which a dot matches only with the flag s.
const request = new RegExp(`^request (${ENCODED}) (.*)$`, "s");
const answer = new RegExp(`^answer (${ENCODED}) (.*)$`, "s");

/** Listens on a free port, and writes it with a new secret to `PID.tcp`. */
export const listenOnTcp: Listen = async (listener, folder) => {
  await listening(listener, { host: HOST, port: 0 });
  const { port } = listener.address() as AddressInfo;
  const secret = randomBytes(SECRET_BYTES);
  const remove = writeAddress(join(folder, `${process.pid}.tcp`), { port, secret });
  return { receive: (lines) => receive(lines, secret), remove };
};

async function receive(lines: Lines, secret: Buffer) {
  lines.limit(CHANNEL_TIMEOUT_MS);
  const [clientNonce] = parts(hello, await lines.read(MAX_HEAD));
  const conversation = { secret, clientNonce, serverNonce: newNonce() };
  lines.write(`server ${conversation.serverNonce} ${proofOf(conversation, { role: "server" })}`);
  const [proof, asked] = parts(request, await lines.read(MAX_HEAD + MAX_REQUEST));
  if (!isProof(proof, conversation, { role: "request", request: asked })) throw new RejectedError("wrong proof");
  return {
    request: asked,
    seal: (text: string) => `answer ${proofOf(conversation, { role: "answer", request: asked, answer: text })} ${text}`,
  };
}

/** The way to the server that wrote this file. */
export function tcpDoor({ port, secret }: ChannelAddress): Door {
  return {
    address: { host: HOST, port },
    async exchange(lines, asked, patience) {
      lines.limit(CHANNEL_TIMEOUT_MS);
      const conversation = await greet(lines, secret);
      lines.limit(patience);
      lines.write(`request ${proofOf(conversation, { role: "request", request: asked })} ${asked}`);
      const [proof, text] = parts(answer, await lines.read(MAX_HEAD + MAX_ANSWER));
      if (!isProof(proof, conversation, { role: "answer", request: asked, answer: text }))
        throw new RejectedError("wrong proof");
      return text;
    },
  };
}

/** Sends only a nonce. Rejects with UnprovenError if what answers is not the server. */
async function greet(lines: Lines, secret: Buffer): Promise<Conversation> {
  const clientNonce = newNonce();
  lines.write(`hello ${clientNonce}`);
  try {
    const [serverNonce, proof] = parts(server, await lines.read(MAX_HEAD));
    const conversation = { secret, clientNonce, serverNonce };
    if (isProof(proof, conversation, { role: "server" })) return conversation;
  } catch (error) {
    throw new UnprovenError(error instanceof LineError && error.failure === "closed");
  }
  throw new UnprovenError(false);
}

/** The parts of a line. Raises RejectedError for a line of another form. */
function parts(form: RegExp, line: string): [first: string, second: string] {
  const [, first, second = ""] = form.exec(line) ?? [];
  if (first === undefined) throw new RejectedError("malformed line");
  return [first, second];
}
