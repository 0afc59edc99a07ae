/** The command `doctor`: without a configuration, with one, with problems, and without secrets on the screen. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GetCredentialsForIdentityCommand, GetIdCommand } from "@aws-sdk/client-cognito-identity";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { renderList } from "../../src/operator/passkeys/passkey.ts";
import { createAuthenticator } from "../support/authenticator.ts";
import {
  createPool,
  guestRole,
  type Service,
  startPuppet,
  startServer,
  startService,
  surroundings,
} from "../support/client.ts";
import { runProgram } from "../support/command.ts";
import { atTerminal, green, plain } from "../support/terminal.ts";

let service: Service;
let folder: string;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service[Symbol.asyncDispose]());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cognito-identity-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** The findings by subject. */
async function examine(args: readonly string[] = [], env: Readonly<Record<string, string>> = {}) {
  const { code, stdout, stderr } = await runProgram(["doctor", ...args], {
    ...surroundings,
    XDG_RUNTIME_DIR: folder,
    ...env,
  });
  const findings = new Map<string, string>();
  for (const [, mark = "", about = "", says = ""] of stdout.matchAll(
    /^(ok|note|problem) +(\S+(?: \S+)*?) {2,}(.*(?:\n {25}.*)*)/gm,
  ))
    findings.set(about, `${mark}: ${says.replaceAll(/\n +/g, " ")}`);
  return { code, findings, stdout, stderr };
}

it("without any configuration says what is missing and what to do, creates nothing, and exits with 1", async () => {
  const { code, findings, stderr } = await examine();
  expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
  expect(findings.get("Node")).toBe(`ok: ${process.versions.node}`);
  expect(findings.get("Region")).toMatch(
    /^note: No AWS region is set\. Calls that contain neither an id nor an ARN must pass region\. → Set --region/,
  );
  expect(findings.get("Endpoint")).toBe("ok: of AWS, in the region of each call");
  expect(findings.get("Credentials")).toMatch(/^problem: No AWS credentials were found\. → Sign in/);
  expect(findings.get("Channel")).toMatch(/^ok: .* will be created/);
  expect(existsSync(join(folder, "cognito-identity-mcp"))).toBe(false);
});

it("--local needs no AWS configuration, and exits with 0", async () => {
  const { code, findings } = await examine(["--local", "--state", join(folder, "state.json")]);
  expect(code).toBe(0);
  expect(findings.get("Credentials")).toMatch(/^ok: not needed/);
  expect(findings.get("State")).toMatch(/will be created/);
  expect(existsSync(join(folder, "state.json"))).toBe(false);
});

