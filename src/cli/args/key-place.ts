/** Where the lists of passkeys of this user are. */
import { homedir } from "node:os";
import type { Environment } from "../../config/environment.ts";
import { type KeyPlace, keyPlace } from "../../operator/passkeys/key-place.ts";

export function keyPlaceOf(environment: Environment): KeyPlace {
  return keyPlace(environment, process.platform, homedir(), process.getuid?.());
}
