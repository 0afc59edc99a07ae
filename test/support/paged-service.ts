/** A service whose lists have as many pages as a test wants, and which holds, fails or lies at the page that the test says. */
import { createServer, type ServerResponse } from "node:http";
import { environmentFor } from "./client.ts";

interface Reply {
  readonly status?: number;
  readonly body: object;
}

/** What the calls that tests page and follow have in common. */
export interface PagedInput {
  readonly NextToken?: string;
  readonly IdentityPoolId?: string;
}

/** Answers each call with what `reply` gives for its number from 1 on and its input; undefined leaves it open. */
export async function startPagedService(
  reply: (turn: number, input: PagedInput) => Reply | undefined | Promise<Reply | undefined>,
) {
  const inputs: PagedInput[] = [];
  const held: ServerResponse[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => void answer(JSON.parse(Buffer.concat(chunks).toString()), response));
  });

  async function answer(input: PagedInput, response: ServerResponse): Promise<void> {
    inputs.push(input);
    const { status = 200, body } = (await reply(inputs.length, input)) ?? {};
    if (!body) {
      held.push(response);
      return;
    }
    response.writeHead(status, { "content-type": "application/x-amz-json-1.1" });
    response.end(JSON.stringify(body));
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    env: environmentFor(`http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}`),
    /** What the calls asked for, in order. */
    inputs,
    /** Calls that were left open. */
    held,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A page of 60 pools with names of that length; the token is the page's number. */
export function pageOfPools({ NextToken = "0" }: { NextToken?: string }, pages: number, nameLength = 8) {
  const page = Number(NextToken);
  const IdentityPools = Array.from({ length: 60 }, (_, position) => ({
    IdentityPoolId: `eu-west-1:00000000-0000-4000-8000-${String(page * 60 + position).padStart(12, "0")}`,
    IdentityPoolName: `pool ${page * 60 + position}`.padEnd(nameLength, "."),
  }));
  return { IdentityPools, ...(page + 1 < pages && { NextToken: String(page + 1) }) };
}
