/** A form that the client has answered is over: nothing withdraws it afterwards. */
import { expect, it } from "vitest";
import { approve, arnOf, createPool, startService } from "../../support/client.ts";
import { startWire } from "../../support/wire.ts";

it.each([
  ["a yes", approve],
  ["a no", () => ({ action: "accept" as const, content: { answer: "no" } })],
  ["Cancel", () => ({ action: "cancel" as const })],
])("the server sends no cancellation for a form that got %s", async (_, answer) => {
  await using service = await startService();
  const pool = await createPool(service.sdk);
  await using wire = await startWire([], { ...service.env, COGNITO_IDENTITY_MCP_CALL_WAIT: "1" });
  const call = wire.call("tag-resource", { ResourceArn: arnOf(pool), Tags: { env: "test" } });
  await wire.until(() => wire.questions.length === 1);
  for (const { id, params } of wire.questions) wire.send({ id, result: { ...(await answer(params)) } });
  await wire.answerTo(call);
  // Its end withdraws every form that is open.
  await wire.hangUp("stdin");
  expect(wire.takenBack).toEqual([]);
});
