/** Whether a person was told the right cause and a fix for it, in whatever words, and nothing else was blamed. */
import { told } from "./checks.ts";
import type { Run } from "./task.ts";

interface Cause {
  /** What a sentence says that names this cause. */
  readonly blames: RegExp;
  /** What an answer says that names a fix. */
  readonly fix: RegExp;
  /** Causes that a right answer may name too. */
  readonly beside?: readonly CauseName[];
  /** Whether a role is to be made: what its trust policy needs is no second cause. */
  readonly makesRole?: true;
}

export type CauseName =
  | "guests off"
  | "no guest role"
  | "role deleted"
  | "other pool's aud"
  | "amr of the other kind"
  | "principal"
  | "session tags"
  | "deny in the trust policy"
  | "no rule matches"
  | "order of rules"
  | "claim without prefix"
  | "unknown client id"
  | "classic flow off"
  | "no permission"
  | "limit of guests";

/** Alternatives, in any case. */
const any = (...patterns: readonly RegExp[]) => new RegExp(patterns.map(({ source }) => source).join("|"), "i");

const causes: Readonly<Record<CauseName, Cause>> = {
  "guests off": {
    blames: any(
      /(?:guest|unauthenticated|anonymous)[^,]*\b(?:off|disabled|deactivated|(?:not|n't) (?:allowed|enabled|permitted|accepted|switched on|turned on)(?! to\b))/,
      /AllowUnauthenticatedIdentities\W+(?:\w+\W+){0,3}false/,
      /\b(?:takes?|allow(?:s|ed)?|accept(?:s|ed)?|permit(?:s|ted)?|took|let) (?:no|any)\b.{0,20}(?:guest|unauthenticated|anonymous)/,
      /(?:does not|doesn't|did not|didn't|not) (?:allow|accept|take|permit|let)\w* (?:guest|unauthenticated|anonymous)/,
    ),
    fix: any(/\b(?:switch|turn)\w*\b.{0,20}\bon\b/, /\b(?:enabl|allow|activat|permit)\w*/, /\btrue\b/),
  },
  "no guest role": {
    blames: any(
      /\b(?:no(?! matter)|without an?|missing|lacks? an?|needs? an?)\b.{0,40}\brole\b.{0,40}(?:guest|unauthenticated|visitor|anonymous)/,
      /\b(?:no(?! matter)|missing|lacks?|without)\b.{0,12}(?:guest|unauth|anonymous)\S*\W{0,2}(?:\w+ )?role/,
      /(?:guest|unauthenticated|visitor|anonymous)\S*.{0,20}\brole\b.{0,40}\b(?:missing|unset|empty|absent|(?:not|n't|never|nothing) (?:been )?(?:set|assigned|configured|attached|defined|filled))/,
      /Roles\.unauthenticated.{0,30}(?:missing|not set|absent|empty|unset)/,
      /(?:guests?|unauthenticated identities|visitors)\b.{0,30}\b(?:no|without a|not any) (?:\w+ )?role/,
    ),
    fix: any(
      /set-identity-pool-roles/,
      /SetIdentityPoolRoles/,
      /\b(?:set|assign|attach|configure|name|give|add|choose|enter)\b.{0,80}\brole/,
    ),
    makesRole: true,
  },
  "role deleted": {
    blames: any(
      /(?:\brole\b|-users\b).{0,120}(?:(?:does not|doesn't|no longer) exists?|(?:was|been|is) (?:deleted|removed)|\bgone\b|not found|(?:cannot|can't) be found|missing (?:in|from) IAM|non-?existent|not there any ?more)/,
      /(?:deleted|non-?existent) (?:\S+ )?role/,
      /there is no (?:\S+ )?role (?:named |called )?\S+-users/,
    ),
    fix: any(
      /\b(?:re-?)?creat\w+/,
      /\brestor\w+/,
      /set-identity-pool-roles/,
      /(?:another|different|existing|other) role|role that (?:does )?exist/,
    ),
    makesRole: true,
  },
  "other pool's aud": {
    blames: any(
      /(?:\baud\b|\baudience\b|\btrust).{0,200}\b(?:another|different|wrong|old|former|previous|first|(?:the|some) other|does not match|doesn't match)\b.{0,20}\b(?:pool|one|id\b|value)/,
      /\b(?:another|different|wrong|old|former|previous|(?:the|some) other)\b.{0,20}\bpool\b.{0,120}(?:\baud\b|\btrust)/,
      /(?:\baud\b|\baudience\b).{0,160}\b(?:must be|should be|has to be|instead of|rather than|is not|isn't)\b/,
    ),
    fix: any(/\b(?:chang|replac|updat|set|correct|put|point|edit|must be|should be|has to be)\w*/),
  },
  "amr of the other kind": {
    blames: any(
      /\bamr\b.{0,160}(?:unauthenticated|guest|wrong|must be|should be|does not match|doesn't match)/,
      /(?:unauthenticated|guests?\b).{0,160}\bamr\b/,
      /\btrust\w*\b[^,]{0,120}\b(?:only|for|lets|accepts|admits|wants|requires|expects)\b.{0,40}(?:unauthenticated|guests?\b)/,
    ),
    // Without "un" before it.
    fix: any(/(?<![a-z])authenticated\b/),
  },
  principal: {
    blames: any(/\bprincipal\b(?!.?tags?)/, /\bfederated\b/, /cognito-identity-us-gov/),
    fix: any(/cognito-identity-us-gov\.amazonaws\.com/),
    // Its condition keys have the wrong name as well.
    beside: ["amr of the other kind", "other pool's aud"],
  },
  "session tags": {
    blames: any(
      /(?:\bnot\b|n't\b|\b(?:missing|lacks?|without|needs?|must|add|extend|allow|no)\b).{0,100}TagSession/,
      /TagSession.{0,100}(?:\bnot\b|n't\b|\b(?:missing|must|has to|needs|add|added)\b)/,
    ),
    fix: any(
      // Not the "set" in the name of a tool.
      /(?<!not |n't )\b(?:add|allow|include|grant|permit|extend|put|insert|append|set(?!-))\b.{0,120}TagSession/,
      /TagSession.{0,120}\b(?:(?:must|has to|should|needs to) be|add it)\b/,
      /\badd it\b/,
    ),
  },
  "deny in the trust policy": {
    blames: any(
      /\btrust\w*\b.{0,200}\bden(?:y|ies)\b/,
      /\bden(?:y|ies)\b.{0,160}\btrust/,
      /explicit(?:ly)? den/,
      /ClosedForMaintenance/,
    ),
    fix: any(/\b(?:remov|delet|narrow|drop|limit|restrict|strip|take\b.{0,40}\bout)\w*/, /get rid of/),
  },
  "no rule matches": {
    blames: any(
      /\b(?:no|none|not one|0|zero|neither|nothing)\b.{0,80}\brules?\b.{0,80}\b(?:match|appl|fit|cover)\w*/,
      /\brules?\b.{0,100}\b(?:not|n't|doesn't|don't|none|never|0|no)\b.{0,20}\b(?:match|fit|appl|cover)\w*/,
      /\b(?:match|fit)\w* (?:no|none|0)\b.{0,20}\brules?/,
      /\bonly rule\b.{0,80}\beditors\b/,
    ),
    fix: any(
      /\b(?:add|new|further|another|second|create|write)\b.{0,40}\brule/,
      /AuthenticatedRole|default role|authenticated role/,
      /\b(?:put|add|make|move)\b.{0,40}\beditors\b/,
    ),
  },
  "order of rules": {
    blames: any(
      /\brules?\b.{0,160}\b(?:first|earlier|before|order|above|precedes?|ahead|later|after)\b/,
      /\b(?:first|earlier|before|order|above|precedes?|ahead)\b.{0,160}\brules?\b/,
    ),
    fix: any(
      /\b(?:mov|reorder|swap|put|plac|insert|rearrang|switch|revers|bring)\w*\b/,
      /\bchang\w+ the order\b|\bother order\b|\bmust (?:be|come) (?:first|before)\b/,
    ),
  },
  "claim without prefix": {
    // Paths have prefixes too.
    blames: any(
      /custom:/,
      /\b(?:claim|attribute|rule|token|custom)s?\b.{0,80}\bprefix/,
      /\bprefix.{0,80}\b(?:claim|attribute|rule|token|custom)/,
    ),
    fix: any(/custom:department/),
    // Why people got the other role.
    beside: ["order of rules", "no rule matches"],
  },
  "unknown client id": {
    blames: any(
      /\bclient\b.{0,160}\b(?:not|n't|unknown|missing|only|another|different|new|unlisted|never)\b/,
      /\b(?:not|n't|didn't|doesn't|only|unknown|missing|never)\b.{0,120}\bclient\b/,
      /\b(?:kn(?:ew|ows?)|takes?|took|accept(?:s|ed)?|list(?:s|ed)?|ha[ds]) only\b.{0,40}\bwebsite/,
    ),
    fix: any(/\b(?:add|includ|regist|enter|list|accept|tak)\w*/),
  },
  "classic flow off": {
    blames: any(
      /\b(?:classic|basic)\b.{0,80}\b(?:off|disabled|false|closed|(?:not|n't) (?:enabled|allowed|available|switched on|turned on|permitted))/,
      /AllowClassicFlow\W+(?:\w+\W+){0,3}false/,
    ),
    fix: any(
      /GetCredentialsForIdentity|get-credentials-for-identity/,
      /AllowClassicFlow\W+(?:\w+\W+){0,3}true/,
      /(?<!not |n't )\b(?:enable|turn on|switch on|allow|reopen|open)\b.{0,20}\b(?:classic|basic)/,
      /\b(?:turn|switch)\b.{0,40}\bon\b/,
    ),
  },
  "no permission": {
    blames: any(
      /\b(?:no|none|not|n't|lacks?|missing|without|doesn't|only|nothing)\b.{0,120}\b(?:polic|permission|allow|grant|permit|right)\w*.{0,120}(?:\bs3\b|PutObject|ssm:|GetParameter)/,
      /(?:\bs3\b|PutObject|ssm:|GetParameter).{0,120}\b(?:not|n't|never|missing|lacks?|no)\b.{0,60}\b(?:allow|grant|permi|polic|role)\w*/,
      /\blacks?\b.{0,20}(?:s3:|PutObject)/,
    ),
    fix: any(
      /(?<!not |n't )\b(?:add|allow|grant|extend|attach|put|give|permit|include)\b[\s\S]{0,200}(?:PutObject|gallery-uploads)/,
      /\bneeds?\b.{0,100}PutObject/,
      /PutObject.{0,120}\b(?:must|has to|should|needs to) be\b/,
    ),
  },
  "limit of guests": {
    blames: any(
      // A policy that does not limit them is no limit.
      /session polic(?!.{0,60}\b(?:not|no longer|never) (?:limit|restrict|cap)|.{0,60}n't (?:limit|restrict|cap))/,
      /(?<!not |n't |no longer |never )\b(?:limit|ceiling|cap|restrict|scope-?down)\w*\b.{0,120}\b(?:guest|unauthenticated)/,
      /\b(?:guest|unauthenticated)\w*.{0,120}(?<!not |n't |no longer |never )\b(?:limit|ceiling|cap|restrict|scope-?down)/,
    ),
    fix: any(
      /\b(?:sign|log)\w*[- ]?in\b/,
      /Lambda|API Gateway|\bbackend\b|\bproxy\b|\bserver\b|AppSync|DynamoDB|from S3|in S3/,
    ),
    // The action is not allowed, but not by the role. The classic flow is without the limit, and off.
    beside: ["no permission", "classic flow off"],
  },
};

/** What a person reads who is told that something is not the cause. */
const reassures = new RegExp(
  [
    /\b(?:is|are|was|were|looks?) (?:all )?(?:fine|right|correct|ok|okay|in order|sound|as (?:it|they) should)\b/,
    /(?:\bnot|n't) (?:needed|required|involved|affected|because|that|the (?:cause|problem|reason))\b/,
    /\b(?:cannot|can't) be (?:switched|turned|changed|lifted|widened)\b/,
    /\b(?:ruled out|no need|already|healthy|stays?|keeps?|unchanged|unaffected|nothing (?:is )?wrong)\b/,
  ]
    .map(({ source }) => source)
    .join("|"),
  "i",
);

/** Who is not certain names several causes in one sentence. */
const hedges = /\b(?:or|maybe|perhaps|possibly|could|might|either|probably)\b/i;

/** "(2) Or …" begins a further way out. */
const hedged = (clause: string) => hedges.test(clause.replace(/^\W*(?:\d+\W+)?or\b/i, ""));

/** What is to stay as it is, up to those words. */
const kept = /\b(?:leav|keep)\w*\b(?:(?!\b(?:leav|keep)).)*?\bas (?:it|they) (?:is|are)\b/gi;

/** What the trust policy of a role that is to be made needs. */
const advises = [
  /\btrust policy(?: of (?:the|this|that|a) (?:new )?role)? (?:must|should|has to|needs?)\b/i,
  /\b(?:re-?creat|creat|mak)\w*\b.{0,80}\btrust policy\b/i,
];

/** What is said of a role that is there. */
const faults = /\b(?:wrong|another pool|different|old|instead|lacks?|missing|still|now)\b/i;

/** Without such advice, and the list after it. */
function withoutAdvice(sentences: readonly string[]): string[] {
  let listed = false;
  return sentences.filter((sentence) => {
    const isAdvice = advises.some((pattern) => pattern.test(sentence)) && !faults.test(sentence);
    const isItem = listed && /^\s*(?:[-*]|\d+\.)\s/.test(sentence) && !faults.test(sentence);
    listed = isItem || (isAdvice && /:\s*$/.test(sentence));
    return !isAdvice && !isItem;
  });
}

/** Sentences, without code: a corrected policy has every word in it. */
function sentencesOf(answer: string): string[] {
  let text = answer.replace(/```[\s\S]*?```/g, " ");
  // The innermost braces first.
  for (let shorter = text; ; text = shorter) {
    shorter = text.replace(/\{[^{}]*\}/g, " ");
    if (shorter === text) break;
  }
  return text.split(/[.!?;](?=\s|$)|\n/);
}

/** The person must be told this cause, a fix of it and these details, and no other cause. */
export function checkAnswer(run: Run, name: CauseName, details: readonly string[] = []): string[] {
  const sentences = sentencesOf(run.answer);
  const { blames, fix, beside = [], makesRole } = causes[name];
  const clauses = (makesRole ? withoutAdvice(sentences) : sentences).flatMap((sentence) =>
    sentence.replace(kept, " ").split(/,\s+(?=and\b|but\b)/),
  );
  const wrong = (Object.keys(causes) as CauseName[]).filter(
    (other) =>
      other !== name &&
      !beside.includes(other) &&
      clauses.some(
        (clause) =>
          causes[other].blames.test(clause) &&
          !reassures.test(clause) &&
          // One mistake can be said with the words of two, but not with "or" between them.
          (!blames.test(clause) || hedged(clause)),
      ),
  );
  return [
    ...(sentences.some((sentence) => blames.test(sentence)) ? [] : [`The person was not told the cause: ${name}.`]),
    ...(fix.test(run.answer) ? [] : [`The person was not told a fix for: ${name}.`]),
    ...wrong.map((other) => `The person was told another cause: ${other}.`),
    ...told(run, details),
  ];
}
