/** The options of single commands. The options of serve are in `config/options.ts`. */
import { fileOptions, type Option, serveOptions } from "../../config/options.ts";

export const localOptions = {
  port: { type: "string", value: "PORT", help: "port on 127.0.0.1 (4599); 0 selects a free port", environment: false },
  throttle: { type: "boolean", help: "limit calls to AWS's documented rates", environment: false },
  "allow-host": {
    type: "string",
    multiple: true,
    value: "NAME",
    help: "accept this host name beside loopback ones; repeatable",
    environment: false,
  },
  cors: {
    type: "string",
    multiple: true,
    value: "ORIGIN",
    help: "accept web pages of this origin; repeatable",
    environment: false,
  },
} as const satisfies Record<string, Option>;

export const approveOptions = {
  server: {
    type: "string",
    value: "PROCESS",
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
    help: "write an AWS profile that uses and renews them",
    environment: false,
  },
  config: {
    type: "string",
    value: "FILE",
    help: "AWS config file for the profile; required with --write-profile",
    environment: false,
  },
} as const satisfies Record<string, Option>;

export const setupOptions = {
  write: { type: "boolean", help: "write the entry, and keep the old file as FILE.backup", environment: false },
  force: { type: "boolean", help: "replace a different entry of the same name", environment: false },
  global: { type: "boolean", help: "for all projects, if the host supports it", environment: false },
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
