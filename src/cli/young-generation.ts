/**
 * Limits the memory for young objects. V8 doubles it while many objects survive, since Node 24 up to 96 MB: the calls of a busy server
 * then take 100 MB more, and are no faster. The maximum can be set only on the command line of Node, which hosts write, but V8 reads
 * the factor of the growth each time.
 */
import { PerformanceObserver } from "node:perf_hooks";
import { getHeapSpaceStatistics, setFlagsFromString } from "node:v8";

/** Bytes of memory for young objects at which the growth ends. */
const MAX_BYTES = 16 * 1024 * 1024;

/** Ends the growth at the first garbage collection after the limit is reached. */
export function limitYoungGeneration(): void {
  const observer = new PerformanceObserver(() => {
    const young = getHeapSpaceStatistics().find((space) => space.space_name === "new_space");
    if (young !== undefined && young.space_size < MAX_BYTES) return;
    setFlagsFromString("--semi-space-growth-factor=1");
    observer.disconnect();
  });
  observer.observe({ entryTypes: ["gc"] });
}
