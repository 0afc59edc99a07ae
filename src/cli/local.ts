/** The embedded service, in this process or over HTTP. Its code is loaded only when it is used. */
import type { LocalFiles } from "../config/settings.ts";
import type { LocalOptions, LocalService } from "../local/service.ts";
import { UserError } from "../util/user-error.ts";
import { escapeInvisible } from "../util/visible-text.ts";
import type { LocalRun } from "./args/local-options.ts";
import { log, reportFault } from "./stderr.ts";

/** Opens the service for use in this process. Raises UserError for files that cannot be used. */
export async function openLocal(files: LocalFiles, options: LocalOptions = {}): Promise<LocalService> {
  const { openLocalService } = await import("../local/service.ts");
  return await openLocalService(files, { ...options, strictRoles: files.strictRoles, onFault: reportFault });
}

/** How often the command says how far it is, in milliseconds. */
const PROGRESS_MS = 1000;

/** Says how far the opening of a state file is, if it takes longer than a second. */
function reportProgress(path: string): NonNullable<LocalOptions["onProgress"]> {
  let last = Date.now();
  return ({ stage, done }) => {
    if (Date.now() - last < PROGRESS_MS) return;
    last = Date.now();
    log(`${stage === "reading" ? "Reading" : "Rewriting"} ${path}: ${Math.floor(done * 100)} %.`);
  };
}

/** The command `local`: serves over HTTP until a signal. `crash` is called with an error while stopping. Raises UserError. */
export async function serveLocalService(
  { port, host, files, throttle, access, control, requestLog }: LocalRun,
  crash: (error: unknown) => void,
): Promise<void> {
  const { serveLocal, isLoopback, createRequestLog, withoutTokens } = await import("../local/http.ts");
  const requests = createRequestLog();
  const service = await openLocal(files, {
    throttle,
    onProgress: reportProgress(files.state ?? ""),
    control: control ? { requests: () => requests.calls } : undefined,
    onAnswer(call) {
      if (control) requests.add(call);
      if (requestLog) process.stdout.write(`${escapeInvisible(JSON.stringify(withoutTokens(call)))}\n`);
    },
    onReset: requests.clear,
  });
  const server = await serveLocal(service, { port, host, access }).catch(async (error: NodeJS.ErrnoException) => {
    await service.close();
    throw new UserError(
      "settings",
      `Cannot listen on port ${port} of ${host} (${error.code}). Choose another port with --port, or use --port 0 for a free port.`,
    );
  });
  if (!isLoopback(host.includes(":") ? `[${host}]` : host))
    log(
      `Warning: the service listens on ${host}, so other machines can reach it. It checks no credentials. Use it in a closed network only.`,
    );
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
