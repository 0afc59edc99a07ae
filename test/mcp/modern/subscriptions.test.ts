/** `subscriptions/listen`: notifications that were asked for, each with the id of the request that asked. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Service, startService } from "../../support/client.ts";
import { metaKeys, startModern } from "../../support/modern.ts";

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service[Symbol.asyncDispose]());

describe("a subscription", () => {
  it("is acknowledged first, without notifications that never come", async () => {
    await using server = startModern({ env: service.env });
    const everything = {
      toolsListChanged: true,
      promptsListChanged: true,
      resourcesListChanged: true,
      resourceSubscriptions: ["cognito-identity://pools/eu-west-1"],
    };
    // Nothing that this server lists changes.
    for (const notifications of [everything, { resourcesListChanged: false, toolsListChanged: true }, {}]) {
      const id = await server.send("subscriptions/listen", { notifications });
      const first = await server.raw.until((all) => all.find((answer) => subscriptionOf(answer) === id));
      expect(first).toEqual({
        jsonrpc: "2.0",
        method: "notifications/subscriptions/acknowledged",
        params: { _meta: { [metaKeys.subscription]: id }, notifications: {} },
      });
    }
  });

  it("ends when the client cancels it, without an answer, or with the server, with one", async () => {
    await using server = startModern({ env: service.env });
    const [cancelled, kept] = [
      await server.send("subscriptions/listen", { notifications: { resourcesListChanged: true } }),
      await server.send("subscriptions/listen", { notifications: { resourcesListChanged: true } }),
    ];
    await server.call("create-identity-pool", { IdentityPoolName: "one", AllowUnauthenticatedIdentities: false });
    await server.raw.write({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: cancelled } });
    expect(await server.raw.leave()).toMatchObject({ code: 0 });
    const ended = server.raw.answers.filter(({ id }) => id === cancelled || id === kept);
    expect(ended.map(({ id }) => id)).toEqual([kept]);
    expect(ended[0]?.result).toMatchObject({ resultType: "complete", _meta: { [metaKeys.subscription]: kept } });
    expect(server.raw.answers.filter(({ method }) => method === "notifications/resources/list_changed")).toEqual([]);
  });

  it("is refused when 64 are open, and taken again when one ends", async () => {
    await using server = startModern({ env: service.env });
    const ids: number[] = [];
    for (let count = 0; count < 64; count += 1)
      ids.push(await server.send("subscriptions/listen", { notifications: {} }));
    expect((await server.ask("subscriptions/listen", { notifications: {} })).error).toMatchObject({ code: -32603 });
    await server.raw.write({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: ids[5] } });
    const id = await server.send("subscriptions/listen", { notifications: {} });
    await server.raw.until((all) => all.find((answer) => subscriptionOf(answer) === id));
  });
});

function subscriptionOf({ params }: { readonly params?: Record<string, unknown> }): unknown {
  return (params?.["_meta"] as Record<string, unknown> | undefined)?.[metaKeys.subscription];
}
