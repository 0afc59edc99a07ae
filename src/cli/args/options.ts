/** The options of single commands. The options of serve are in `config/options.ts`. */
import { fileOptions, type Option, serveOptions } from "../../config/options.ts";

export const localOptions = {
  port: {
    type: "string",
    value: "PORT",
    example: "4599",
    help: "port (4599); 0 selects a free port",
    environment: false,
  },
  host: {
    type: "string",
    value: "ADDRESS",
    example: "0.0.0.0",
    help: "address to listen on (127.0.0.1); others reach the service on any other",
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
  control: {
    type: "boolean",
    help: "answer /_local/health, /_local/reset and /_local/requests, and take ids from the header x-local-id",
    environment: false,
  },
  "request-log": { type: "boolean", help: "write each request to stdout, without tokens", environment: false },
} as const satisfies Record<string, Option>;

export const approveOptions = {
  stop: {
    type: "string",
    value: "JOB",
    example: "0123456789ab",
    help: "stop a running job after the request in flight",
    environment: false,
  },
  page: { type: "boolean", help: "open the approval page in a browser", environment: false },
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

export const enrollOptions = {
  label: {
    type: "string",
    value: "TEXT",
    example: "laptop",
    help: "what the page suggests to call the passkey",
    environment: false,
  },
  list: { type: "boolean", help: "list the passkeys, and whether the list is protected", environment: false },
  remove: {
    type: "string",
    value: "KEY",
    example: "laptop",
    help: "remove the passkey with this label or id",
    environment: false,
  },
  recover: {
    type: "boolean",
    help: "replace all passkeys by a new one, as the administrator",
    environment: false,
  },
  require: { type: "boolean", help: "every gated call to AWS takes a passkey", environment: false },
  "no-require": { type: "boolean", help: "the approval levels decide again", environment: false },
  user: { type: "boolean", help: "keep the list in a file of the user, unprotected", environment: false },
  "page-port": {
    type: "string",
    value: "PORT",
    example: "50123",
    help: "port of the page, for ssh -L; a free one otherwise",
    environment: false,
  },
} as const satisfies Record<string, Option>;

export const diagnoseOptions = {
  error: {
    type: "string",
    value: "TEXT",
    example: "'Invalid identity pool configuration. Check assigned IAM roles for this pool.'",
    help: "the exact error that the application saw",
    environment: false,
  },
  identity: {
    type: "string",
    value: "ID",
    example: "eu-west-1:00000000-0000-0000-0000-000000000000",
    help: "the identity that gets no credentials",
    environment: false,
  },
  kind: {
    type: "string",
    value: "KIND",
    example: "guest",
    help: "whose credentials: guest, user or developer",
    environment: false,
  },
  flow: {
    type: "string",
    value: "FLOW",
    example: "classic",
    help: "enhanced or classic (GetOpenIdToken, then STS)",
    environment: false,
  },
  provider: {
    type: "string",
    value: "NAME",
    example: "accounts.google.com",
    help: "the login provider, as in Logins",
    environment: false,
  },
  "with-login": {
    type: "string",
    value: "login:NAME",
    example: "login:ANA",
    help: "a login of --logins whose token is checked",
    environment: false,
  },
  json: { type: "boolean", help: "print the answer as JSON", environment: false },
} as const satisfies Record<string, Option>;

export const auditOptions = {
  verify: { type: "boolean", help: "verify the approvals with passkeys in FILE", environment: false },
  open: { type: "boolean", help: "list what has no end, and what of it was done", environment: false },
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
  ...auditOptions,
  ...enrollOptions,
  ...diagnoseOptions,
  ...generalOptions,
} as const;
