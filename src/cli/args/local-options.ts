/** The options of the command `local`. */
import { isIP } from "node:net";
import type { LocalFiles } from "../../config/settings.ts";
import { checkValue, wholeNumber } from "../../config/values.ts";
import { isHost, isOrigin } from "../../util/web-names.ts";
import type { Values } from "./parse.ts";

/** How the embedded service is run over HTTP. */
export interface LocalRun {
  /** 0 takes a free one. */
  readonly port: number;
  /** An IP address. */
  readonly host: string;
  /** Whether requests can change the service itself. */
  readonly control: boolean;
  readonly requestLog: boolean;
  readonly files: LocalFiles;
  readonly throttle: boolean;
  readonly access: {
    /** Names that `Host` may be beside the loopback ones, in lower case. */
    readonly hosts: readonly string[];
    /** Origins of web pages that may use the service. */
    readonly origins: readonly string[];
  };
}

/** Raises UserError. */
export function readLocal(values: Values): LocalRun {
  const hosts = (values["allow-host"] ?? []).map((name) => name.toLowerCase());
  for (const name of hosts) checkValue("--allow-host", name, isHost, "one host name or IP address, without port");
  const origins = values.cors ?? [];
  for (const origin of origins)
    checkValue("--cors", origin, isOrigin, "one exact origin, such as http://localhost:5173, without a path");
  const host = values.host ?? "127.0.0.1";
  checkValue("--host", host, (text) => isIP(text) !== 0, "one IP address, such as 127.0.0.1 or 0.0.0.0");
  return {
    host,
    control: values.control === true,
    requestLog: values["request-log"] === true,
    port: wholeNumber("--port", values.port ?? "4599", 0, 65_535),
    files: { state: values.state, seed: values.seed, strictRoles: values["strict-roles"] === true },
    throttle: values.throttle === true,
    access: { hosts, origins },
  };
}
