/** Names of login providers, in each place where AWS takes one. */
import { REGION_PATTERN } from "../../util/aws-names.ts";
import { anyMistakes, type Form, type Mistake } from "./form.ts";

/** What people call the public providers, and the names that AWS has for them. */
const slips: Readonly<Record<string, RegExp>> = {
  "accounts.google.com": /^(?:google(?:\.com|apis\.com)?|www\.google\.com|(?:www\.)?googleapis\.com|gmail(?:\.com)?)$/i,
  "graph.facebook.com": /^(?:(?:www\.)?facebook(?:\.com)?|fb|meta)$/i,
  "www.amazon.com": /^(?:amazon(?:\.com)?|api\.amazon\.com|login[ ._-]?with[ ._-]?amazon|lwa)$/i,
  "appleid.apple.com": /^(?:(?:www\.)?apple(?:\.com|id)?|sign[ ._-]?in[ ._-]?with[ ._-]?apple)$/i,
  "api.twitter.com": /^(?:(?:www\.)?twitter(?:\.com)?|x\.com)$/i,
  "www.digits.com": /^digits(?:\.com)?$/i,
};

/** The domain names of user pools in the partitions of AWS. */
const IDP_SUFFIX =
  "(?:amazonaws\\.com(?:\\.cn)?|amazonaws\\.eu|c2s\\.ic\\.gov|sc2s\\.sgov\\.gov|cloud\\.adc-e\\.uk|csp\\.hci\\.ic\\.gov)";
const USER_POOL = `cognito-idp\\.${REGION_PATTERN}\\.${IDP_SUFFIX}/[\\w-]+_[0-9a-zA-Z]+`;
const USER_POOL_NAME = "cognito-idp.REGION.amazonaws.com/USER_POOL_ID";

/** `eu-west-1_AbC` as a provider name. The names of user pools in the partitions without public regions differ. */
function nameOfUserPool(id: string): string {
  const [region = ""] = id.split("_", 1);
  return `cognito-idp.${region}.amazonaws.com${region.startsWith("cn-") ? ".cn" : ""}/${id}`;
}

/** Mistakes in the name of a user pool, wherever it stands. */
const userPoolMistakes: readonly Mistake[] = [
  {
    found: new RegExp(`^(${REGION_PATTERN.replace("(", "(?:")}_[0-9a-zA-Z]+)$`),
    text: (id) => `This is the id of a user pool: its provider name is ${nameOfUserPool(id)}`,
  },
  {
    found: new RegExp(
      `^arn:aws[\\w-]*:cognito-idp:[^:]*:\\d*:userpool/(${REGION_PATTERN.replace("(", "(?:")}_[0-9a-zA-Z]+)$`,
    ),
    text: (id) => `This is the ARN of a user pool: its provider name is ${nameOfUserPool(id)}`,
  },
  {
    found: /^cognito-idp[.:/][a-z]{2}_/i,
    text: `has underscores in the region. A region contains hyphens, not underscores: ${USER_POOL_NAME}`,
  },
  { found: /^cognito-idp[:/_-]/i, text: `has no dot after cognito-idp: the form is ${USER_POOL_NAME}` },
  {
    found: new RegExp(`^cognito-idp\\.${REGION_PATTERN}\\.${IDP_SUFFIX}/?(?::|$)`),
    text: `has no user pool id at its end: the form is ${USER_POOL_NAME}`,
  },
  {
    found: new RegExp(`^cognito-idp\\.(?!${REGION_PATTERN}\\.)`),
    text: `has no region after cognito-idp: the form is ${USER_POOL_NAME}`,
  },
  {
    found: new RegExp(`^cognito-idp\\.${REGION_PATTERN}\\.(?!${IDP_SUFFIX}/)`),
    text: `has a domain that is not AWS's: the form is ${USER_POOL_NAME}`,
  },
  {
    found: /\.amazoncognito\.com/,
    text: `This is the sign-in page of a user pool: its provider name is ${USER_POOL_NAME}`,
  },
];

const withScheme: Mistake = {
  found: /^https?:/i,
  text: `has https:// in front. A provider name does not begin with https://, e.g. accounts.google.com or ${USER_POOL_NAME}`,
};

function slipMistakes(text: (name: string) => string): Mistake[] {
  return Object.entries(slips).map(([name, found]) => ({ found, text: text(name) }));
}

const publicNames = Object.keys(slips).map((name) => name.replaceAll(".", "\\."));

/** Any provider, as in Logins: a domain, a user pool, an ARN, or a developer provider. */
const anyName = `(?!https?:)(?!cognito-idp[.:/_-])(?!${REGION_PATTERN}_)(?!arn:[^:]*:cognito-)(?![^/]*\\.amazoncognito\\.com).+`;

export const providerNameForm: Form = {
  right: new RegExp(`^(?:${USER_POOL}(?::\\w+)?|${anyName})$`, "s"),
  mistakes: [withScheme, ...userPoolMistakes],
  otherwise: `is not the name of a provider, e.g. accounts.google.com or ${USER_POOL_NAME}`,
};

