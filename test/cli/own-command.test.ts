/** The command lines that a person copies work unchanged. */
import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { expect, it } from "vitest";
import { ownCommandLine, shellQuote } from "../../src/cli/args/own-command.ts";

it.each([
  ["on the PATH", "/usr/local/bin/cognito-identity-mcp", "/usr/bin:/usr/local/bin", "cognito-identity-mcp"],
  ["not on the PATH", "/opt/bin/cognito-identity-mcp", "/usr/bin", "/usr/bin/node /opt/bin/cognito-identity-mcp"],
  ["without a PATH", "/opt/bin/cognito-identity-mcp", undefined, "/usr/bin/node /opt/bin/cognito-identity-mcp"],
  [
    "on npx's PATH only",
    "/home/me/.npm/_npx/1/node_modules/.bin/cognito-identity-mcp",
    "/home/me/.npm/_npx/1/node_modules/.bin:/usr/bin",
    "/usr/bin/node /home/me/.npm/_npx/1/node_modules/.bin/cognito-identity-mcp",
  ],
  ["a clone's script", "/home/me/x/dist/main.js", "/home/me/x/dist", "/usr/bin/node /home/me/x/dist/main.js"],
  ["in a folder with a space", "/home/me/it's a/main.js", "/usr/bin", "/usr/bin/node '/home/me/it'\\''s a/main.js'"],
])("the program %s", (_, script, path, line) => expect(ownCommandLine("/usr/bin/node", script, path)).toBe(line));

it("a quoted word is one word to a shell, whatever characters it contains", () => {
  const words = fc.array(fc.string({ unit: fc.constantFrom(..."ab '\"\\$`!*?~#;&|<>()[]{}\n\té=") }), {
    maxLength: 20,
  });
  fc.assert(
    fc.property(words, (given) => {
      const { stdout } = spawnSync("sh", ["-c", `printf '%s\\0' ${["-", ...given].map(shellQuote).join(" ")}`]);
      expect(stdout.toString().split("\0").slice(1, -1)).toEqual(given);
    }),
    { numRuns: 200 },
  );
});
