/** The embedded service, behind either of its doors; loaded when it is wanted. */
import type { LocalFiles } from "../config/settings.ts";
import { ConfigError } from "../config/values.ts";
import type { LocalService } from "../local/service.ts";
import { reportFault, say } from "./stderr.ts";

/** Raises ConfigError for files that cannot be used. */
export async function openLocal(files: LocalFiles, throttle = false): Promise<LocalService> {
  const { openLocalService } = await import("../local/service.ts");
  return await openLocalService(files, { throttle, onFault: reportLocalFault }).catch((error: unknown) => {
    if (isFileError(error)) throw new ConfigError(error.message);
    throw error;
  });
}

/** The command `local`: serves over HTTP until a signal comes. `crash` is told of what goes wrong at the end. */
export async function serveLocalService(
  port: number,
  files: LocalFiles,
  throttle: boolean,
  crash: (error: unknown) => void,
): Promise<void> {
  const { serveLocal } = await import("../local/http.ts");
  const service = await openLocal(files, throttle);
  const server = await serveLocal(service, { port }).catch(async (error: NodeJS.ErrnoException) => {
    await service.close();
    throw new ConfigError(`cannot listen on port ${port} (${error.code}). Choose another with --port, or 0 for any.`);
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

export function reportLocalFault(error: unknown): void {
  if (isFileError(error)) say(error.message);
  else reportFault(error);
}

/** By name: the embedded service is loaded only when it is wanted. */
function isFileError(error: unknown): error is Error {
  return error instanceof Error && error.name === "FileError";
}
