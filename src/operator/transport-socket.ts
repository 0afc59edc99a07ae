/** The operator channel on a Unix socket, in a folder that only this user can enter: the folder is the protection. */

import { chmodSync } from "node:fs";
import { join } from "node:path";
import { listening, removeStale } from "./channel-files.ts";
import { CHANNEL_TIMEOUT_MS, MAX_ANSWER, MAX_REQUEST } from "./channel-protocol.ts";
import type { Door, Listen } from "./transport.ts";

/** Listens on the socket `PID.sock`. */
export const listenOnSocket: Listen = async (server, folder) => {
  const path = join(folder, `${process.pid}.sock`);
  removeStale(path);
  await listening(server, { path });
  chmodSync(path, 0o600);
  return {
    async receive(lines) {
      lines.limit(CHANNEL_TIMEOUT_MS);
      return { request: await lines.read(MAX_REQUEST), seal: (answer) => answer };
    },
    // Node removes the socket of a server that is closed.
    remove() {},
  };
};

/** The way to the server that listens on the socket at `path`. */
export function socketDoor(path: string): Door {
  return {
    address: { path },
    async exchange(lines, request, patience) {
      lines.limit(patience);
      lines.write(request);
      return await lines.read(MAX_ANSWER);
    },
  };
}
