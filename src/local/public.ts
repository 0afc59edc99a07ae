/// <reference lib="esnext.disposable" />
/** The embedded Cognito Identity service as a test double. */

/** How `startLocal` starts a service. Every member is optional. */
export interface StartLocalOptions {
  /** The port. Default: a free one. */
  readonly port?: number | undefined;
  /** The address to listen on. Default: `127.0.0.1`. */
  readonly host?: string | undefined;
  /** Names that the `Host` header may be, beside the loopback ones. */
  readonly allowHosts?: readonly string[] | undefined;
  /** Origins of web pages that may use the service, such as `http://localhost:5173`. */
  readonly allowOrigins?: readonly string[] | undefined;
  /** Whether to answer `/_local/health`, `/_local/reset` and `/_local/requests`, and the header `x-local-id`. Default: false. */
  readonly control?: boolean | undefined;
  /** The state at the start and after each `reset`. */
  readonly seed?: LocalSeed | undefined;
  /** The region of `clientConfig`, `env` and pools of the seed that name none. Default: `us-east-1`. */
  readonly region?: string | undefined;
  /** The 12-digit account that owns everything. Default: `000000000000`. */
  readonly accountId?: string | undefined;
  /** Whether to apply AWS's documented request rates. Default: false. */
  readonly throttle?: boolean | undefined;
  /** Whether roles that nobody defined are refused. Default: false. */
  readonly strictRoles?: boolean | undefined;
  /** The time, in milliseconds since the epoch. Default: `Date.now`. */
  readonly clock?: (() => number) | undefined;
}

