/** The environment that the AWS SDK reads. */
import { Secret } from "../guards/redaction/secret.ts";

/** Environment variables, by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** AWS's secrets in the environment, which must be known before anything else of it is read. */
export function secretsOfEnvironment(environment: Environment = process.env): Secret[] {
  const names = ["AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN"];
  return names.map((name) => new Secret(environment[name] ?? ""));
}

/** Corrects variables that the AWS SDK would misread. */
export function prepareEnvironment(): void {
  // It warns on stderr of Node versions that its later releases will not run on; ours is bundled, and stays.
  process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";
  // Hosts set what their form left empty. The SDK takes it for a region, before that of the profile.
  if (process.env["AWS_REGION"] === "") delete process.env["AWS_REGION"];
}
