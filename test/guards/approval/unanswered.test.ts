/** Every gated tool, as many at once as may ask, and no answer that comes while it counts: nothing may change in the service. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Service, startService } from "../../support/client.ts";
import { report } from "../../support/figures.ts";
import { startWire, type Wire } from "../../support/wire.ts";
import { makePlace, type Place } from "../redaction/places.ts";
import { gated } from "./drifts.ts";

let service: Service;
let place: Place;

beforeAll(async () => {
  service = await startService();
  place = await makePlace(service.sdk);
});
afterAll(() => service[Symbol.asyncDispose]());
beforeEach(() => void service.calls.splice(0));

/** Forms that are open at once. */
const MAX_OPEN_FORMS = 4;

type Tools = readonly (typeof everyGated)[number][];
const everyGated = Object.entries(gated);
const groups: readonly Tools[] = Array.from({ length: Math.ceil(everyGated.length / MAX_OPEN_FORMS) }, (_, at) =>
  everyGated.slice(at * MAX_OPEN_FORMS, (at + 1) * MAX_OPEN_FORMS),
);
const namesOf = (tools: Tools) => tools.map(([name]) => name).join(", ");

/** What a plan may ask the service. */
const reads = /^(Describe|Get(IdentityPoolRoles|PrincipalTagAttributeMap)|List|Lookup)/;

const changes = () => service.calls.filter((operation) => !reads.test(operation));

/** Calls the tools, and gives the ids of the calls when each of them asks. */
async function callAll(wire: Wire, tools: Tools): Promise<number[]> {
  const ids = tools.map(([tool, { input }]) => wire.call(tool, input(place)));
  await wire.until(() => wire.questions.length === tools.length);
  return ids;
}

/** Says yes to every question, and waits until the server has read it all. */
async function sayYesLate(wire: Wire): Promise<void> {
  for (const question of wire.questions) await wire.sayYes(question);
  // The server reads in order.
  const { IdentityPoolId } = await wire.answerTo(wire.call("describe-identity-pool", { IdentityPoolId: place.pool }));
  expect(IdentityPoolId).toBe(place.pool);
}

const idsOf = (wire: Wire) => wire.questions.map(({ id }) => id).sort();

describe.each(groups.map((tools) => [namesOf(tools), tools] as const))("%s", (_, tools) => {
  it("are refused when the time is over; the questions are taken back, and a yes that is late counts for nothing", async () => {
    await using wire = await startWire(["--answer-within", "1"], service.env);
    const answers = await Promise.all((await callAll(wire, tools)).map((id) => wire.answerTo(id)));
    for (const answer of answers) {
      expect(answer).toHaveProperty("refused");
      expect(answer).toHaveProperty("plan");
    }
    await wire.until(() => wire.takenBack.length >= tools.length);
    expect([...wire.takenBack].sort()).toEqual(idsOf(wire));
    await sayYesLate(wire);
    expect(changes()).toEqual([]);
  });

  it("take their questions back when the calls are cancelled, and a yes after that counts for nothing", async () => {
    await using wire = await startWire([], service.env);
    for (const requestId of await callAll(wire, tools))
      wire.send({ method: "notifications/cancelled", params: { requestId, reason: "changed my mind" } });
    await wire.until(() => wire.takenBack.length >= tools.length);
    expect([...wire.takenBack].sort()).toEqual(idsOf(wire));
    await sayYesLate(wire);
    expect(changes()).toEqual([]);
  });

  it.each(["stdin", "both"] as const)(
    "change nothing when the client goes away (%s) while it is asked",
    async (ends) => {
      await using wire = await startWire([], service.env);
      await callAll(wire, tools);
      expect(await wire.hangUp(ends)).toBe(0);
      expect(changes()).toEqual([]);
    },
  );
});

describe("questions that are open at once", () => {
  it("take no answer to another's question: the calls that were answered go through, and they alone", async () => {
    await using wire = await startWire([], service.env);
    const tools = groups.find((group) => namesOf(group).includes("tag-resource")) ?? [];
    const ids = await callAll(wire, tools);
    const tagging = wire.questions.find(({ params }) => /^Tag identity pool/.test(params.message));
    if (!tagging) throw new Error("tag-resource did not ask");
    await wire.sayYes(tagging);
    const answer = await wire.answerTo(ids[tools.findIndex(([tool]) => tool === "tag-resource")] ?? 0);
    expect(answer).toHaveProperty("approved");
    expect(changes()).toEqual(["TagResource"]);
    report(8, "10 tools that update or delete × timeout, late, cancelled, transport closed", "no mutating call");
  });
});
