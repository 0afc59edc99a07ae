/** The options of single commands; those of the server are in `config/options.ts`. */
import { fileOptions, type Option, serveOptions } from "../../config/options.ts";

export const localOptions = {
  port: { type: "string", value: "PORT", help: "port on 127.0.0.1 (4599); 0 takes a free one", environment: false },
  throttle: { type: "boolean", help: "hold calls to AWS's documented rates", environment: false },
} as const satisfies Record<string, Option>;

export const approveOptions = {
  server: {
    type: "string",
    value: "PROCESS",
    help: "the server that is meant, where codes are equal",
    environment: false,
  },
} as const satisfies Record<string, Option>;

export const credentialsOptions = {
  export: { type: "boolean", help: "print lines for a shell to evaluate", environment: false },
  exec: { type: "boolean", value: "CMD…", help: "run CMD, and all that follows it, with them", environment: false },
  "write-profile": {
    type: "string",
    value: "NAME",
    help: "make a profile that uses and renews them",
    environment: false,
  },
  config: { type: "string", value: "FILE", help: "the AWS config file that gets the profile", environment: false },
} as const satisfies Record<string, Option>;

export const setupOptions = {
  write: { type: "boolean", help: "write it, and keep what was there as FILE.backup", environment: false },
  force: { type: "boolean", help: "put it in the place of another entry of that name", environment: false },
  global: { type: "boolean", help: "for every project of yours, where the host knows such", environment: false },
} as const satisfies Record<string, Option>;

export const generalOptions = {
  help: {
    type: "boolean",
    short: "h",
    help: "show this; after a command, what there is to know of it",
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
