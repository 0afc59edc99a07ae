import type { ShownJobs } from "../../guards/shown-jobs.ts";
import type { JobTable } from "./table.ts";

/** The jobs for the person at this machine. */
export function showJobs(jobs: JobTable): ShownJobs {
  return {
    running: () =>
      jobs.running().map(({ id, tool, target, progress: { doing, done, total } }) => ({
        id,
        tool,
        target,
        progress: `${done}${total === undefined ? "" : ` of ${total}`} ${doing === "reading" ? "read" : "changed"}`,
      })),
    stop: (id) => jobs.stop(id, "a person stopped it"),
    subscribe: jobs.subscribe,
  };
}
