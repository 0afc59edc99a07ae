/** The command `credentials`: outputs vended credentials in the selected form. */

import type { AwsCredentials } from "../guards/vended.ts";
import { shellQuote } from "./args/own-command.ts";
import type { Delivery } from "./args/positionals.ts";
import { type Collecting, collectOrReport } from "./collect.ts";

interface Options extends Collecting {
  readonly delivery: Delivery;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Returns the exit code. Raises UserError, also if a profile cannot be written. */
export async function credentials({ folders, handle, delivery, environment, command }: Options): Promise<number> {
  const vended = await collectOrReport({ folders, handle, command }, "credentials");
  if (!vended) return 1;
  const { secret, region, expires } = vended;
  switch (delivery.as) {
    case "document":
      process.stdout.write(`${JSON.stringify(documentOf(secret, expires))}\n`);
      return 0;
    case "export":
      for (const [name, value] of Object.entries(variablesOf(secret, region)))
        process.stdout.write(`export ${name}=${shellQuote(value)}\n`);
      return 0;
    case "exec": {
      const { execute } = await import("./execute.ts");
      return await execute(delivery.command, delivery.args, {
        ...without(environment),
        ...variablesOf(secret, region),
      });
    }
    case "profile": {
      const { writeProfile } = await import("./profile/profile.ts");
      await writeProfile(delivery.file, { name: delivery.name, process: `${command} credentials ${handle}`, region });
      process.stdout.write(
        `Wrote profile ${delivery.name}. To use it, set AWS_PROFILE=${delivery.name}, and set AWS_CONFIG_FILE if the file is not ~/.aws/config.\n`,
      );
      return 0;
    }
  }
}

/** The document that a credential_process prints (https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html). */
function documentOf({ accessKeyId, secretAccessKey, sessionToken }: AwsCredentials, expires: number): object {
  return {
    Version: 1,
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    SessionToken: sessionToken,
    Expiration: new Date(expires).toISOString(),
  };
}

function variablesOf(
  { accessKeyId, secretAccessKey, sessionToken }: AwsCredentials,
  region: string,
): Record<string, string> {
  return {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
    AWS_REGION: region,
    // Version 1 of the AWS CLI reads only this variable.
    AWS_DEFAULT_REGION: region,
  };
}

/** Variables that make SDKs use other credentials, or misinterpret these. */
const conflicting =
  /^AWS_(PROFILE|DEFAULT_PROFILE|SECURITY_TOKEN|CREDENTIAL_EXPIRATION|CREDENTIAL_SCOPE|ACCOUNT_ID|ROLE_ARN|ROLE_SESSION_NAME|WEB_IDENTITY_TOKEN_FILE|CONTAINER_.*)$/;

function without(environment: Options["environment"]): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !conflicting.test(name)));
}
