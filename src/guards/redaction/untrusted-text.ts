/** Text from an identity pool's owner or users is untrusted data: it is shown completely, with invisible characters escaped. */
import { mapStrings } from "../../util/json.ts";
import { escapeInvisible } from "../../util/visible-text.ts";
import { Secret } from "./secret.ts";

/** `escapeInvisible` for every string and key inside the value; a Secret becomes the text that may be shown for it. */
export function escapeInvisibleDeep(value: unknown): unknown {
  return mapStrings(value, escapeInvisible, (object) =>
    object instanceof Secret ? escapeInvisible(object.shown) : undefined,
  );
}
