/** The hosts that requests may go to. The SDK itself accepts any endpoint that a profile or a variable names. */

/** Domain suffixes of AWS in each of its partitions, from the SDK's list of partitions. */
const suffixes = [
  "amazonaws.com",
  "amazonaws.com.cn",
  "amazonaws.eu",
  "c2s.ic.gov",
  "sc2s.sgov.gov",
  "cloud.adc-e.uk",
  "csp.hci.ic.gov",
  "api.aws",
  "api.amazonwebservices.com.cn",
  "api.amazonwebservices.eu",
  "api.aws.ic.gov",
  "api.aws.scloud",
  "api.cloud-aws.adc-e.uk",
  "api.aws.hci.ic.gov",
];

/** AWS's host names of the service, including VPC endpoints; see https://docs.aws.amazon.com/general/latest/gr/cognito_identity.html. */
const cognitoIdentity = "cognito-identity(-fips)?\\.[a-z\\d-]+|vpce-[a-z\\d-]+\\.cognito-identity\\.[a-z\\d-]+\\.vpce";

/** Host names of STS, which the SDK calls to assume a role; see https://docs.aws.amazon.com/general/latest/gr/sts.html. */
const sts = "sts|sts(-fips)?\\.[a-z\\d-]+|vpce-[a-z\\d-]+\\.sts\\.[a-z\\d-]+\\.vpce";

/** Host names of SSO, which the SDK calls for the credentials of a role and to refresh the SSO token. */
const singleSignOn = "(portal\\.sso|oidc)(-fips)?\\.[a-z\\d-]+";

/** Host names of IAM, which most partitions have once, and of user pools: reports read them. See https://docs.aws.amazon.com/general/latest/gr/iam-service.html. */
const reports =
  "iam(-fips)?(\\.[a-z\\d-]+)?|cognito-idp(-fips)?\\.[a-z\\d-]+|vpce-[a-z\\d-]+\\.cognito-idp\\.[a-z\\d-]+\\.vpce";

const aws = new RegExp(
  `^(${cognitoIdentity}|${sts}|${singleSignOn}|${reports})\\.(${suffixes.join("|").replaceAll(".", "\\.")})$`,
);

/** Where the SDK refreshes the credentials of `aws login`, in each partition. */
const signIn =
  /^[a-z\d-]+\.(oauth\.signin\.aws|signin\.(aws\.amazon\.com|amazonaws\.(com|cn)|amazonaws-us-gov\.com|amazonaws-eusc\.eu|c2shome\.ic\.gov|sc2shome\.sgov\.gov|csphome\.hci\.ic\.gov|csphome\.adc-e\.uk))$/;

/** Whether requests may go to this host: a host of AWS, this machine, or the host that the operator named. */
export function isTrusted(protocol: string, hostname: string, operatorsHost?: string): boolean {
  if (isLoopback(hostname)) return true;
  return protocol === "https:" && (aws.test(hostname) || signIn.test(hostname) || hostname === operatorsHost);
}

/** Whether it is a host of AWS that requests may go to. */
export function isAwsHost(hostname: string): boolean {
  return aws.test(hostname);
}

/** Where EC2, ECS and EKS give credentials to what runs on them; see https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html. */
const metadata = new Set(["169.254.169.254", "[fd00:ec2::254]", "169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"]);

/** Whether the SDK may ask this host for the credentials of the machine or container: also in plain HTTP, as AWS provides them. */
export function givesCredentials(protocol: string, hostname: string): boolean {
  return isTrusted(protocol, hostname) || (/^https?:$/.test(protocol) && metadata.has(hostname));
}

/** Whether a host name always means this machine. */
export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
}