/** A running service. Services of one process share nothing. */
export interface Local {
  /** For example `http://127.0.0.1:41234`. */
  readonly url: string;
  readonly port: number;
  /** What the client of an AWS SDK for JavaScript needs: `new CognitoIdentityClient(local.clientConfig)`. */
  readonly clientConfig: {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  };
  /** The environment variables that lead the AWS CLI or any AWS SDK in another process to the service. */
  readonly env: Readonly<Record<string, string>>;
  /** The requests since the start or the last `reset`, oldest first: at most the last 1,000. */
  readonly requests: readonly LocalCall[];
  /** Adds to what is there. Rejects with an error that names the invalid member, and then adds nothing. */
  seed(seed: LocalSeed): Promise<void>;
  /** Removes everything, forgets the requests, and loads `seed`; without it, the seed of the start. */
  reset(seed?: LocalSeed): Promise<void>;
  /**
   * Everything that exists, as a seed: `reset` with it gives the same state. Pools and identities are in the order of their creation.
   * Dates and deleted roles are left out. A copy.
   */
  state(): LocalState;
  /** Gives the next new pools and identities these ids, in this order. Each is a GUID or a whole id, `REGION:GUID`. */
  useIds(...ids: string[]): void;
  /** As the exported function, at the time of the service's clock. */
  createLoginToken(options: LoginTokenOptions): string;
  /** Whose credentials these are. Undefined if the service did not vend them. */
  describeSession(sessionToken: string): LocalSession | undefined;
  /** Stops the service and closes every connection. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A request to the service. */
export interface LocalCall {
  /** ISO 8601. */
  readonly time: string;
  /** For example `GetId`, `sts:GetCallerIdentity`, `iam:GetRole` or `cognito-idp:ListGroups`. */
  readonly operation: string;
  /** As it was sent, with tokens. Left out for STS and IAM. */
  readonly input?: unknown;
  readonly status: number;
  /** The code of the error that was answered, for example `NotAuthorizedException`. */
  readonly error?: string;
}

/** Lists beside `pools` have the members that AWS CloudFormation has for the same resources. See docs/local-service.md. */
export interface LocalSeed {
  readonly pools: readonly LocalSeedPool[];
  readonly roles?: readonly object[] | undefined;
  readonly policies?: readonly object[] | undefined;
  readonly samlProviders?: readonly object[] | undefined;
  readonly oidcProviders?: readonly object[] | undefined;
  /** User pools, which can be read only. */
  readonly userPools?: readonly object[] | undefined;
}

/** The input of CreateIdentityPool and of SetIdentityPoolRoles, and what the service would otherwise choose. */
export interface LocalSeedPool {
  readonly IdentityPoolName: string;
  readonly AllowUnauthenticatedIdentities: boolean;
  /** A fixed id, `REGION:GUID`. Default: a new one. */
  readonly IdentityPoolId?: string | undefined;
  /** Default: the region of `IdentityPoolId`, or else that of the service. */
  readonly Region?: string | undefined;
  readonly AllowClassicFlow?: boolean | undefined;
  readonly SupportedLoginProviders?: Readonly<Record<string, string>> | undefined;
  readonly DeveloperProviderName?: string | undefined;
  readonly OpenIdConnectProviderARNs?: readonly string[] | undefined;
  readonly CognitoIdentityProviders?:
    | readonly {
        readonly ProviderName: string;
        readonly ClientId: string;
        readonly ServerSideTokenCheck?: boolean | undefined;
      }[]
    | undefined;
  readonly SamlProviderARNs?: readonly string[] | undefined;
  readonly IdentityPoolTags?: Readonly<Record<string, string>> | undefined;
  readonly Roles?: Readonly<Record<string, string>> | undefined;
  readonly RoleMappings?: Readonly<Record<string, LocalRoleMapping>> | undefined;
  /** By provider, as in SetPrincipalTagAttributeMap. */
  readonly PrincipalTagAttributeMaps?: Readonly<Record<string, LocalPrincipalTags>> | undefined;
  readonly Identities?: readonly LocalSeedIdentity[] | undefined;
  /** Providers that were removed from the pool, and that its identities, role mappings or principal tags still name. */
  readonly FormerProviders?: readonly string[] | undefined;
}

export interface LocalRoleMapping {
  readonly Type: "Token" | "Rules";
  readonly AmbiguousRoleResolution?: "AuthenticatedRole" | "Deny" | undefined;
  readonly RulesConfiguration?:
    | {
        readonly Rules: readonly {
          readonly Claim: string;
          readonly MatchType: "Equals" | "Contains" | "StartsWith" | "NotEqual";
          readonly Value: string;
          readonly RoleARN: string;
        }[];
      }
    | undefined;
}

export interface LocalPrincipalTags {
  readonly UseDefaults?: boolean | undefined;
  readonly PrincipalTags?: Readonly<Record<string, string>> | undefined;
}

/** A guest, if it has neither logins nor developer users. */
export interface LocalSeedIdentity {
  /** A fixed id, `REGION:GUID`. Default: a new one. */
  readonly IdentityId?: string | undefined;
  /** By provider: the `sub` of the user's ID token, the `NameID` of SAML, or a whole opaque token, as of Facebook. */
  readonly Logins?: Readonly<Record<string, string>> | undefined;
  /** Users of the developer provider. */
  readonly DeveloperUserIdentifiers?: readonly string[] | undefined;
  /** Whether it was merged into another identity. Then it has no users. */
  readonly Disabled?: boolean | undefined;
  /** Whether it had users, and its last one was unlinked. Then nobody can use it as a guest. */
  readonly Unlinked?: boolean | undefined;
}

/** What exists now. Lists without entries are left out, but for `pools`. */
export interface LocalState extends LocalSeed {
  readonly pools: readonly LocalPool[];
}

/** A pool as it is now. */
export interface LocalPool extends LocalSeedPool {
  readonly IdentityPoolId: string;
  readonly Region: string;
  readonly Identities: readonly LocalIdentity[];
}

export interface LocalIdentity extends LocalSeedIdentity {
  readonly IdentityId: string;
  /** The user of an opaque token is `sha256` and the digest of the token. A `sub` that would be read otherwise begins with `sub`. */
  readonly Logins: Readonly<Record<string, string>>;
  readonly DeveloperUserIdentifiers: readonly string[];
  readonly Disabled: boolean;
  /** Left out if it is false. */
  readonly Unlinked?: boolean;
}

/** The session of vended credentials. */
export interface LocalSession {
  readonly RoleArn: string;
  readonly RoleSessionName: string;
  /** The identity that the credentials were vended to. Left out for those of AssumeRoleWithWebIdentity. */
  readonly IdentityId?: string;
  /** ISO 8601. */
  readonly Expiration: string;
}

/** What a login token says. A member that is missing, wrong or unknown is an error that names it. */
export interface LoginTokenOptions {
  /** As in `Logins`, without `https://`: `accounts.google.com`, or `cognito-idp.REGION.amazonaws.com/USER_POOL_ID`. */
  readonly provider: string;
  /** The app or client id that the pool lists for the provider. */
  readonly audience: string;
  /** The user. */
  readonly subject: string;
  /** Further claims, such as `cognito:roles`, or `exp` in seconds. They replace those of the other members. */
  readonly claims?: Readonly<Record<string, unknown>> | undefined;
}

/** Starts a service. Rejects with an error that names an invalid option, or with Node's error if the port is in use. */
export declare function startLocal(options?: StartLocalOptions): Promise<Local>;

/** An ID token as a provider issues it, valid for an hour from now, without a signature: the service does not verify one. */
export declare function createLoginToken(options: LoginTokenOptions): string;
