/** Cuts the SDK's own work for a call by two thirds: from 205 to 75 µs on one machine. Only the user agent of a request changes. */
import type * as Sdk from "@aws-sdk/client-cognito-identity";

/**
 * Settings for a client that builds its middleware chain once per command, not per call. The SDK does so only for a `send` without
 * options, so the abort signal of a call is passed another way: see `attachDeadline`.
 */
export const cachedMiddleware = { cacheMiddleware: true };

/** Must run before the client's first call. `product` identifies this program in AWS's logs, as in `name/1.2.3`. */
export function trimMiddleware({ config, middlewareStack }: Sdk.CognitoIdentityClient, product: string): void {
  // It copies every request and response without secrets, for a logger that writes nothing.
  middlewareStack.remove("loggerMiddleware");
  // It builds the same string for each call.
  middlewareStack.remove("getUserAgentMiddleware");
  let agent: string | undefined;
  middlewareStack.add(
    (next) => async (args) => {
      agent ??= await userAgent(config, product);
      (args.request as { headers: Record<string, string> }).headers["user-agent"] = agent;
      return await next(args);
    },
    { name: "nameProduct", step: "build" },
  );
  keepCompact(config);
}

/** The SDK's own user agent, with the product in front. */
async function userAgent(config: Sdk.CognitoIdentityClient["config"], product: string): Promise<string> {
  const [pairs, app] = await Promise.all([config.defaultUserAgentProvider(), config.userAgentAppId()]);
  return [product, ...pairs.map(inUserAgent), ...(app === undefined ? [] : [inUserAgent(["app", app])])].join(" ");
}

/** As in `aws-sdk-js/3.1` and `md/nodejs#20.1`. */
function inUserAgent([name, version]: readonly [name: string, version?: string]): string {
  const parts = [...name.split("/"), ...(version === undefined ? [] : [version])];
  const [first, ...others] = parts.map((part) => part.replace(/[^!$%&'*+\-.^_`|~\w]/g, "-"));
  return others.length === 0 ? `${first}` : `${first}/${others.join("#")}`;
}

/**
 * Makes V8 store the properties of an object as for an object literal, not in a hash table. The SDK builds its settings property
 * by property, and copies all 47 of them four times per call.
 */
function keepCompact(settings: object): void {
  // V8 optimizes an object that was used as a prototype, and keeps it so.
  Object.create(settings);
}
