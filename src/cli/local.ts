/** The embedded service, in this process or over HTTP. Its code is loaded only when it is used. */
import type { LocalFiles } from "../config/settings.ts";
import type { LocalService } from "../local/service.ts";
import { UserError } from "../util/user-error.ts";
import type { LocalRun } from "./args/local-options.ts";
import { reportFault } from "./stderr.ts";

/** Opens the service for use in this process. Raises UserError for files that cannot be used. */
export async function openLocal(files: LocalFiles, throttle = false): Promise<LocalService> {
  const { openLocalService } = await import("../local/service.ts");
  return await openLocalService(files, { throttle, onFault: reportFault });
}

/** The command `local`: serves over HTTP until a signal comes. `crash` is called with an error at the end. Raises UserError. */
export async function serveLocalService(
  { port, files, throttle, access }: LocalRun,
  crash: (error: unknown) => void,
): Promise<void> {
  const { serveLocal } = await import("../local/http.ts");
  const service = await openLocal(files, throttle);
  const server = await serveLocal(service, { port, access }).catch(async (error: NodeJS.ErrnoException) => {
    await service.close();
    throw new UserError(
      "settings",
      `cannot listen on port ${port} (${error.code}). Choose another with --port, or 0 for any.`,
    );
  });
  const where = files.state === undefined ? "in memory" : `kept in ${files.state}`;
  process.stdout.write(`Cognito Identity on ${server.url}, ${where}. Stop it with Ctrl+C.\n`);
  const stop = () =>
    void server
      .close()
      .then(() => service.close())
      .catch(crash);
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
}
