/** How AWS's records name who calls. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import { environmentFor, startServer } from "../support/client.ts";

it("each call names the product, its version, the SDK and the user's own app", async () => {
  const agents: (string | undefined)[] = [];
  await using aws = createServer((request, response) => {
    agents.push(request.headers["user-agent"]);
    response.writeHead(200, { "content-type": "application/x-amz-json-1.1" }).end('{"IdentityPools":[]}');
  });
  await new Promise<void>((resolve) => aws.listen(0, "127.0.0.1", resolve));
  const { port } = aws.address() as AddressInfo;
  await using session = await startServer({
    env: { ...environmentFor(`http://127.0.0.1:${port}`), AWS_SDK_UA_APP_ID: "pools of ours" },
  });
  await session.call("list-identity-pools");
  await session.call("list-identity-pools");
  const [first = ""] = agents;
  expect(first).toMatch(
    new RegExp(
      `^cognito-identity-mcp/${packageJson.version} aws-sdk-js/[\\d.]+ .*md/nodejs#[\\d.]+ .*app/pools-of-ours$`,
    ),
  );
  expect(agents).toEqual([first, first]);
});
