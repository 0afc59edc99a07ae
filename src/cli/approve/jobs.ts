/** The jobs that run, for the command `approve`. */
import { findServers, type RunningServer } from "../../operator/channel-client.ts";
import { isUserError } from "../../util/user-error.ts";
import { isolate, quoteUnlessIds } from "../../util/visible-text.ts";
import { reportProblems } from "../stderr.ts";

/** The jobs that run in the server; none if it does not answer, which is then reported. */
export async function jobsOf(server: RunningServer): ReturnType<RunningServer["jobs"]> {
  return await server.jobs().catch((error: unknown) => reported(error, []));
}

/** Lists the jobs of these servers, and how one is stopped. `command` runs this program from a shell. */
export async function showJobs(
  servers: readonly RunningServer[],
  command: string,
  say: (line: string) => void,
): Promise<void> {
  const jobs = (await Promise.all(servers.map(jobsOf))).flat();
  if (jobs.length === 0) return;
  say(jobs.length === 1 ? "1 job runs:" : `${jobs.length} jobs run:`);
  for (const { id, tool, target, progress } of jobs)
    say(`  ${isolate(id)}  ${isolate(tool)}  ${isolate(quoteUnlessIds(target))}  ${isolate(progress)}`);
  say(`Stop one after the request in flight with: ${command} approve --stop JOB`);
}

/** Stops the job. Returns the exit code: 1 if no server runs it. */
export async function stopJob(folders: readonly string[], job: string): Promise<number> {
  const { servers, problems } = await findServers(...folders);
  reportProblems(problems);
  for (const server of servers)
    if (await server.stop(job).catch((error) => reported(error, false))) {
      process.stdout.write("Stopped. The request in flight ends; the rest is not touched.\n");
      return 0;
    }
  process.stdout.write("No server runs a job with this id: it is wrong, or the job has ended.\n");
  return 1;
}

/** What is gone on with where one server does not answer. Raises what is no failure of the channel. */
function reported<Value>(error: unknown, value: Value): Value {
  if (!isUserError(error)) throw error;
  reportProblems([error]);
  return value;
}