describe("credentials", () => {
  it("are shown by account, role, source and the end of the key only", async () => {
    const IdentityPoolId = await createPool(service.sdk);
    const { IdentityId } = await service.sdk.send(new GetIdCommand({ IdentityPoolId }));
    const { Credentials = {} } = await service.sdk.send(new GetCredentialsForIdentityCommand({ IdentityId }));
    const { AccessKeyId = "", SecretKey = "", SessionToken = "" } = Credentials;
    const env = {
      ...service.env,
      AWS_ACCESS_KEY_ID: AccessKeyId,
      AWS_SECRET_ACCESS_KEY: SecretKey,
      AWS_SESSION_TOKEN: SessionToken,
    };
    const { code, findings, stdout } = await examine([], env);
    expect(code).toBe(0);
    expect(findings.get("Region")).toBe("ok: eu-west-1 (AWS_REGION)");
    expect(findings.get("Endpoint")).toBe(`ok: ${service.url}`);
    expect(findings.get("Credentials")).toBe(
      `ok: from AWS_ACCESS_KEY_ID in the environment, key …${AccessKeyId.slice(-4)}`,
    );
    expect(findings.get("Account")).toMatch(
      new RegExp(`^ok: 000000000000, as arn:aws:sts::000000000000:assumed-role/${guestRole.split("/")[1]}/`),
    );
    for (const secret of [AccessKeyId, SecretKey, SessionToken]) expect(stdout).not.toContain(secret.slice(0, 12));
  });

  it("and a region from a profile are shown with that source", async () => {
    const config = join(folder, "config");
    writeFileSync(
      config,
      "[profile dev]\nregion = eu-west-3\naws_access_key_id = AKIDFILE\naws_secret_access_key = hush-hush-hush\naws_session_token = ended\n",
    );
    const env = { AWS_CONFIG_FILE: config, AWS_ENDPOINT_URL_COGNITO_IDENTITY: service.url };
    const { findings, stdout } = await examine(["--profile", "dev"], env);
    expect(findings.get("Region")).toBe("ok: eu-west-3 (profile dev)");
    expect(findings.get("Credentials")).toBe("ok: from the access key of the profile, key …FILE");
    expect(findings.get("Account")).toMatch(
      /^note: The service at .* did not identify the account .*InvalidClientTokenId/,
    );
    expect(stdout).not.toContain("hush-hush");
  });

  it("that are missing are reported with how to get them", async () => {
    const config = join(folder, "config");
    writeFileSync(
      config,
      "[profile sso]\nsso_session = s\nsso_account_id = 123456789012\nsso_role_name = x\nregion = eu-west-1\n" +
        "[sso-session s]\nsso_start_url = https://x.awsapps.com/start\nsso_region = eu-west-1\n",
    );
    const env = { AWS_CONFIG_FILE: config, HOME: folder };
    const sso = await examine(["--profile", "sso"], env);
    expect(sso.findings.get("Credentials")).toMatch(/^problem: The SSO session .* → Run aws sso login --profile sso,/);
    const other = await examine(["--profile", "other"], env);
    expect(other.findings.get("Credentials")).toMatch(/^problem: The profile does not exist in the AWS configuration/);
  });

  it("that a program does not print in time are reported as late", async () => {
    const config = join(folder, "config");
    const pid = join(folder, "pid");
    const program = `sh -c 'echo $$ > ${pid}; exec sleep 100'`;
    writeFileSync(config, `[profile slow]\nregion = eu-west-1\ncredential_process = ${program}\n`);
    const { code, findings } = await examine(["--profile", "slow"], { AWS_CONFIG_FILE: config });
    process.kill(Number(readFileSync(pid, "utf8")));
    expect(code).toBe(1);
    expect(findings.get("Credentials")).toMatch(/did not answer within 5 seconds/);
  });

  it("are checked with a time limit, and an invalid answer of the endpoint is not shown", async () => {
    const silent = createServer();
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const address = silent.address();
    const port = typeof address === "object" && address ? address.port : 0;
    const env = { ...service.env, AWS_ENDPOINT_URL_COGNITO_IDENTITY: `http://127.0.0.1:${port}` };
    const { code, findings } = await examine([], env);
    silent.close();
    expect(code).toBe(0);
    expect(findings.get("Account")).toMatch(/^note: STS could not be called/);
    const liar = await startPuppet(() => ({ status: 400, body: "<Code>hush hush\u001b[2J</Code>" }));
    const { findings: lied } = await examine([], liar.env);
    liar.close();
    expect(lied.get("Account")).toMatch(/^note: The service at .*\(status 400\)/);
  });
});

