/** What a text of AWS says about a denied action, and what the policies of a role say about it. */
import { type Fields, isRecord } from "../../util/json.ts";
import { foldCase, matches, withWildcards } from "../trust/pattern.ts";
import type { AccessPolicy } from "./facts.ts";

/** What AWS denied. */
export interface DeniedAccess {
  /** The name of the role whose session asked; undefined where it was none. */
  readonly role: string | undefined;
  readonly action: string;
  readonly resource: string | undefined;
}

/** Reads `User: arn:aws:sts::…:assumed-role/ROLE/SESSION is not authorized to perform: s3:GetObject on resource: "…" because …`. */
export function readDeniedAccess(text: string | undefined): DeniedAccess | undefined {
  if (text === undefined) return undefined;
  const action = /not authorized to perform:? ([a-z\d-]{1,64}:\w{1,128})/i.exec(text)?.[1];
  if (action === undefined) return undefined;
  const role = /:assumed-role\/([\w+=,.@-]{1,64})\//.exec(text)?.[1];
  const resource = /on resource:? "?([^\s"]{1,1024})/i.exec(text)?.[1];
  return { role, action, resource };
}

/** The role's name in its ARN, without the path. */
export function roleNameOf(arn: string): string {
  return arn.slice(arn.lastIndexOf("/") + 1);
}

/**
 * What guests may do at most in the enhanced flow, whatever their role allows. The inline session policy is that of the developer guide,
 * the managed one is AmazonCognitoUnAuthedIdentitiesSessionPolicy, version 4 of 2026-05-01. An action of either passes.
 */
const guestCeiling = [
  ..."cloudwatch logs dynamodb kinesis mobileanalytics s3 ses sns sqs lambda machinelearning execute-api iot gamelift cognito-identity cognito-idp lex polly comprehend translate transcribe rekognition mobiletargeting firehose appsync personalize cognito-sync codewhisperer sdb"
    .split(" ")
    .map((service) => `${service}:*`),
  ..."sagemaker:InvokeEndpoint textract:DetectDocumentText textract:AnalyzeDocument rum:PutRumEvents".split(" "),
  ..."geo:GetMap* geo:ListMaps geo:SearchPlaceIndex* geo:GetPlace geo:CalculateRoute* geo:*Geofence geo:*Geofences geo:*DevicePosition*".split(
    " ",
  ),
  ..."kms:Encrypt kms:Decrypt kms:ReEncryptTo kms:ReEncryptFrom kms:GenerateDataKey kms:GenerateDataKeyPair kms:GenerateDataKeyPairWithoutPlaintext kms:GenerateDataKeyWithoutPlaintext".split(
    " ",
  ),
].map((pattern) => foldCase(withWildcards(pattern)));

/** Whether the session policies of guests let the action pass. */
export function passesGuestCeiling(action: string): boolean {
  return guestCeiling.some((pattern) => matches(pattern, action.toLowerCase()));
}

/** The policies that name an action: those that allow it, those that deny it, and those that could not be read. Conditions are not judged. */
export interface ActionInPolicies {
  readonly allowing: readonly string[];
  readonly denying: readonly string[];
  readonly malformed: readonly string[];
}

export function findAction(policies: readonly AccessPolicy[], { action, resource }: DeniedAccess): ActionInPolicies {
  const allowing: string[] = [];
  const denying: string[] = [];
  const malformed: string[] = [];
  for (const { name, document } of policies) {
    const statements = statementsOf(document);
    if (!statements) malformed.push(name);
    for (const statement of statements ?? []) {
      if (!covers(statement, action, resource)) continue;
      if (statement["Effect"] === "Allow") allowing.push(name);
      if (statement["Effect"] === "Deny") denying.push(name);
    }
  }
  return { allowing: [...new Set(allowing)], denying: [...new Set(denying)], malformed };
}

/** The longest policy that IAM's API takes. */
const MAX_CHARACTERS = 131_072;

/** Statements of a policy that are read. */
const MAX_STATEMENTS = 200;

function statementsOf(document: string): Fields[] | undefined {
  if (document.length > MAX_CHARACTERS) return undefined;
  try {
    const policy: unknown = JSON.parse(document);
    if (!isRecord(policy)) return undefined;
    return [policy["Statement"]].flat().slice(0, MAX_STATEMENTS).filter(isRecord);
  } catch {
    return undefined;
  }
}

function covers(statement: Fields, action: string, resource: string | undefined): boolean {
  const named = (patterns: unknown, text: string, fold: boolean) =>
    [patterns].flat().some((pattern) => typeof pattern === "string" && covered(pattern, text, fold));
  const acts =
    statement["NotAction"] === undefined
      ? named(statement["Action"], action, true)
      : !named(statement["NotAction"], action, true);
  if (!acts || resource === undefined) return acts;
  return statement["NotResource"] === undefined
    ? named(statement["Resource"], resource, false)
    : !named(statement["NotResource"], resource, false);
}

/** Longest pattern that is compared. */
const MAX_PATTERN = 2048;

/** A variable in a resource stands for any text. */
function covered(pattern: string, text: string, fold: boolean): boolean {
  if (pattern.length > MAX_PATTERN) return false;
  const plain = withWildcards(pattern.replace(/\$\{[^{}]*\}/g, "*"));
  return fold ? matches(foldCase(plain), text.toLowerCase()) : matches(plain, text);
}
