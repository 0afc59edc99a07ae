/** Each layer of redaction is held by a check: a server that is built without it leaks, and the check sees it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildWithout, protectionNames } from "../../support/build.ts";
import { report } from "../../support/figures.ts";
import {
  leakAtStart,
  leakInAudit,
  leakOfCanary,
  leakOfOwn,
  leakOfProviderSecretInError,
  leakOfReference,
  leakOfShortSecret,
  leakOfTokenInKnownText,
  leakOfUnmet,
  leakOnChannel,
  requestThatIsSent,
  STOP,
  stopThatIsMissing,
} from "../../support/leaks.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "cognito-identity-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

type Check = (program: string) => Promise<string | undefined>;

const canaries: Check = (program) => leakOfCanary(program, 500);

/** The check that sees each protection missing. */
const layers: Readonly<Record<string, Check>> = {
  "secrets in answers are hidden": leakOfShortSecret,
  "answers with a piece of a secret are withheld": canaries,
  "what looks like a secret is removed": leakOfUnmet,
  "incoming messages are screened": requestThatIsSent,
  "AWS's text to a call with secrets is not shown": leakOfProviderSecretInError,
  "AWS's text with a token of the call is not shown": leakOfTokenInKnownText,
  "the server stops answering after three hits": stopThatIsMissing,
};

/** Where secrets become known, and where text passes on its way out: tried in the long run. */
const places: typeof layers = {
  "known secrets are removed": leakAtStart,
  "pieces of secrets are noticed": canaries,
  "secrets in answers are remembered": canaries,
  "tokens of a call are taken out of its answer": canaries,
  "tokens of references are remembered": leakOfReference,
  "secrets in the environment are remembered": leakAtStart,
  "the credentials that sign requests are remembered": (program) => leakOfOwn("file", program),
  "messages are redacted": leakOfUnmet,
  "the operator's channel is redacted": leakOnChannel,
  "the audit is redacted": leakInAudit,
  "stderr is redacted": leakAtStart,
  "base64 is decoded": canaries,
  "hex is decoded": canaries,
  "base32 is decoded": canaries,
  "escapes are decoded": canaries,
  "percent signs are decoded": canaries,
  "form encoding is decoded": canaries,
  "quoted-printable is decoded": canaries,
  "HTML entities are decoded": canaries,
  "invisible characters are dropped": canaries,
  "separators are dropped": canaries,
};

it("every protection that is marked in the source has a check, and every check a mark", () =>
  expect([...protectionNames].sort()).toEqual(Object.keys({ ...layers, ...places }).sort()));

describe("without the protection by which", () => {
  const tried = { ...layers, ...(process.env["LONG"] && places) };
  it.each(Object.entries(tried))("%s, a check fails", { timeout: 120_000 }, async (name, seenBy) => {
    // A server that stops answering would end the search for leaks, so it is searched without that.
    const names = seenBy === canaries && name !== STOP ? [name, STOP] : [name];
    const leak = await seenBy(await buildWithout(names, join(folder, `${name.replace(/\W/g, "-")}.mjs`)));
    expect(leak).toBeDefined();
    report(14, `without the protection by which ${name}`, "detected");
  });
});
