import type { Server } from "node:net";
import type { Lines } from "./channel-lines.ts";

/** What carries the operator channel: Unix sockets, or TCP on 127.0.0.1. */
export type TransportKind = "socket" | "tcp";

/** Unix sockets where there are any. Node has none on Windows. */
export const defaultTransport: TransportKind = process.platform === "win32" ? "tcp" : "socket";

/** The transport as people read it. */
export const transportNames = {
  socket: "Unix sockets",
  tcp: "TCP on 127.0.0.1",
} as const satisfies Record<TransportKind, string>;

/** A request of a client that may send one. */
export interface Received {
  readonly request: string;
  /** The line that carries the answer, so that the client believes it. */
  seal(answer: string): string;
}

/** The server's half of a transport. */
interface Entrance {
  /** Reads the request of a connection. Rejects with RejectedError or LineError if the client may not send one. */
  receive(lines: Lines): Promise<Received>;
  /** Removes what clients find. */
  remove(): void;
}

/** Makes `server` listen where clients find it by the files in `folder`. Raises UserError and system errors. */
export type Listen = (server: Server, folder: string) => Promise<Entrance>;

/** The client's half of a transport: how it reaches one server. */
export interface Door {
  readonly address: { readonly path: string } | { readonly host: string; readonly port: number };
  /**
   * Sends the request, and gives the answer, which has `patience` milliseconds to come. Rejects with UnprovenError or
   * LineError.
   */
  exchange(lines: Lines, request: string, patience: number): Promise<string>;
}

/** The client did not say what one of this user's commands says. */
export class RejectedError extends Error {
  override readonly name = "RejectedError";
}

/** The program at the other end did not prove that it is the server. It got no request. */
export class UnprovenError extends Error {
  override readonly name = "UnprovenError";
  /** Whether it ended the connection. A server does so too if it has too many. */
  readonly isClosed: boolean;

  constructor(isClosed: boolean) {
    super();
    this.isClosed = isClosed;
  }
}
