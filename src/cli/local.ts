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

/** The command `local`: serves over HTTP until a signal. `crash` is called with an error while stopping. Raises UserError. */
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
      `Cannot listen on port ${port} (${error.code}). Choose another port with --port, or use --port 0 for a free port.`,
    );
  });
  const state = files.state === undefined ? "in memory" : `in ${files.state}`;
  process.stdout.write(`Serving Cognito Identity on ${server.url}, with its state ${state}. Press Ctrl+C to stop.\n`);
  const stop = () =>
    void server
      .close()
      .then(() => service.close())
      .catch(crash);
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
}
