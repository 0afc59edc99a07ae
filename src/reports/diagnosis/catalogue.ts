import type { Branch } from "./branch.ts";
import { accessBranches } from "./branches/access.ts";
import { loginBranches } from "./branches/login.ts";
import { poolBranches } from "./branches/pool.ts";
import { roleChoiceBranches } from "./branches/role-choice.ts";
import { trustBranches } from "./branches/trust.ts";

/** Every branch, in the order in which AWS comes to them: an earlier one hides the later ones. */
export const branches: readonly Branch[] = [
  ...poolBranches,
  ...loginBranches,
  ...roleChoiceBranches,
  ...trustBranches,
  ...accessBranches,
];
