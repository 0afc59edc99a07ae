/** Something whose name is an answer to a question: nobody deletes it by saying no, stop or ok. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CreateIdentityPoolCommand, GetOpenIdTokenForDeveloperIdentityCommand } from "@aws-sdk/client-cognito-identity";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  createPool,
  developerProvider,
  root,
  type Service,
  type Session,
  sayNo,
  startPuppet,
  startServer,
  startService,
} from "../support/client.ts";
import { atTerminal, plain } from "../support/terminal.ts";

let service: Service;
let session: Session;
/** What the person types, and the titles of the forms so far. */
let typed = "";
let titles: string[] = [];
beforeAll(async () => {
  service = await startService();
  session = await startServer({
    env: service.env,
    respond: (question) => {
      if (!("requestedSchema" in question)) throw new Error("not a form");
      titles.push((question.requestedSchema.properties["answer"] as { title: string }).title);
      return { action: "accept", content: { answer: typed } };
    },
  });
});
afterAll(async () => {
  await session[Symbol.asyncDispose]();
  await service[Symbol.asyncDispose]();
});

const answers = [
  ..."n no y yes ok okay stop cancel abort quit exit decline reject deny never nope dismiss approve confirm help list disapprove disagree veto revert lgtm".split(
    " ",
  ),
  ..."never mind|no thanks|do not|please stop|cancel it|don't|no way|go ahead|approve it|I disapprove|we disagree|prod veto|please revert|prod lgtm|nein|annuler|cancelar|hold off|keep both users|review later|prevent merging".split(
    "|",
  ),
];

/** The word in another spelling, with characters around it that a name may have. */
const spelled = fc
  .tuple(
    fc.constantFrom(...answers),
    fc.constantFrom("lower", "UPPER", "Title"),
    fc.constantFrom("", ".", "-", "_", "@"),
    fc.constantFrom("", "..", "-", " ."),
  )
  .map(([word, letters, before, after]) => {
    const cased =
      letters === "lower" ? word : letters === "UPPER" ? word.toUpperCase() : word[0]?.toUpperCase() + word.slice(1);
    return `${before}${cased}${after}`;
  });
/** What other plans have typed, and what a new one could, in another spelling. */
const phrase = fc
  .tuple(
    fc.constantFrom("approve", "delete", "link", "merge", "unlink", "update", "Update", "MERGE"),
    fc.constantFrom(" ", "-", "_", "  ", ""),
    fc.oneof(fc.nat({ max: 50 }).map(String), fc.constant("this")),
    fc.constantFrom(" identity pools", " logins", " users", " identities of Prod", " user", " deletion", "", "-pool"),
  )
  .map((parts) => parts.join(""));
const short = fc.string({ unit: fc.constantFrom(..."abXY12._-"), minLength: 1, maxLength: 3 });
const identifier = fc.constantFrom(
  "eu-west-1",
  "approve K7QP",
  "00000000-0000-4000-8000-000000000000",
  "cognito-identity-mcp approve",
);

/** Whether the text is an explicit no. */
const isNo = (text: string) => /^(n|no)$/i.test(text.trim());