describe("a file of the embedded service", () => {
  const pool = { IdentityPoolName: "seeded", AllowUnauthenticatedIdentities: true };
  const write = (name: string, content: unknown) => {
    const path = join(folder, name);
    writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
    return path;
  };

  it.each<[string, string, unknown, RegExp]>([
    ["seed that is not JSON", "Seed", "{", /^--seed \S+ is not valid JSON\. → Correct the file\./],
    ["seed that is a list", "Seed", [], /must contain \{"pools": \[…\]\}/],
    [
      "seed with an invalid pool",
      "Seed",
      { pools: [pool, {}] },
      /pool 2: IdentityPoolName is required\. → Correct this/,
    ],
    [
      "seed with an invalid role",
      "Seed",
      { pools: [pool], roles: [{ RoleName: "guests" }] },
      /role 1: AssumeRolePolicyDocument is required\. → Correct this role\./,
    ],
    ["state that is something else", "State", "damaged\n", /is not a state file of this service/],
  ])("is checked: a %s", async (_, row, content, says) => {
    const path = write("file", content);
    const { code, findings } = await examine(["--local", `--${row.toLowerCase()}`, path]);
    expect(code).toBe(1);
    expect(findings.get(row)?.replace(/^problem: /, "")).toMatch(says);
    expect(findings.get(row)).toMatch(/^problem: .*The server does not start until you do\.$/);
    // What doctor says is true.
    expect((await runProgram(["--local", `--${row.toLowerCase()}`, path], surroundings)).code).toBe(2);
  });

  it("is counted and not changed; a seed is not read while the state contains pools, and a state in use is a note", async () => {
    const seed = write("seed.json", { pools: [pool, pool] });
    const state = join(folder, "state.jsonl");
    const fresh = await examine(["--local", "--seed", seed, "--state", state]);
    expect(fresh.code).toBe(0);
    expect(fresh.findings.get("Seed")).toBe(`ok: 2 pools in ${seed}`);
    expect(fresh.findings.get("State")).toBe(`ok: ${state} will be created`);
    expect(existsSync(state)).toBe(false);
    const args = ["--local", "--seed", seed, "--state", state];
    {
      await using _session = await startServer({ args, env: { ...surroundings, AWS_REGION: "us-east-1" } });
      const used = await examine(["--local", "--state", state]);
      expect(used.code).toBe(0);
      expect(used.findings.get("State")).toMatch(/^note: .* is in use by process \d+, so it was not read\./);
    }
    writeFileSync(seed, "{");
    const before = readFileSync(state);
    const later = await examine(args);
    expect(later.code).toBe(0);
    expect(later.findings.get("State")).toBe(`ok: 2 pools in ${state}`);
    expect(later.findings.get("Seed")).toMatch(/^ok: .* is not read, because the state is not empty$/);
    expect(readFileSync(state)).toEqual(before);
    expect(readdirSync(folder).sort()).toEqual(["seed.json", "state.jsonl"]);
  });
});

describe("a setting", () => {
  const bad = join(tmpdir(), "cognito-identity-nowhere", "nope.json");

  it.each<[readonly string[], Record<string, string>, string]>([
    [["--policy-file", bad], {}, `--policy-file ${bad} cannot be read (ENOENT). → Check the path and the permissions.`],
    [
      [],
      { COGNITO_IDENTITY_MCP_POLICY_FILE: bad },
      `COGNITO_IDENTITY_MCP_POLICY_FILE ${bad} cannot be read (ENOENT). → Check the path and the permissions.`,
    ],
    [[], { AWS_REGION: "moon" }, 'AWS_REGION is "moon"; it must be a region such as eu-west-1.'],
    [[], { AWS_DEFAULT_REGION: "moon" }, 'AWS_DEFAULT_REGION is "moon"; it must be a region such as eu-west-1.'],
    [[], { COGNITO_IDENTITY_MCP_REGION: "moon" }, 'COGNITO_IDENTITY_MCP_REGION is "moon"; it must be a region'],
    [["--region", "moon"], { AWS_REGION: "eu-west-1" }, '--region is "moon"; it must be a region such as eu-west-1.'],
    [[], { COGNITO_IDENTITY_MCP_ANSWER_WITHIN: "0" }, 'COGNITO_IDENTITY_MCP_ANSWER_WITHIN is "0"; it must be a whole'],
    [
      [],
      { COGNITO_IDENTITY_MCP_ENDPOINT_URL: "x" },
      'COGNITO_IDENTITY_MCP_ENDPOINT_URL is "x"; it must be an https URL',
    ],
    [[], { COGNITO_IDENTITY_MCP_SEED: "x" }, "COGNITO_IDENTITY_MCP_SEED requires --local. → Add --local, or remove"],
    [
      [],
      { COGNITO_IDENTITY_MCP_STRICT_ROLES: "1" },
      "COGNITO_IDENTITY_MCP_STRICT_ROLES requires --local. → Add --local, or remove",
    ],
    [["--strict-roles"], {}, "--strict-roles requires --local. → Add --local, or remove --strict-roles."],
    [
      [],
      { COGNITO_IDENTITY_MCP_LOCAL: "1", COGNITO_IDENTITY_MCP_ENDPOINT_URL: "https://example.com" },
      "COGNITO_IDENTITY_MCP_LOCAL and COGNITO_IDENTITY_MCP_ENDPOINT_URL cannot be used together. → Remove one",
    ],
  ])("that is wrong is named by its source: %j %j", async (args, env, says) => {
    const { code, findings } = await examine(args, env);
    expect(code).toBe(1);
    expect(findings.get("Settings")).toContain(`problem: ${says}`);
    expect(findings.get("Settings")).toMatch(/→ .*The server does not start until you (do|correct this)\.$/);
  });

  it("that is a rule given twice in a file is named", async () => {
    const file = join(folder, "policy.json");
    writeFileSync(file, '{"delete": "deny", "d\\u0065lete": "off"}');
    const { findings } = await examine(["--policy-file", file]);
    expect(findings.get("Settings")).toBe(
      `problem: --policy-file ${file} contains two rules for "delete". → Remove one of them. The server does not start until you do.`,
    );
  });
});

