/** The HTTP server of the embedded service: its address, its port and how it closes. */
import { connect } from "node:net";
import { describe, expect, it } from "vitest";
import { serveLocal } from "../../src/local/http.ts";
import { createLocalService } from "../../src/local/service.ts";

describe("the HTTP server", () => {
  it("puts an IPv6 host in brackets in its URL", async () => {
    const server = await serveLocal(createLocalService(), { host: "::1" });
    expect(server.url).toBe(`http://[::1]:${server.port}`);
    expect((await fetch(`${server.url}/.well-known/jwks_uri`)).status).toBe(200);
    await server.close();
  });

  it("reports a port that is in use, and stops listening on close", async () => {
    const server = await serveLocal(createLocalService());
    await expect(serveLocal(createLocalService(), { port: server.port })).rejects.toMatchObject({ code: "EADDRINUSE" });
    await server.close();
    await expect(fetch(server.url)).rejects.toThrow();
  });

  it("closes without waiting for requests in progress", async () => {
    const server = await serveLocal(createLocalService());
    const socket = connect(server.port, "127.0.0.1");
    socket.on("error", () => {});
    await new Promise<void>((resolve) =>
      socket.write("POST / HTTP/1.1\r\nhost: localhost\r\nexpect: 100-continue\r\ncontent-length: 9\r\n\r\n", () =>
        socket.once("data", () => resolve()),
      ),
    );
    await server.close();
    await new Promise<void>((resolve) => (socket.closed ? resolve() : socket.once("close", () => resolve())));
  });
});
