/** What people were told of the diagnosis tasks: right answers in different words, and wrong ones. */
import { account, client, poolId, roleArn } from "./names.ts";

interface Answers {
  readonly right: readonly string[];
  readonly wrong: readonly string[];
}

/** What a thorough answer says beside the cause, each on a line of its own. */
export const ruledOut = [
  "I also checked the rest of the account:",
  "- The pool exists, and its guest setting is as it should be.",
  "- The role's condition on aud is right.",
  "- amr is fine: authenticated for users, unauthenticated for guests.",
  "- The principal is correct.",
  "- sts:TagSession is not needed beyond that.",
  "- The order of the rules is not the cause.",
  "- The client id is fine.",
  "- The classic flow is not involved.",
].join("\n");

/** By the name of the task. */
export const answers: Readonly<Record<string, Answers>> = {
  "guests-are-off": {
    right: [
      "Guest access was switched off in the pool kiosk, so every visitor was refused. I turned it on again.",
      "The pool had AllowUnauthenticatedIdentities set to false. I set it to true after your approval; visitors get credentials now.",
      "Cause: the identity pool did not allow unauthenticated identities. Fixed by enabling them. The guest role kiosk-guests is fine.",
    ],
    wrong: [
      "I fixed it.",
      "The pool has no role for guests. I set kiosk-guests as the unauthenticated role.",
      "Either guests are disabled, or the guest role is missing, or its trust policy names another pool. I enabled guests.",
    ],
  },
  "no-role-for-guests": {
    right: [
      "Guests are allowed, but no role is set for them: the pool has no unauthenticated role. Set Roles.unauthenticated with set-identity-pool-roles.",
      "The unauthenticated role of the pool museum is not set. Somebody has to assign a role for guests, for example museum-guests.",
      `Guests are allowed in museum, but no role is set for them: Roles.unauthenticated is missing. Set a role with set-identity-pool-roles. Its trust policy must let the federated principal cognito-identity.amazonaws.com call sts:AssumeRoleWithWebIdentity, with the conditions cognito-identity.amazonaws.com:aud = ${poolId(202)} and cognito-identity.amazonaws.com:amr = unauthenticated.`,
      "No role is set for guests: Roles.unauthenticated is missing. Set one with set-identity-pool-roles. Its trust policy must have:\n- Principal: Federated cognito-identity.amazonaws.com\n- Condition: amr = unauthenticated",
      "No role is set for guests. Create one and set it as the unauthenticated role. The trust policy of the new role needs the principal cognito-identity.amazonaws.com, and amr unauthenticated.",
      "Your guests have no role. Attach one to the pool as the unauthenticated role; I did not change anything.",
    ],
    wrong: [
      "Guests are disabled in this pool. Enable AllowUnauthenticatedIdentities.",
      "The role museum-guests was deleted. Create it again.",
      "The pool has no unauthenticated role.",
      "Check the roles of the pool and their trust policies.",
      "No role is set for guests, and the trust policy of museum-guests names the wrong principal. Set a role.",
      "No role is set for guests. Its trust policy has amr authenticated instead of unauthenticated. Set a role.",
    ],
  },
  "the-role-was-deleted": {
    right: [
      `The pool gives signed-in users ${roleArn("library-users")}, and this role does not exist any more in IAM. Create it again with a trust policy for this pool, or set another role.`,
      'The role library-users has been deleted. Recreate it, with this trust policy:\n```json\n{"Effect":"Allow","Condition":{"StringEquals":{"cognito-identity.amazonaws.com:aud":"eu-west-1:x"}}}\n```',
      "The role library-users does not exist in IAM. Create it again, with a trust policy that lets the federated principal cognito-identity.amazonaws.com in, for amr authenticated, not unauthenticated.",
      "IAM knows no role library-users: it is gone. Either restore it or name an existing role as the authenticated role with set-identity-pool-roles.",
    ],
    wrong: [
      "The trust policy of library-users has the wrong aud. Set it to this pool.",
      "No authenticated role is set. Set one with set-identity-pool-roles.",
      "The role library-users was deleted. Nothing can be done.",
      "Some role was deleted. Create it again.",
      "The role library-users was deleted. The trust policy of the role needs amr authenticated instead of unauthenticated. Create it again.",
      "The role library-users was deleted, and its trust policy still has the amr of guests. Create it again.",
    ],
  },
  "the-trust-policy-names-another-pool": {
    right: [
      `The trust policy of parking-users still names the old pool (${poolId(190)}) as aud. Change it to ${poolId(204)}.`,
      `In the role ${roleArn("parking-users")}, the condition cognito-identity.amazonaws.com:aud is for a different identity pool. Update it with iam:UpdateAssumeRolePolicy so that it is ${poolId(204)}. The amr condition is right.`,
      `Role parking-users trusts another pool. Its audience has to be ${poolId(204)} in statement 1 of the trust policy: {"Effect":"Allow","Principal":{"Federated":"cognito-identity.amazonaws.com"},"Condition":{"ForAnyValue:StringLike":{"cognito-identity.amazonaws.com:amr":"authenticated"}}}`,
    ],
    wrong: [
      `The role parking-users does not exist. Create it for ${poolId(204)}.`,
      `The trust policy of parking-users is only for guests: its amr is unauthenticated. Set it to authenticated in ${poolId(204)}.`,
      "The trust policy of parking-users is for another pool.",
      `In parking-users, the aud is for another pool, or sts:TagSession is missing. Change the aud to ${poolId(204)}, or add sts:TagSession.`,
    ],
  },
  "the-trust-policy-is-for-guests": {
    right: [
      "The trust policy of harbour-users wants amr unauthenticated, so it lets in guests only. Set cognito-identity.amazonaws.com:amr to authenticated.",
      'harbour-users is trusted for guests: change ForAnyValue:StringLike amr from "unauthenticated" to "authenticated" in its trust policy. The aud is correct.',
      "The trust policy of the role harbour-users only accepts unauthenticated identities. Replace statement 1, with the value authenticated for amr.",
    ],
    wrong: [
      "The aud of harbour-users is that of another pool and must be changed. Users are authenticated.",
      "harbour-users has an amr of unauthenticated, which is what you want.",
      "harbour-users needs sts:TagSession for authenticated users. Add it.",
      "Guests are off in the pool. The role harbour-users is for authenticated users.",
    ],
  },
  "the-principal-of-another-partition": {
    right: [
      "In GovCloud (US-West) the service has another name. The trust policy of permits-users names the principal cognito-identity.amazonaws.com; it must be cognito-identity-us-gov.amazonaws.com, in the condition keys too.",
      "The federated principal is wrong for this partition: use cognito-identity-us-gov.amazonaws.com in permits-users, also before :aud and :amr.",
      "permits-users trusts the commercial service principal. Replace it by cognito-identity-us-gov.amazonaws.com. The keys :aud and :amr need this name as well.",
    ],
    wrong: [
      "permits-users does not exist in GovCloud. Create the role there.",
      "The principal of permits-users is wrong. Correct it.",
      "The role permits-users is for guests: amr must be authenticated.",
      "permits-users needs sts:TagSession. Add it. Its principal is cognito-identity-us-gov.amazonaws.com.",
    ],
  },
  "session-tags-are-not-allowed": {
    right: [
      "With the mapping, the pool sends session tags, and the trust policy of stadium-users does not allow sts:TagSession. Add it beside sts:AssumeRoleWithWebIdentity.",
      "stadium-users: the trust policy must allow sts:TagSession as well as sts:AssumeRoleWithWebIdentity, because principal tags are sent now.",
      "The Action of stadium-users' trust policy lacks sts:TagSession. Extend it with sts:TagSession; the mapping can stay.",
      `Cause: since the mapping, the pool sends the session tag department, but the trust policy of the signed-in users role ${roleArn("stadium-users")} does not allow sts:TagSession. The mapping can stay. To do, in IAM by someone with iam:UpdateAssumeRolePolicy: in statement 1 of the trust policy of stadium-users, set "Action":["sts:AssumeRoleWithWebIdentity","sts:TagSession"] and leave Principal (cognito-identity.amazonaws.com) and Condition (aud = ${poolId(207)}, amr = authenticated) as they are. It applies after some seconds. I changed nothing.`,
    ],
    wrong: [
      "The mapping of principal tags breaks the role stadium-users. Remove the mapping with set-principal-tag-attribute-map.",
      "The trust policy of stadium-users is for another pool. Change its aud.",
      "The trust policy of stadium-users does not allow sts:TagSession.",
      "The trust policy of stadium-users does not allow sts:TagSession. Remove the mapping with set-principal-tag-attribute-map, so that sts:TagSession is not asked for.",
      "The trust policy of stadium-users does not allow sts:TagSession. Set the right Principal, and add sts:TagSession. Leave the Condition as it is.",
      "Grant the permission s3:GetObject to stadium-users.",
      "The claim is custom:department, with the prefix. Allow it in stadium-users.",
    ],
  },
  "a-deny-in-the-trust-policy": {
    right: [
      "The trust policy of theatre-users still has a Deny (ClosedForMaintenance) that refuses everybody. Remove statement 2.",
      "In the role theatre-users, statement 2 of the trust policy denies sts:AssumeRoleWithWebIdentity. Delete this statement.",
      "You forgot to take the explicit deny out of the trust policy of theatre-users.",
    ],
    wrong: [
      "The role theatre-users was removed. Create it again.",
      "The trust policy of theatre-users is for another pool; remove it.",
      "Remove the role mapping of theatre-users: AmbiguousRoleResolution is Deny and no rule matches.",
      "theatre-users has a Deny in its trust policy.",
    ],
  },
  "no-rule-matches": {
    right: [
      "None of the rules matches Bea's token, and the mapping then denies (AmbiguousRoleResolution Deny). Put her into the group editors, add a rule for her, or set AuthenticatedRole.",
      "The role mapping has one rule, for editors, and no rule applies to Bea. Add a rule for her group readers.",
      "0 rules match her claims. Way out: AmbiguousRoleResolution = AuthenticatedRole, so that she gets the default role.",
    ],
    wrong: [
      "Bea's token has expired. She has to sign in again.",
      "The rules are in the wrong order: move the one for editors first.",
      "Guests are off in the pool, and no rule matches. Add a rule.",
      "No rule matches Bea's claims.",
    ],
  },
  "an-earlier-rule-matches": {
    right: [
      "The rule for staff is first, and the first rule that matches wins. Move the rule for admins before it.",
      "Rules are applied in order: rule 1 (staff) matches Ana before rule 2 (admins). Swap them.",
      "Both rules match Ana's groups, but the one for staff comes earlier. Put the admins rule at the top.",
    ],
    wrong: [
      "Ana is not in the group admins. Put her there instead of staff.",
      "No rule matches Ana, so that she gets staff by default. Add a rule for admins.",
      "The claim needs the prefix custom:, for admins and staff. Move it.",
      "The rule for staff comes before that for admins.",
    ],
  },
  "a-claim-without-its-prefix": {
    right: [
      "The rule looked at the claim department, which is called custom:department in the token. I corrected it.",
      "The claim was missing the custom: prefix, so the rule matched nobody and the next rule gave campus-staff. It is custom:department now.",
      "Attributes of your own have the prefix custom: in tokens. The rule for hr has custom:department now.",
    ],
    wrong: [
      "The rule for hr came after that for staff. I moved it.",
      "Fixed.",
      "The client id of the mapping is not one of the pool. I set custom:department.",
    ],
  },
  "a-client-id-that-the-pool-does-not-know": {
    right: [
      "The pool did not list the client id of the mobile app. I added it beside that of the website.",
      `Only ${client} was accepted as a client of the user pool; the app's client id was missing. I have added it.`,
      `The mobile app has its own app client, 3tq8v1x5z7b2n4m6k9j0h2g4f6, in the user pool. The identity pool bakery knew only the one of the website, ${client}, so it refused the tokens of the mobile app. Fixed, with your approval: I added the user pool with the client id 3tq8v1x5z7b2n4m6k9j0h2g4f6 as a login provider.`,
      "Cause: the mobile app has another client id than the website, and the pool did not know it. Fix: the client is now included in CognitoIdentityProviders.",
    ],
    wrong: [
      "The token had expired. I added nothing.",
      "The pool did not allow guests. I enabled them.",
      "I added the provider.",
      "The app of the website is the only one with a token. I added it.",
    ],
  },
  "the-classic-flow-is-off": {
    right: [
      "The classic flow is switched off in the pool (AllowClassicFlow false). Let the application call GetCredentialsForIdentity, or set AllowClassicFlow to true.",
      "AllowClassicFlow is false. Best: use the enhanced flow, that is GetCredentialsForIdentity. Otherwise turn the classic flow on.",
      "The pool has the basic flow disabled. You can either move to GetCredentialsForIdentity or enable the classic flow again.",
      "Cause: the basic (classic) flow is off in this pool (AllowClassicFlow: false). Choices: 1) Change the application to the enhanced flow: GetId, then GetCredentialsForIdentity in place of GetOpenIdToken and AssumeRoleWithWebIdentity; the pool stays as it is (recommended: the pool, not the application, then decides the role). 2) Open the classic flow for the pool again: update-identity-pool with AllowClassicFlow true; the application works unchanged, but every client of the pool can then choose any role whose trust policy lets it in, and session policies of the enhanced flow do not limit guests. I changed nothing.",
    ],
    wrong: [
      "The pool has role mappings, which the application does not support. Remove them.",
      "The classic flow is off.",
      "The classic flow is off: set AllowClassicFlow to true. The session policies of the enhanced flow limit guests.",
      "The pool has the classic flow off: it does not allow the classic flow.",
      "Guests are off. Call GetCredentialsForIdentity with Logins.",
    ],
  },
  "no-permission-on-s3": {
    right: [
      "No policy of gallery-users allows s3:PutObject: it has s3:GetObject only. Add s3:PutObject on arn:aws:s3:::gallery-uploads/* to its policy.",
      `The role ${roleArn("gallery-users")} lacks the permission for s3:PutObject. Add {"Effect":"Allow","Action":"s3:PutObject","Resource":"arn:aws:s3:::gallery-uploads/*"} to a policy of the role.`,
      "gallery-users may read but its policies do not grant s3:PutObject. Allow s3:PutObject on gallery-uploads in the role's policy.",
      `Cause: no policy of the role for signed-in users, ${roleArn("gallery-users")}, allows s3:PutObject on arn:aws:s3:::gallery-uploads/2026/cat.jpg. To change, in IAM by someone with iam:PutRolePolicy: add to a policy of the role gallery-users the statement {"Effect":"Allow","Action":"s3:PutObject","Resource":"arn:aws:s3:::gallery-uploads/2026/cat.jpg"}, but with every resource that the application needs, for example arn:aws:s3:::gallery-uploads/* if users may upload anywhere in the bucket, or a narrower prefix. It applies after some seconds. I changed nothing.`,
    ],
    wrong: [
      "The session policy of guests does not let s3:PutObject through for gallery-users. Let them sign in.",
      "The user has the credentials of a guest. gallery-users allows s3:PutObject.",
      "The trust policy of gallery-users is for another pool. Change its aud, then allow s3:PutObject.",
      "No policy of gallery-users allows s3:PutObject.",
      "No policy of gallery-users allows s3:PutObject. Allow s3:PutObject on gallery-uploads. The claim of the rule needs its prefix as well.",
    ],
  },
  "guests-may-not-use-ssm": {
    right: [
      "AWS limits guests of the enhanced flow by a session policy, and ssm is not in it, whatever the role allows. Offer the hours by a Lambda function behind API Gateway, or let people sign in.",
      "It is not your role: a session policy that AWS adds for unauthenticated identities does not include ssm:GetParameter. Put the opening hours in S3 or let visitors sign in.",
      "You are right: the role zoo-guests allows it. AWS itself puts a session policy on the credentials of guests. It limits guests to a fixed list of services and actions, whatever the role allows, and ssm:GetParameter is not in it. So there are two ways for the opening hours. (1) Offer them through a service that guests may call, such as Lambda or API Gateway. (2) Or let the users who need it sign in: the limit is only for guests.",
      "AWS itself puts a session policy on the credentials of guests. It limits guests to a fixed list of services and actions. No matter what the role zoo-guests allows, ssm:GetParameter is not in it. Ways out:\n(1) Offer them through a service that guests may call, such as a Lambda function or API Gateway.\n(2) Or let the users who need it sign in: the limit is only for guests.\n(3) The classic flow is disabled in this pool; it has no such policy.",
      "Guests are restricted by AWS to a list of services without SSM. Use a backend, such as Lambda, to read the parameter.",
    ],
    wrong: [
      `The role ${roleArn("zoo-guests")} does not allow ssm:GetParameter in account ${account}. Add it.`,
      "AWS limits guests by a session policy.",
      "The role zoo-guests allows it, and AWS limits guests by a session policy, or guests are off. Let them sign in.",
      "Guests are off. Sign in.",
    ],
  },
};
