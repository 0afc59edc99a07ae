/**
 * What an answer of AWS may hold. AWS never answers as much, and the rest of this program can plan, filter and redact this much
 * without holding up other calls.
 */
import type { CommandName } from "../plans/command.ts";

/** Of one answer, as its JSON is written. */
export interface AnswerLimits {
  readonly bytes: number;
  /** Members of objects and entries of lists and maps, at every depth. */
  readonly entries: number;
  /** Bytes of one string. */
  readonly text: number;
}

type Operation = CommandName extends infer Name ? (Name extends `${infer Op}Command` ? Op : never) : never;

/** A few ids, or nothing. */
const few: AnswerLimits = { bytes: 16_384, entries: 1000, text: 16_384 };

/**
 * 10 login providers, 50 user pools, 50 tags with 128 + 256 characters, and the OpenID Connect and SAML providers of an account,
 * of which IAM allows 100 each with ARNs of at most 300 characters: about 120 KB and 500 entries.
 */
const pool: AnswerLimits = { bytes: 196_608, entries: 2000, text: 16_384 };

/**
 * 10 mappings with 25 rules by the quota (400 by the model). By the model a rule has a role ARN of at most 2048 characters of ASCII, a
 * claim of 64 and a value of 128, each of up to 6 bytes: with the names of its members at most 3,300 bytes, and all of them 825 KB.
 * AWS does not check that the roles exist, so that the shorter ARNs of IAM are no limit. By the model these are 20,050 entries.
 */
const roles: AnswerLimits = { bytes: 1_048_576, entries: 25_000, text: 16_384 };

/** 50 tags with 128 + 256 characters, each of up to 6 bytes: at most 115 KB. */
const tags: AnswerLimits = { bytes: 131_072, entries: 1000, text: 16_384 };

/**
 * A page of at most 60 entries, and a page token of at most 65,535 characters. An identity has one login for each provider, with a name of
 * at most 128 characters; a developer user has a name of at most 1,024.
 */
const page: AnswerLimits = { bytes: 1_048_576, entries: 10_000, text: 100_000 };

/** Login tokens have at most 50,000 characters, and what is vended is shorter than what it was vended for. */
const vended: AnswerLimits = { bytes: 131_072, entries: 1000, text: 100_000 };

/**
 * By operation. From the service model (https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/), and where it
 * sets no limit, from the quotas of Cognito (https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html) and IAM
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html). A test holds them to the model.
 */
export const answerLimits: Readonly<Record<Operation, AnswerLimits>> = {
  CreateIdentityPool: pool,
  DeleteIdentities: few,
  DeleteIdentityPool: few,
  DescribeIdentity: few,
  DescribeIdentityPool: pool,
  GetCredentialsForIdentity: vended,
  GetId: few,
  GetIdentityPoolRoles: roles,
  GetOpenIdToken: vended,
  GetOpenIdTokenForDeveloperIdentity: vended,
  GetPrincipalTagAttributeMap: tags,
  ListIdentities: page,
  ListIdentityPools: page,
  ListTagsForResource: tags,
  LookupDeveloperIdentity: page,
  MergeDeveloperIdentities: few,
  SetIdentityPoolRoles: few,
  SetPrincipalTagAttributeMap: tags,
  TagResource: few,
  UnlinkDeveloperIdentity: few,
  UnlinkIdentity: few,
  UntagResource: few,
  UpdateIdentityPool: pool,
};

/** Of a user pool, whose messages have up to 20,000 characters each, or a page of 60 groups with descriptions of 2,048. */
const userPool: AnswerLimits = { bytes: 1_048_576, entries: 10_000, text: 131_072 };

/** An error, whose text can repeat a login token. */
const errorLimits: AnswerLimits = { bytes: 131_072, entries: 1000, text: 100_000 };

/** Answers of the other services, which give credentials in a few kilobytes of JSON or XML. */
const otherLimits: AnswerLimits = {
  bytes: 1_000_000,
  entries: Number.POSITIVE_INFINITY,
  text: Number.POSITIVE_INFINITY,
};

/** Levels of lists and objects; the deepest answer of AWS has 6. */
const MAX_DEPTH = 16;

const TARGET = "AWSCognitoIdentityService.";

/** The limits of the answer to a request with this `x-amz-target` header. */
export function limitsFor(target: string | undefined, status: number): AnswerLimits {
  if (target === undefined) return otherLimits;
  if (status >= 300) return errorLimits;
  if (!target.startsWith(TARGET)) return userPool;
  return answerLimits[target.replace(TARGET, "") as Operation] ?? few;
}

/** Measures an answer while it arrives. */
export interface AnswerMeter {
  /** Takes the next bytes. False once the answer is over a limit. */
  add(bytes: Uint8Array): boolean;
  /** Whether the answer begins as a JSON object does. */
  readonly isObject: boolean;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];
/** Space, tab, line feed and carriage return are all below the first byte that JSON can begin with. */
const LAST_SPACE = 0x20;

/** Reads bytes and parses nothing, so that an answer over a limit takes no memory. What is not JSON is measured as if it were. */
export function createAnswerMeter(limits: AnswerLimits): AnswerMeter {
  let first = 0;
  let bytes = 0;
  let entries = 0;
  let depth = 0;
  let text = 0;
  let inText = false;
  let escaped = false;

  function takeText(byte: number): void {
    if (byte === QUOTE && !escaped) {
      inText = false;
      return;
    }
    escaped = byte === BACKSLASH && !escaped;
    text += 1;
  }

  function take(byte: number): void {
    if (inText) takeText(byte);
    else if (byte === QUOTE) {
      inText = true;
      text = 0;
    } else if (byte === COMMA) entries += 1;
    else if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
      entries += 1;
      depth += 1;
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) depth -= 1;
    if (first === 0 && byte > LAST_SPACE) first = byte;
  }

  return {
    add(chunk) {
      bytes += chunk.length;
      if (bytes > limits.bytes) {
        // How the answer begins still matters.
        for (let at = 0; first === 0 && at < chunk.length; at += 1) take(chunk[at] ?? 0);
        return false;
      }
      for (let at = 0; at < chunk.length; at += 1) {
        take(chunk[at] ?? 0);
        if (entries > limits.entries || text > limits.text || depth > MAX_DEPTH) return false;
      }
      return true;
    },
    get isObject() {
      return first === OPEN_OBJECT;
    },
  };
}

/** An answer over the limits, of which nothing is read. */
export class OversizeError extends Error {
  override readonly name = "OversizeError";
  /** Whether it says that AWS carried the call out: its status is one of success, and it begins as an answer does. */
  readonly accepted: boolean;

  constructor(accepted: boolean) {
    super("an answer over the limits");
    this.accepted = accepted;
  }
}

/**
 * Whether an error was raised by handling an answer that says that AWS carried the call out. What is not JSON is not an answer of AWS.
 */
export function wasAccepted(error: unknown): boolean {
  if (error instanceof OversizeError) return error.accepted;
  if (!(error instanceof Error) || error instanceof SyntaxError) return false;
  const { $metadata } = error as { $metadata?: { httpStatusCode?: unknown } };
  const status = Number($metadata?.httpStatusCode);
  return status >= 200 && status < 300;
}