describe("by the id is deleted", () => {
  it("a pool whose name is an answer, is short, or looks like an identifier or a phrase of this product", async () => {
    const poolName = fc.oneof(spelled, short, identifier, phrase).map((name) => name.replaceAll("'", ""));
    await fc.assert(
      fc.asyncProperty(poolName, async (name) => {
        const { IdentityPoolId: id = "" } = await service.sdk.send(
          new CreateIdentityPoolCommand({ IdentityPoolName: name, AllowUnauthenticatedIdentities: false }),
        );
        typed = name;
        titles = [];
        const refused = await session.call("delete-identity-pool", { IdentityPoolId: id });
        expect(titles).toEqual([`Type "${id}" to approve`]);
        expect(refused.content["refused"]).toMatch(isNo(name) ? /Rejected by a person/ : /does not match/);
        if (isNo(name)) return;
        typed = id;
        expect((await session.call("delete-identity-pool", { IdentityPoolId: id })).isError).toBe(false);
      }),
      { numRuns: 80 },
    );
  }, 60_000);

  it("a pool that is called as its developer provider is", async () => {
    const id = await createPool(service.sdk, developerProvider);
    titles = [];
    await session.call("delete-identity-pool", { IdentityPoolId: id });
    expect(titles).toEqual([`Type "${id}" to approve`]);
  });

  it("a developer user, whatever its identifier is, in a merge and an unlink", async () => {
    const pool = await createPool(service.sdk);
    let made = 0;
    // The same call is not asked about again after a no.
    const refused = new Set<string>();
    const idOf = async (user: string) => {
      const token = new GetOpenIdTokenForDeveloperIdentityCommand({
        IdentityPoolId: pool,
        Logins: { [developerProvider]: user },
      });
      return (await service.sdk.send(token)).IdentityId ?? "";
    };
    const odd = fc.constantFrom(
      "arn:aws:iam::1:role/x",
      'say "no"',
      "back\\slash",
      "https://example.com",
      "--yes",
      "נכון",
    );
    const harmless = fc.constantFrom(
      "user 7",
      "anna@example.com",
      "photo fan",
      "update 2 identity pools",
      "do it another day",
    );
    const unsafe = fc.oneof(spelled, short, identifier, odd, harmless, phrase);
    await fc.assert(
      fc.asyncProperty(unsafe, fc.boolean(), async (user, merge) => {
        fc.pre(!refused.has(user));
        refused.add(user);
        const id = await idOf(user);
        await idOf(`another ${made++}`);
        const provider = { IdentityPoolId: pool, DeveloperProviderName: developerProvider };
        typed = user;
        titles = [];
        const users = { SourceUserIdentifier: user, DestinationUserIdentifier: `another ${made - 1}` };
        const again = () =>
          merge
            ? session.call("merge-developer-identities", { ...provider, ...users })
            : session.call("unlink-developer-identity", {
                ...provider,
                IdentityId: id,
                DeveloperUserIdentifier: user,
              });
        const { content } = await again();
        expect(titles).toEqual([`Type "${id}" to approve`]);
        expect(content["refused"]).toMatch(isNo(user) ? /Rejected by a person/ : /does not match/);
        if (isNo(user)) return;
        // A no ends the plan: at most 32 wait.
        typed = "no";
        expect((await again()).content["refused"]).toMatch(/Rejected by a person/);
      }),
      { numRuns: 80 },
    );
  }, 60_000);

  it.each([
    [
      "merge-developer-identities",
      { SourceUserIdentifier: "hold off", DestinationUserIdentifier: "b" },
      "merge 2 users",
    ],
    [
      "unlink-developer-identity",
      { DeveloperUserIdentifier: "hold off", IdentityId: "eu-west-1:0" },
      "unlink this user",
    ],
  ] as const)("by a phrase where the id can be any text: %s", async (tool, users, phrase) => {
    // Of the four look-ups of a plan for a merge, the second is for the destination.
    let lookUps = 0;
    const isDestination = (operation: string) =>
      tool === "merge-developer-identities" && operation === "LookupDeveloperIdentity" && lookUps++ % 4 === 1;
    const puppet = await startPuppet((operation) => ({
      status: 200,
      body: {
        IdentityId: isDestination(operation) ? "another" : "eu-west-1:0",
        IdentityPoolName: "odd",
        DeveloperUserIdentifierList: ["hold off"],
      },
    }));
    await using other = await startServer({ env: puppet.env, respond: sayNo });
    const pool = "eu-west-1:00000000-0000-4000-8000-000000000000";
    const { content } = await other.call(tool, {
      IdentityPoolId: pool,
      DeveloperProviderName: developerProvider,
      ...users,
    });
    expect(content["refused"]).toMatch(/Rejected by a person/);
    expect(JSON.stringify(other.questions)).toContain(`Type \\"${phrase}\\" to approve`);
    puppet.close();
  });
});

it("every phrase that a plan has typed is reserved", async () => {
  const plans = join(root, "src/plans");
  const files = readdirSync(plans, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
  const written = files.flatMap((file) =>
    [...readFileSync(join(plans, file), "utf8").matchAll(/(?:expected: |typedPhrase\()[`"]([^`"]+)[`"]/g)].map(
      ([, text = ""]) => text.replace(/\$\{[^}]*\}/g, "2"),
    ),
  );
  expect(written.length).toBeGreaterThan(1);
  for (const name of written) {
    const id = await createPool(service.sdk, name);
    typed = "later";
    titles = [];
    await session.call("delete-identity-pool", { IdentityPoolId: id });
    expect(titles).toEqual([`Type "${id}" to approve`]);
  }
});

describe("by its name is deleted", () => {
  it.each(["pool", "photo app 2", "non-prod", "stopwatch", "notes", "Canceled-flights", "help desk", "yesterday"])(
    "%s, and the name is shown in quotes",
    async (name) => {
      const id = await createPool(service.sdk, name);
      const expected = name === "Canceled-flights" ? id : name;
      titles = [];
      // As it is copied from the form: with its quotes, and with the marks of direction that some hosts add.
      typed = `\u2068"${expected}"\u2069`;
      expect((await session.call("delete-identity-pool", { IdentityPoolId: id })).isError).toBe(false);
      expect(titles).toEqual([`Type "${expected}" to approve`]);
    },
  );
});

it("the terminal shows in quotes what is to be typed, and takes no for a no", async () => {
  const id = await createPool(service.sdk, "no");
  const args = ["call", "delete-identity-pool", JSON.stringify({ IdentityPoolId: id })];
  const { code, screen } = await atTerminal(args, { env: service.env, typed: "no\n" });
  expect(plain(screen)).toContain(`Type "${id}" to approve, or no: `);
  expect(code).toBe(1);
});
