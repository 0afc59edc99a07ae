/** The environment that the AWS SDK reads. */
import { Secret } from "../guards/redaction/secret.ts";

/** Environment variables, by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The AWS secrets in the environment. The redactor must know them before other variables are read. */
export function secretsOfEnvironment(environment: Environment = process.env): Secret[] {
  const names = ["AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN"];
  return names.map((name) => new Secret(environment[name] ?? ""));
}

/** Corrects variables that the AWS SDK would misread. */
export function prepareEnvironment(): void {
  // The SDK warns on stderr about Node versions that its later releases do not support. Our SDK is bundled, so this does not apply.
  process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";
  // Hosts set variables for empty fields of their forms. The SDK would use the empty region instead of that of the profile.
  if (process.env["AWS_REGION"] === "") delete process.env["AWS_REGION"];
}
