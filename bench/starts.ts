import { median, type Row, shown, timed } from "./figures.ts";
import { bare, ours, peers } from "./peers.ts";
import { start } from "./raw.ts";

const ROUNDS = 15;

/** A bar of the chart. */
export interface Bar {
  readonly name: string;
  readonly value: number;
  /** Whether it is of this server. */
  readonly isOurs: boolean;
}

/** From the start of a process to its list of tools, in milliseconds, the peers' and ours in turns. */
export async function measureStarts(): Promise<{ rows: Row[]; bars: Bar[] }> {
  const all = [bare, ours, ...peers];
  const samples = new Map<string, number[]>(all.map(({ name }) => [name, []]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const peer of all) {
      let server: ReturnType<typeof start> | undefined;
      const time = await timed(() => {
        server = start(peer);
        return server.list();
      });
      await server?.stop();
      samples.get(peer.name)?.push(time);
    }
  }
  const bars = all.map((peer) => ({
    name: peer.name,
    value: median(samples.get(peer.name) ?? []),
    isOurs: peer === ours,
  }));
  const [floor, mine, ...others] = bars.map(({ value }) => value) as [number, number, ...number[]];
  const best = Math.min(...others);
  const what = "start → `tools/list` answered, a plain client";
  return {
    bars,
    rows: [
      {
        what,
        ours: `${shown(mine)} ms`,
        beside: `${shown(floor)} ms, ${bare.name}`,
        figure: mine / floor,
        unit: "×",
        target: { atMost: 1.3 },
      },
      {
        what: `${what}, times faster`,
        ours: `${shown(mine)} ms`,
        beside: `${shown(best)} ms, ${bars.find(({ value }) => value === best)?.name}`,
        figure: best / mine,
        unit: "×",
        target: { atLeast: 3 },
      },
    ],
  };
}
