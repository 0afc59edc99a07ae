/** The examples in examples/ work. That for Vitest is a test file of its own. */
import { spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
// @ts-expect-error: a script for browsers, without types.
import { signInAsGuest } from "../examples/browser/guest.js";
import { startLocal } from "../src/local/start.ts";
import { useChromium } from "./support/chromium.ts";
import { root } from "./support/client.ts";
import { program, runCommand } from "./support/command.ts";

const folder = `${root}examples/`;
const seed = JSON.parse(readFileSync(`${folder}python/seed.json`, "utf8"));
const pool = seed.pools[0].IdentityPoolId as string;

/** The command `local` with the options, and the address that it prints. */
async function startCommand(...options: string[]) {
  const child = spawn(process.execPath, [program, "local", "--port", "0", ...options]);
  const ended = new Promise((resolve) => child.once("close", resolve));
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.on("data", (chunk: Buffer) => {
      const [found] = /http:\/\/[\w.:]+\d/.exec(chunk.toString()) ?? [];
      if (found !== undefined) resolve(found);
    });
    child.once("close", () => reject(new Error("the command ended")));
  });
  return {
    url,
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

describe("the Python example", () => {
  const python = ["python3", "python"].find((name) => spawnSync(name, ["-c", "import boto3"]).status === 0);

  it("passes", { timeout: 120_000 }, async ({ skip }) => {
    if (python === undefined) return skip("there is no Python with boto3 here");
    await using service = await startCommand("--control", "--seed", `${folder}python/seed.json`);
    const { code, stderr } = await runCommand(
      python,
      ["-m", "unittest", "test_sign_in.py"],
      { AWS_ENDPOINT_URL: service.url, PYTHONDONTWRITEBYTECODE: "1", AWS_EC2_METADATA_DISABLED: "true" },
      { cwd: `${folder}python` },
    );
    expect(stderr).toMatch(/Ran 3 tests[\s\S]*OK/);
    expect(code).toBe(0);
  });
});

describe("the browser example", () => {
  const browser = useChromium();

  it("gets guest credentials in a page of an allowed origin, and not in another", async () => {
    const pages = createServer((request, response) => {
      const [path = ""] = (request.url ?? "").split("?");
      const name = path === "/" ? "index.html" : path.slice(1);
      const known = ["index.html", "app.js", "guest.js"].includes(name);
      const type = name.endsWith(".js") ? "text/javascript" : "text/html";
      response.writeHead(known ? 200 : 404, { "content-type": type });
      response.end(known ? readFileSync(`${folder}browser/${name}`) : "");
    });
    await new Promise<void>((resolve) => pages.listen(0, "127.0.0.1", resolve));
    const origin = `http://127.0.0.1:${(pages.address() as AddressInfo).port}`;
    await using local = await startLocal({ seed, allowOrigins: [origin] });
    const page = await browser().newPage();
    try {
      await page.goto(`${origin}/?endpoint=${local.url}`);
      await page.getByText(/^Identity eu-west-1:\S+ with access key ASIA/).waitFor();
      await page.goto(`${origin.replace("127.0.0.1", "localhost")}/?endpoint=${local.url}`);
      await page.getByText(/^TypeError: /).waitFor();
    } finally {
      await page.close();
      pages.closeAllConnections();
      pages.close();
    }
  });
});

it("the code of the browser example gives AWS's errors their names", async () => {
  await using local = await startLocal({ seed });
  expect(await signInAsGuest(local.url, pool)).toMatchObject({ identityId: expect.stringMatching(/^eu-west-1:/) });
  const nowhere = "eu-west-1:00000000-0000-0000-0000-000000000000";
  await expect(signInAsGuest(local.url, nowhere)).rejects.toMatchObject({ name: "ResourceNotFoundException" });
});
