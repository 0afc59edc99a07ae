import {
  approveOptions,
  credentialsOptions,
  fileOptions,
  generalOptions,
  localOptions,
  type Option,
  serveOptions,
} from "./options.ts";

export const helpText = [
  "Usage: cognito-identity-mcp [serve] [options]     serve MCP on stdin and stdout",
  "       cognito-identity-mcp approve [CODE]        see the plans that wait for an approval, and answer one",
  "       cognito-identity-mcp credentials HANDLE    print vended credentials, as a credential_process does",
  "       cognito-identity-mcp token HANDLE          print a vended OpenID token",
  "       cognito-identity-mcp audit FILE            show what was done, and what has no known outcome",
  "       cognito-identity-mcp local [--port PORT]   run the embedded Cognito Identity service over HTTP",
  "",
  "Options of serve; each can come from the environment, e.g. COGNITO_IDENTITY_MCP_READ_ONLY=1:",
  ...helpFor(serveOptions),
  "",
  "Options of the embedded service, for local and for serve --local:",
  ...helpFor(fileOptions),
  "",
  "Options of approve:",
  ...helpFor(approveOptions),
  "",
  "Options of credentials, one way at a time:",
  ...helpFor(credentialsOptions),
  "",
  "Options of local:",
  ...helpFor(localOptions),
  "",
  "General:",
  ...helpFor(generalOptions),
  "",
].join("\n");

function helpFor(options: Readonly<Record<string, Option>>): string[] {
  return Object.entries(options).map(([name, { value, help }]) => {
    const flag = value === undefined ? `--${name}` : `--${name} ${value}`;
    return `  ${flag.padEnd(28)} ${help}`;
  });
}