describe("a problem", () => {
  it("is an endpoint of a profile that is not AWS's", async () => {
    const config = join(folder, "config");
    writeFileSync(
      config,
      "[default]\nregion = eu-west-1\nservices = s\n[services s]\ncognito_identity =\n  endpoint_url = https://example.com\n",
    );
    const { code, findings } = await examine([], { AWS_CONFIG_FILE: config });
    expect(code).toBe(1);
    expect(findings.get("Endpoint")).toMatch(/^problem: https:\/\/example\.com is neither an AWS endpoint/);
  });

  it("is a setting with which the server does not start", async () => {
    const { code, findings } = await examine(["--policy", "delete=of"]);
    expect(code).toBe(1);
    expect(findings.get("Settings")).toMatch(/^problem: --policy sets delete to "of".* → The server does not start/);
  });

  it.each(["AWS_SECRET_ACCESS_KEY", "AWS_CONTAINER_AUTHORIZATION_TOKEN"])(
    "shows no secret of %s that was passed as another setting",
    async (variable) => {
      const secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
      const { code, stdout, stderr } = await examine(["--region", secret], { [variable]: secret });
      expect(code).toBe(1);
      expect(stdout).toContain("[redacted]");
      expect(stdout + stderr).not.toContain(secret.slice(4, 14));
    },
  );

  it("is a level that takes a passkey, where --ask leaves the page out", async () => {
    const { code, findings } = await examine(["--local", "--policy", "delete=passkey", "--ask", "form,terminal"]);
    expect(code).toBe(1);
    expect(findings.get("Asking")).toMatch(/^problem: The policy requires a passkey.* → .* Add page to --ask\.$/);
    const readOnly = await examine(["--local", "--policy", "delete=passkey", "--ask", "form,terminal", "--read-only"]);
    expect(readOnly.findings.get("Asking")).toMatch(/^ok: /);
  });

  it("is a socket folder that others can enter", async () => {
    mkdirSync(join(folder, "cognito-identity-mcp"));
    chmodSync(join(folder, "cognito-identity-mcp"), 0o755);
    const { code, findings } = await examine(["--local"]);
    expect(code).toBe(1);
    expect(findings.get("Channel")).toMatch(/^problem: .*must be a folder that only this user can access/);
  });

  it("is an audit file that others can read, or that cannot be created; a usable one is not changed", async () => {
    const audit = join(folder, "audit.jsonl");
    expect((await examine(["--local", "--audit", audit])).findings.get("Audit")).toMatch(/^ok: .* will be created/);
    expect(existsSync(audit)).toBe(false);
    writeFileSync(audit, "", { mode: 0o600 });
    expect((await examine(["--local", "--audit", audit])).findings.get("Audit")).toMatch(/^ok: .* can be written/);
    expect(statSync(audit).size).toBe(0);
    chmodSync(audit, 0o644);
    const open = await examine(["--local", "--audit", audit]);
    expect(open.code).toBe(1);
    expect(open.findings.get("Audit")).toMatch(/^problem: /);
    const nowhere = await examine(["--local", "--audit", join(folder, "no", "audit.jsonl")]);
    expect(nowhere.findings.get("Audit")).toMatch(/^problem: .* cannot be created/);
  });
});

it("shows which tools the policy allows, and how calls are approved", async () => {
  const policy = ["--policy", "delete=deny,tag-resource=off,update-identity-pool=two-step", "--pools", "eu-west-1:0"];
  const { findings } = await examine(["--local", ...policy, "--reveal-credentials"]);
  expect(findings.get("Policy")).toBe("ok: 19 of 24 tools are served");
  expect(findings.get("Level human")).toMatch(/set-identity-pool-roles, .*untag-resource/);
  expect(findings.get("Level two-step")).toMatch(/^note: .*update-identity-pool$/);
  expect(findings.get("Level off")).toMatch(/^note: .*tag-resource$/);
  expect(findings.get("Level deny")).toMatch(/delete-identity-pool/);
  expect(findings.get("Pools")).toBe("ok: eu-west-1:0");
  expect(findings.get("Secrets")).toMatch(/^note: /);
});

