/** All tasks, in the order of their numbers. The first sixteen are those that were measured first. */
import { diagnosisTasks } from "./list/diagnosis.ts";
import { everyday } from "./list/everyday.ts";
import { identityTasks } from "./list/identities.ts";
import { poolTasks } from "./list/pools.ts";
import { roleTasks } from "./list/roles.ts";
import { slips } from "./list/slips.ts";
import type { Task } from "./task.ts";

export const tasks: readonly Task[] = [
  ...everyday,
  ...roleTasks,
  ...poolTasks,
  ...identityTasks,
  ...slips,
  ...diagnosisTasks,
];