/** A provider of Logins, where no developer provider stands. */
export const loginProviderForm: Form = {
  right: new RegExp(`^(?!(?:${slipSources()})$)(?:${USER_POOL}|${anyName})$`, "is"),
  mistakes: [
    ...slipMistakes((name) => `This provider is named ${name}`),
    {
      found: new RegExp(`^${USER_POOL}:`),
      text: `has an app client id at its end, which does not belong there: the form is ${USER_POOL_NAME}`,
    },
    ...providerNameForm.mistakes,
  ],
  otherwise: providerNameForm.otherwise,
};

/** A key of SupportedLoginProviders. */
export const publicProviderForm: Form = {
  right: new RegExp(`^(?!(?:${slipSources()})$)(?!arn:)(?!cognito-idp\\b)(?!.*;)${anyName}$`, "is"),
  mistakes: [
    ...slipMistakes((name) => `This provider is named ${name}`),
    {
      found: /;/,
      text: "a provider name has no semicolon; the value goes under it",
    },
    {
      found: new RegExp(
        `^(?:https?://)?cognito-idp\\b|^${REGION_PATTERN}_|^arn:[^:]*:cognito-idp:|amazoncognito\\.com`,
      ),
      text: `This is a user pool, which belongs to CognitoIdentityProviders: {ProviderName: "${USER_POOL_NAME}", ClientId}`,
    },
    { found: /^arn:[^:]*:iam:.*:saml-provider/, text: "This is a SAML provider, which belongs to SamlProviderARNs" },
    { found: /^arn:/, text: "This is an ARN, which belongs to OpenIdConnectProviderARNs or SamlProviderARNs" },
    withScheme,
  ],
  otherwise: "is not the domain of a public provider, e.g. accounts.google.com",
};

/** ProviderName in CognitoIdentityProviders. */
export const userPoolForm: Form = {
  right: new RegExp(`^${USER_POOL}$`),
  mistakes: [
    ...anyMistakes,
    { found: /^https?:/i, text: `must be ${USER_POOL_NAME}, without https://` },
    {
      found: new RegExp(`^(${publicNames.join("|")})$`),
      text: (name) => `${name} belongs to SupportedLoginProviders, with its app id: {"${name}": APP_ID}`,
    },
    {
      found: /\.apps\.googleusercontent\.com$/,
      text: 'This is an app id of Google, which belongs to SupportedLoginProviders: {"accounts.google.com": APP_ID}',
    },
    ...slipMistakes((name) => `${name} belongs to SupportedLoginProviders, with its app id: {"${name}": APP_ID}`),
    {
      found: new RegExp(`^${USER_POOL}:`),
      text: `has an app client id at its end, which belongs to ClientId: the form is ${USER_POOL_NAME}`,
    },
    { found: /^arn:[^:]*:iam:.*:saml-provider/, text: "This is a SAML provider, which belongs to SamlProviderARNs" },
    { found: /^arn:[^:]*:iam:/, text: "This is a provider of IAM, which belongs to OpenIdConnectProviderARNs" },
    ...userPoolMistakes,
  ],
  otherwise: `must be ${USER_POOL_NAME}`,
};

/** A key of RoleMappings. */
export const mappingKeyForm: Form = {
  right: new RegExp(
    `^(?!(?:${slipSources()})$)(?:${USER_POOL}:\\w+|arn:[\\w-]+:iam::\\d{12}:(?:oidc|saml)-provider/.+|(?!cognito-idp\\b)(?!${REGION_PATTERN}_)[\\w.-]+)$`,
    "i",
  ),
  mistakes: [
    ...slipMistakes((name) => `This provider is named ${name}`),
    {
      found: /^https?:/i,
      text: `has https:// in front. A provider name does not begin with https://: the key of a user pool is ${USER_POOL_NAME}:CLIENT_ID`,
    },
    {
      found: new RegExp(`^${USER_POOL}$`),
      text: `has no app client id at its end: the key of a user pool is ${USER_POOL_NAME}:CLIENT_ID`,
    },
    {
      found: new RegExp(`^(${REGION_PATTERN.replace("(", "(?:")}_[0-9a-zA-Z]+)(?::\\w+)?$`),
      text: (id) => `This is the id of a user pool: its key is ${nameOfUserPool(id)}:CLIENT_ID`,
    },
    ...userPoolMistakes,
  ],
  otherwise: `a key is ${USER_POOL_NAME}:CLIENT_ID (no https://), an OIDC or SAML provider ARN, or the domain of a public provider`,
};

/** IdentityProviderName of principal tags: a provider without its app client. */
export const taggedProviderForm: Form = {
  right: new RegExp(`^(?:${USER_POOL}|${anyName})$`, "s"),
  mistakes: [
    {
      found: new RegExp(`^${USER_POOL}:`),
      text: `has an app client id at its end. Principal tags are those of the whole user pool: ${USER_POOL_NAME}`,
    },
    ...providerNameForm.mistakes,
  ],
  otherwise: providerNameForm.otherwise,
};

function slipSources(): string {
  return Object.values(slips)
    .map(({ source }) => source.slice(1, -1))
    .join("|");
}
