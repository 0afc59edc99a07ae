/** Dates in an answer that are none. For one of them, the SDK raises an error or gives a Date that nothing can be done with. */
import { isRecord } from "../util/json.ts";

/** The commands whose answers say when an identity was created and changed. Their answers are read again here, and no others. */
const withDates: ReadonlySet<string> = new Set(["DescribeIdentityCommand", "ListIdentitiesCommand"]);

const members = ["CreationDate", "LastModifiedDate"];

/** A member that may hold something other than a plain number. A name with an escape may be such a member. */
const oddDate = /\\|"(?:CreationDate|LastModifiedDate)"(?!:\d{1,12}(?:\.\d{1,9})?[,}])/;

/** The last second that a Date can hold. */
const LAST_SECOND = 8.64e12;

/** The answer without the dates that are none; undefined if it has no such date. */
export function withoutFalseDates(command: string, body: Uint8Array): Uint8Array | undefined {
  if (!withDates.has(command)) return undefined;
  let left = false;
  const text = Buffer.from(body).toString();
  // The usual answer is not read twice.
  if (!oddDate.test(text)) return undefined;
  try {
    const answer: unknown = JSON.parse(text, (key, value: unknown) => {
      if (!members.includes(key) || isDate(value)) return value;
      left = true;
      return undefined;
    });
    return left && isRecord(answer) ? Buffer.from(JSON.stringify(answer)) : undefined;
  } catch {
    // What is not JSON, the SDK says.
    return undefined;
  }
}

/** Seconds since the epoch, as a number or written as one. Null counts as absent. */
function isDate(value: unknown): boolean {
  if (value === null) return true;
  const isWritten = typeof value === "string" && /^-?\d*\.?\d+$/.test(value);
  return (typeof value === "number" || isWritten) && Math.abs(Number(value)) <= LAST_SECOND;
}
