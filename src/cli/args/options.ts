/** The options of single commands. The options of serve are in `config/options.ts`. */
import { fileOptions, type Option, serveOptions } from "../../config/options.ts";

export const localOptions = {
  port: {
    type: "string",
    value: "PORT",
    example: "4599",
    help: "port on 127.0.0.1 (4599); 0 selects a free port",
    environment: false,
  },
  throttle: { type: "boolean", help: "limit calls to AWS's documented rates", environment: false },
  "allow-host": {
    type: "string",
    multiple: true,
    value: "NAME",
    example: "cognito.test",
    help: "accept this host name beside loopback ones; repeatable",
    environment: false,
  },
  cors: {
    type: "string",
    multiple: true,
    value: "ORIGIN",
    example: "http://localhost:5173",
    help: "accept web pages of this origin; repeatable",
    environment: false,
  },
} as const satisfies Record<string, Option>;

export const approveOptions = {
  server: {
    type: "string",
    value: "PROCESS",
    example: "4711",
    help: "process id of the server, if several servers have the code",
    environment: false,
  },
} as const satisfies Record<string, Option>;

export const credentialsOptions = {
  export: { type: "boolean", help: "print export lines for a shell", environment: false },
  exec: {
    type: "boolean",
    value: "CMD…",
    help: "run CMD with its arguments and these credentials",
    environment: false,
  },
  "write-profile": {
    type: "string",
    value: "NAME",
    example: "vended",
    help: "write an AWS profile (requires --config)",
    environment: false,
  },
  config: {
    type: "string",
    value: "FILE",
    example: "~/.aws/config",
    help: "AWS config file in which --write-profile writes",
    environment: false,
  },
} as const satisfies Record<string, Option>;

export const setupOptions = {
  write: { type: "boolean", help: "write the entry, and keep the old file as FILE.backup", environment: false },
  force: { type: "boolean", help: "replace a different entry of the same name", environment: false },
  global: { type: "boolean", help: "write the entry for all projects, if the host supports it", environment: false },
} as const satisfies Record<string, Option>;

export const generalOptions = {
  help: {
    type: "boolean",
    short: "h",
    help: "show this help, or the help of a command",
    environment: false,
  },
  version: { type: "boolean", help: "show the version", environment: false },
} as const satisfies Record<string, Option>;

export const allOptions = {
  ...serveOptions,
  ...fileOptions,
  ...localOptions,
  ...approveOptions,
  ...credentialsOptions,
  ...setupOptions,
  ...generalOptions,
} as const;
