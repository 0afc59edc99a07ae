/** Ids of identity pools and of identities. Both are REGION:GUID. */
import { GUID_PATTERN as GUID, POOL_ARN, REGION_PATTERN } from "../../util/aws-names.ts";
import { anyMistakes, type Form, type Mistake } from "./form.ts";

const EXAMPLE = "eu-west-1:00000000-0000-0000-0000-000000000000";
const UUID = new RegExp(`^${GUID}$`, "i");

const mistakes: readonly Mistake[] = [
  ...anyMistakes,
  {
    found: new RegExp(`^${REGION_PATTERN}_\\w+$`),
    text: `This is the id of a user pool. Identity pools and identities have ids of the form REGION:GUID, e.g. ${EXAMPLE}; list-identity-pools shows them`,
  },
  {
    found: /^(?:https:\/\/)?cognito-idp\./,
    text: "This is the provider name of a user pool. Identity pools have ids of the form REGION:GUID; list-identity-pools shows them",
  },
  {
    found: new RegExp(`^arn:aws[\\w-]*:cognito-identity:[^:]*:\\d*:identitypool/(${REGION_PATTERN}:${GUID})$`),
    text: (id) => `This is the ARN of the pool ${id}: pass ${id}`,
  },
  {
    found: /^arn:/,
    text: `This is an ARN. Ids have the form REGION:GUID, e.g. ${EXAMPLE}`,
  },
  { found: new RegExp(`^${REGION_PATTERN}:${GUID}$`, "i"), text: "must be in lower case" },
];

function idForm(uuid: string, otherwise: string): Form {
  return { right: /^[\w-]+:[-\da-f]+$/, mistakes: [...mistakes, { found: UUID, text: uuid }], otherwise };
}

export const poolIdForm = idForm(
  `must have the region in front: REGION:GUID, e.g. ${EXAMPLE}; list-identity-pools shows the ids`,
  `must be REGION:GUID, e.g. ${EXAMPLE}. list-identity-pools with nameContains finds the id of a pool by its name`,
);

export const identityIdForm = idForm(
  `That looks like a user's sub, not an identity id. Identity ids are REGION:GUID, e.g. ${EXAMPLE}; Cognito cannot look them up by a user`,
  `must be REGION:GUID, e.g. ${EXAMPLE}. list-identities shows the ids of a pool's identities`,
);

export const poolArnForm: Form = {
  right: POOL_ARN,
  mistakes: [
    ...anyMistakes,
    {
      found: new RegExp(`^(?:${REGION_PATTERN}:${GUID})$`),
      text: "This is an id, not an ARN: pass it as IdentityPoolId in place of ResourceArn",
    },
    {
      found: /^arn:[^:]*:cognito-identity:[^:]*:(?!\d{12}:)[^:]*:identitypool\//,
      text: "has no account id of 12 digits: pass IdentityPoolId in place of ResourceArn, and the server finds the account",
    },
    {
      found: /^arn:[^:]*:cognito-idp:/,
      text: "This is the ARN of a user pool. Tags of identity pools take arn:aws:cognito-identity:REGION:ACCOUNT:identitypool/POOL_ID, or IdentityPoolId",
    },
  ],
  otherwise:
    "is not the ARN of an identity pool. Use arn:aws:cognito-identity:REGION:ACCOUNT:identitypool/POOL_ID, or IdentityPoolId in place of ResourceArn",
};
