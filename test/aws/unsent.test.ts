/** Whether anything left: what failed before the connection stood leaves no doubt, and what was sent once keeps it. */
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { expect, it } from "vitest";
import { approve, startServer } from "../support/client.ts";

const id = "eu-west-1:00000000-0000-4000-8000-000000000000";
const env = { AWS_ACCESS_KEY_ID: "AKIDTEST", AWS_SECRET_ACCESS_KEY: "test", AWS_REGION: "eu-west-1" };

async function portOf(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

it.each<[string, (socket: Socket) => void, RegExp, string]>([
  ["is reset", (socket) => socket.resetAndDestroy(), /could not be reached/, "ECONNRESET"],
  ["is answered in plain text", (socket) => socket.end("HTTP/1.1 400 no\r\n\r\n"), /does not use TLS/, "EPROTO"],
])("a handshake that %s sends nothing", async (_, answer, words, code) => {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => answer(socket));
  });
  const endpoint = `https://127.0.0.1:${await portOf(server)}`;
  try {
    await using session = await startServer({ env, args: ["--endpoint-url", endpoint] });
    const input = { IdentityPoolName: "x", AllowUnauthenticatedIdentities: false };
    const { content } = await session.call("create-identity-pool", input);
    expect(content).toEqual({ failed: expect.stringMatching(words), next: expect.stringMatching(/[.)]$/), code });
  } finally {
    server.close();
  }
});

it("an update that was lost once stays in doubt, though nobody is there to be asked again", async () => {
  const server = createHttpServer((request, response) => {
    request.resume();
    request.on("end", () => {
      if (String(request.headers["x-amz-target"]).endsWith("UpdateIdentityPool")) {
        server.close();
        server.closeAllConnections();
        return;
      }
      response.end(
        JSON.stringify({ IdentityPoolId: id, IdentityPoolName: "x", AllowUnauthenticatedIdentities: false }),
      );
    });
  });
  const endpoint = `http://127.0.0.1:${await portOf(server)}`;
  await using session = await startServer({ env, args: ["--endpoint-url", endpoint], respond: approve });
  const { content } = await session.call("update-identity-pool", { IdentityPoolId: id, IdentityPoolName: "y" });
  // The account cannot be read before the next attempt, so there is none.
  expect(content).toMatchObject({ code: "LostAnswerError", outcome: "unknown" });
});
