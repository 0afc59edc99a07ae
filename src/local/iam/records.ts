/** What the service keeps of IAM. Policy documents are kept as they were sent. */

export interface Tag {
  readonly Key: string;
  readonly Value: string;
}

/** A resource of IAM. */
interface Resource {
  /** Milliseconds since the epoch. */
  readonly created: number;
  readonly tags: readonly Tag[];
}

interface Named extends Resource {
  readonly arn: string;
  readonly path: string;
  readonly name: string;
  readonly description: string | undefined;
}

export interface Role extends Named {
  readonly trustPolicy: string;
  /** In seconds. */
  readonly maxSessionDuration: number;
  /** The documents of inline policies by their names. */
  readonly inline: Readonly<Record<string, string>>;
  /** The ARNs of attached policies, in the order in which they were attached. */
  readonly attached: readonly string[];
}

export interface ManagedPolicy extends Named {
  readonly document: string;
}

export interface SamlProvider extends Resource {
  readonly arn: string;
  readonly metadata: string;
  /** Milliseconds since the epoch. */
  readonly validUntil: number;
}

export interface OidcProvider extends Resource {
  readonly arn: string;
  /** Without the scheme. */
  readonly url: string;
  readonly clientIds: readonly string[];
  readonly thumbprints: readonly string[];
}
