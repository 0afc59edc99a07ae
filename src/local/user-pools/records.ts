/** What the service keeps of a user pool. It is as the seed file describes it, and does not change. */
import type { Fields } from "../../util/json.ts";

export interface UserPool {
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly created: number;
  /** The members of DescribeUserPool that the seed file gives. */
  readonly description: Fields;
  /** The members of DescribeUserPoolClient, by client id. */
  readonly clients: Readonly<Record<string, Fields>>;
  /** The members of a group of ListGroups, in their order. */
  readonly groups: readonly Fields[];
}
