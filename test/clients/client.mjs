/** What the programs share: the server that they start, and what each does with it. */

/** `server` is started by the client, and has the pool `pool`. */
export const { server, pool } = JSON.parse(process.env.CLIENT_TASK ?? "{}");

/**
 * Lists, reads, vends and tries to delete, and writes what came of it to stdout as one line of JSON. `list` gives the names of the
 * tools. `call` may reject where the client makes an exception of a refusal.
 */
export async function run({ list, read, call, close }) {
  const tools = await list();
  const resource = await read(`cognito-identity://pool/${pool}`);
  const identity = JSON.stringify(await call("get-id", { IdentityPoolId: pool }));
  const [IdentityId] = /[a-z]+(-[a-z]+)+-\d:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/.exec(identity) ?? [];
  const vended = await call("get-credentials-for-identity", { IdentityId });
  const refused = await call("delete-identity-pool", { IdentityPoolId: pool }).catch((error) => String(error));
  await close();
  process.stdout.write(`${JSON.stringify({ tools, resource, vended, refused })}\n`);
}
