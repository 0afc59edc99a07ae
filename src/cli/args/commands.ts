/** The commands as data: purpose, arguments and options of each. */

import { fileOptions, type Option, serveOptions } from "../../config/options.ts";
import { hostNames } from "../setup/hosts.ts";
import {
  approveOptions,
  auditOptions,
  credentialsOptions,
  diagnoseOptions,
  enrollOptions,
  localOptions,
  setupOptions,
} from "./options.ts";

interface CommandShape {
  /** The arguments, as the help shows them. */
  readonly takes: string;
  readonly help: string;
  /** The maximum number of positional arguments. */
  readonly most: number;
  readonly options: Readonly<Record<string, Option>>;
  /** Whether it also takes the options of serve. */
  readonly asServe?: true;
  /** More lines for the help of the command. */
  readonly more?: readonly string[];
  readonly example: string;
}

/** For the help of `credentials`. */
export const ONE_OUTPUT = "Use only one of --export, --exec and --write-profile.";

const commands = {
  serve: {
    takes: "[options]",
    help: "serve MCP on stdin and stdout; this is what a host starts",
    most: 0,
    options: {},
    asServe: true,
    example: "--read-only --profile dev --region eu-west-1",
  },
  doctor: {
    takes: "[options]",
    help: "check the configuration and say what to correct",
    most: 0,
    options: {},
    asServe: true,
    more: [
      "It checks Node, region, endpoint, credentials and their account, files and policy, and changes nothing.",
      "Pass the options that the host passes to serve. The exit code is 0 when there is no problem, and 1 otherwise.",
    ],
    example: "doctor --profile dev",
  },
  tools: {
    takes: "[options]",
    help: "list the tools that the server offers with these options",
    most: 0,
    options: {},
    asServe: true,
    example: "tools --policy delete=deny",
  },
  call: {
    takes: "TOOL [JSON|-] [options]",
    help: "make one tool call; - reads the arguments from stdin",
    most: 2,
    options: {},
    asServe: true,
    more: [
      "The call passes the same guards as a call from a host. If it needs approval, you are asked in this terminal.",
      "The exit code is 0 when the call succeeded, 1 when it was refused or failed, and 2 when the command line is invalid.",
    ],
    example: `call list-identity-pools '{"region":"eu-west-1"}'`,
  },
  diagnose: {
    takes: "[POOL_ID] [options]",
    help: "find out why an identity gets no credentials",
    most: 1,
    options: diagnoseOptions,
    asServe: true,
    more: [
      "It reads the pool, its roles and their policies in IAM, and changes nothing. It is the tool diagnose-identity-pool.",
      "The exit code is 0 when there is a report, 1 when it was refused or failed, and 2 when the command line is invalid.",
    ],
    example: "diagnose eu-west-1:00000000-0000-0000-0000-000000000000 --kind guest",
  },
  setup: {
    takes: "HOST [options]",
    help: "print or write the entry with which a host starts the server",
    most: 1,
    options: setupOptions,
    asServe: true,
    more: [
      `The hosts are ${hostNames.join(", ")}.`,
      "Options of serve become arguments of the entry. They can also follow --.",
    ],
    example: "setup cursor --write --read-only --profile dev",
  },
  approve: {
    takes: "[CODE] [options]",
    help: "decide on the plans that wait, or on one; list the jobs that run",
    most: 1,
    options: approveOptions,
    example: "approve K7QP",
  },
  credentials: {
    takes: "HANDLE [options]",
    help: "print vended credentials in credential_process format",
    most: 1,
    options: credentialsOptions,
    more: [ONE_OUTPUT],
    example: "credentials HANDLE --exec aws sts get-caller-identity",
  },
  token: {
    takes: "HANDLE",
    help: "print a vended OpenID token",
    most: 1,
    options: {},
    example: "token HANDLE",
  },
  enroll: {
    takes: "[options]",
    help: "add, list or remove the passkeys that can approve",
    most: 0,
    options: enrollOptions,
    more: [
      "Without options, it adds a passkey, on a page in your browser. The list of passkeys belongs to the administrator, so a password is",
      "asked for. A passkey that is enrolled must confirm another one and a removal.",
    ],
    example: "enroll --label laptop",
  },
  audit: {
    takes: "FILE [options]",
    help: "show the recorded calls, and those with an unknown outcome",
    most: 1,
    options: auditOptions,
    more: [
      "With --verify, the exit code is 1 if an approval with a passkey is not valid; with --open, if a call has no end.",
    ],
    example: "audit ~/cognito-audit.jsonl",
  },
  local: {
    takes: "[options]",
    help: "run the embedded Cognito Identity service over HTTP",
    most: 0,
    options: { ...localOptions, ...fileOptions },
    example: "local --port 4599 --state pools.json",
  },
} as const satisfies Readonly<Record<string, CommandShape>>;

export type CommandName = keyof typeof commands;

export const commandNames = Object.keys(commands) as CommandName[];

export function commandShape(name: CommandName): CommandShape {
  return commands[name];
}

export function isCommand(name: string): name is CommandName {
  return Object.hasOwn(commands, name);
}

/** All options of the command, except the general ones. */
export function optionsOf(name: CommandName): Readonly<Record<string, Option>> {
  const { options, asServe } = commandShape(name);
  return asServe ? { ...options, ...serveOptions, ...fileOptions } : options;
}
