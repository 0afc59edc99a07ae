/** ARNs of IAM: of roles, and of OIDC and SAML identity providers. */
import { PARTITION_PATTERN } from "../../util/aws-names.ts";
import { anyMistakes, type Form, type Mistake } from "./form.ts";

const EXAMPLES = {
  role: "arn:aws:iam::123456789012:role/NAME",
  "oidc-provider": "arn:aws:iam::123456789012:oidc-provider/HOST",
  "saml-provider": "arn:aws:iam::123456789012:saml-provider/NAME",
} as const;

type Kind = keyof typeof EXAMPLES;

const NAMES: Readonly<Record<Kind, string>> = {
  role: "a role",
  "oidc-provider": "an OIDC provider",
  "saml-provider": "a SAML provider",
};

/** What else of IAM and STS is taken for the thing that is wanted. */
const others: Readonly<Record<string, string>> = {
  "instance-profile": "an instance profile; IAM shows the role in it",
  user: "a user",
  group: "a group",
  policy: "a policy",
  role: "a role",
  "oidc-provider": "an OIDC provider",
  "saml-provider": "a SAML provider",
  "server-certificate": "a certificate",
};

/** Mistakes in all that stands before the kind. */
function commonMistakes(kind: Kind, bare: readonly Mistake[]): Mistake[] {
  const right = `the form is ${EXAMPLES[kind]}`;
  const wanted = NAMES[kind];
  return [
    ...anyMistakes,
    ...bare,
    {
      found: /^arn:[^:]*:sts::\d*:assumed-role\//,
      text: `This is the ARN of a role's session: for ${wanted}, ${right}`,
    },
    {
      found: /^arn:[^:]*:[^:]*:[^:]*:\d{4}-\d{4}-\d{4}:/,
      text: `has dashes in the account id, which are 12 digits: ${right}`,
    },
    {
      found: new RegExp(`^arn:(?!${PARTITION_PATTERN}:)[^:]*:`),
      text: `has no partition of AWS after arn: (aws, aws-cn, aws-us-gov, aws-eusc, aws-iso…): ${right}`,
    },
    { found: /^arn:[^:]*:iam:[^:]+:/, text: `has a region or an account after iam, where two colons belong: ${right}` },
    { found: /^arn:[^:]*:iam:(?!:)/, text: `has one colon too few after iam: ${right}` },
    { found: /^arn:[^:]*:iam::(?!\d{12}:)\d{12}/, text: `has no colon after the account id: ${right}` },
    { found: /^arn:[^:]*:iam::(?!\d{12}:)/, text: `has no account id of 12 digits: ${right}` },
    ...Object.entries(others)
      .filter(([other]) => other !== kind)
      .map(([other, name]) => ({
        found: new RegExp(`^arn:[^:]*:iam::\\d{12}:${other}[/:]`),
        text: `This is the ARN of ${name}${memberOf(kind, other)}. For ${wanted}, ${right}`,
      })),
    { found: /^arn:[^:]*:iam::\d{12}:root$/, text: `This is the ARN of an account. For ${wanted}, ${right}` },
    {
      found: new RegExp(`^arn:[^:]*:iam::\\d{12}:${kind}(?:$|[^/]|/$)`),
      text: `has no name after ${kind}/: ${right}`,
    },
    { found: /^arn:[^:]*:cognito-idp:/, text: "This is a user pool, which belongs to CognitoIdentityProviders" },
    { found: /^arn:/, text: `This is an ARN of another kind: ${right}` },
    { found: /^https?:/, text: `is a web address, not an ARN: ${right}` },
  ];
}

/** Where an ARN of the other kind belongs, if the same tool takes it. */
function memberOf(kind: Kind, other: string): string {
  if (kind === "oidc-provider" && other === "saml-provider") return ", which belongs to SamlProviderARNs";
  if (kind === "saml-provider" && other === "oidc-provider") return ", which belongs to OpenIdConnectProviderARNs";
  return "";
}

function arnForm(kind: Kind, name: string, bare: readonly Mistake[], otherwise: string): Form {
  return {
    right: new RegExp(`^arn:${PARTITION_PATTERN}:iam::\\d{12}:${kind}/${name}$`),
    mistakes: commonMistakes(kind, bare),
    otherwise: `${otherwise} ${EXAMPLES[kind]}`,
  };
}

export const roleForm = arnForm(
  "role",
  "[!-~]*[\\w+=,.@-]",
  [
    {
      found: /^(?:role\/)?[\w+=,.@/-]+$/,
      text: `must be an ARN such as ${EXAMPLES.role}, not the name of a role alone`,
    },
  ],
  "must be an ARN such as",
);

export const oidcProviderForm = arnForm(
  "oidc-provider",
  "(?!https?:)[!-~]+",
  [
    {
      found: /^arn:[^:]*:iam::\d{12}:oidc-provider\/https?:/,
      text: `has https:// before the host: the form is ${EXAMPLES["oidc-provider"]}`,
    },
    {
      found: /^(accounts\.google\.com|graph\.facebook\.com|www\.amazon\.com|appleid\.apple\.com)$/,
      text: (domain) => `${domain} is a public provider, which belongs to SupportedLoginProviders with its app id`,
    },
    { found: /^cognito-idp\./, text: "This is a user pool, which belongs to CognitoIdentityProviders" },
    {
      found: /^[\w.-]+(\/[\w./-]*)?$/,
      text: `must be the ARN of the provider in IAM, such as ${EXAMPLES["oidc-provider"]}, not its host or name alone`,
    },
  ],
  "must be an ARN such as",
);

export const samlProviderForm = arnForm(
  "saml-provider",
  "[\\w.-]+",
  [
    {
      found: /^[\w.-]+$/,
      text: `must be the ARN of the provider in IAM, such as ${EXAMPLES["saml-provider"]}, not its name alone`,
    },
  ],
  "must be an ARN such as",
);