describe("passkeys", () => {
  const list = () => join(folder, "cognito-identity-mcp", "passkeys.json");
  const withList = async (text: string, mode = 0o600) => {
    mkdirSync(join(folder, "cognito-identity-mcp"), { recursive: true, mode: 0o700 });
    writeFileSync(list(), text, { mode });
    chmodSync(list(), mode);
    return await examine(["--local"], { XDG_CONFIG_HOME: folder });
  };

  it("are not mentioned where there is no list", async () => {
    expect((await examine(["--local"], { XDG_CONFIG_HOME: folder })).findings.get("Passkeys")).toBeUndefined();
  });

  it("in a list of the user are unprotected", async () => {
    const { key } = createAuthenticator(-7, "laptop");
    const { code, findings } = await withList(renderList({ keys: [key], requires: false }));
    expect(code).toBe(0);
    expect(findings.get("Passkeys")).toMatch(
      /^note: 1 passkey in \S+passkeys\.json: "laptop"\. The list is unprotected: The list of keys belongs to this user.*run: .* enroll$/,
    );
  });

  it("are missing from an empty list", async () => {
    const { findings } = await withList(renderList({ keys: [], requires: false }));
    expect(findings.get("Passkeys")).toMatch(/^note: no passkey is in .*run: .* enroll$/);
  });

  it("in a list that is damaged, or that others can write, are a problem", async () => {
    const damaged = await withList("{}");
    expect(damaged.code).toBe(1);
    expect(damaged.findings.get("Passkeys")).toMatch(/^problem: \S+ is damaged\. No passkey was read\./);
    const open = await withList(renderList({ keys: [], requires: false }), 0o666);
    expect(open.findings.get("Passkeys")).toMatch(/^problem: \S+ can be written by others than its owner\./);
  });
});

it("finds running servers", async () => {
  const pool = await createPool(service.sdk);
  await using session = await startServer({ env: { ...service.env, XDG_RUNTIME_DIR: folder } });
  await session.call("delete-identity-pool", { IdentityPoolId: pool });
  const { findings } = await examine(["--local"]);
  expect(findings.get("Channel")).toMatch(
    new RegExp(`used by process ${session.pid}; plans that wait for approval: 1$`),
  );
});

it("is in colour at a terminal, and no line is wider than it, unless a word is", async () => {
  for (const columns of [44, 80]) {
    const env = { ...surroundings, XDG_RUNTIME_DIR: folder };
    const { code, screen } = await atTerminal(["doctor", "--local"], { env, columns });
    expect(code).toBe(0);
    expect(screen).toContain(`${green}ok`);
    for (const line of plain(screen).split("\n"))
      if (line.trim().includes(" ")) expect(line.length, line).toBeLessThanOrEqual(columns);
  }
  const bare = await atTerminal(["doctor", "--local"], { env: { ...surroundings, NO_COLOR: "1" } });
  expect(plain(bare.screen)).toBe(bare.screen.replaceAll("\r\n", "\n"));
});

describe("tools", () => {
  it("lists the tools that are served with the options", async () => {
    const all = await runProgram(["tools"], surroundings);
    expect(all.stdout.trim().split("\n")).toHaveLength(27);
    expect(all.stdout).toMatch(/^delete-identity-pool +delete +human +\S/m);
    expect(all.stdout).toMatch(/^get-id +create +human\* +\S/m);
    expect(all.stdout).toMatch(/^describe-identity-pool +read +no approval needed +\S/m);
    const some = await runProgram(["tools", "--read-only"], surroundings);
    expect(some.stdout.trim().split("\n")).toHaveLength(10);
    const none = await runProgram(["tools", "--read-only", "--policy", "read=deny"], surroundings);
    expect(none).toMatchObject({ code: 0, stdout: "No tools are served with these options.\n" });
  });

  it.each([40, 70, 120])("is no wider than %i columns", async (columns) => {
    const { screen } = await atTerminal(["tools"], { env: { ...surroundings }, columns });
    for (const line of plain(screen).split("\n")) expect([...line].length).toBeLessThanOrEqual(columns);
  });
});
