import { moveDeveloperUser } from "./developer-users.ts";
import { setUpGuestPool } from "./guests.ts";
import { cleanUpIdentities } from "./identities.ts";
import { findOutWhyNoCredentials } from "./no-credentials.ts";
import type { Prompt } from "./prompt.ts";
import { addOidcProvider, addSamlProvider, addSocialProvider, addUserPool } from "./providers.ts";
import { reviewPool } from "./review.ts";

/** Every prompt, in the order in which a client lists them. */
export const prompts: readonly Prompt[] = [
  setUpGuestPool,
  addUserPool,
  addOidcProvider,
  addSamlProvider,
  addSocialProvider,
  reviewPool,
  moveDeveloperUser,
  cleanUpIdentities,
  findOutWhyNoCredentials,
];
