/** The proof that a person approved plans with a passkey. Only `provePlans` makes one, and only for a verified assertion. */

/** What shows afterwards that a passkey approved a plan. All bytes in base64url. It holds no secret. */
export interface PasskeyEvidence {
  readonly purpose: "approve";
  /** The plans that the assertion approved, in the order in which the challenge was made of them. */
  readonly subjects: readonly { readonly account: string; readonly region: string; readonly plan: string }[];
  readonly nonce: string;
  /** The origin of the page on which the person approved. */
  readonly origin: string;
  readonly key: {
    readonly id: string;
    readonly label: string;
    readonly publicKey: string;
    readonly algorithm: number;
    /** ISO 8601. */
    readonly added: string;
  };
  readonly assertion: {
    readonly id: string;
    readonly clientDataJSON: string;
    readonly authenticatorData: string;
    readonly signature: string;
  };
  /** Why the list of keys did not protect against other programs of the user; absent if it did. */
  readonly unprotected?: string;
}

declare const proven: unique symbol;

export interface PasskeyProof {
  readonly [proven]: true;
  readonly evidence: PasskeyEvidence;
}

/** The bindings of the plans that each proof still approves. It exists because the type alone could be forged with a cast. */
const provenPlans = new WeakMap<PasskeyProof, Set<string>>();

/** Makes the proof for the plans of a verified assertion. */
export function provePlans(evidence: PasskeyEvidence): PasskeyProof {
  const proof = { evidence } as PasskeyProof;
  provenPlans.set(proof, new Set(evidence.subjects.map(({ plan }) => plan)));
  return proof;
}

/** Whether the proof is for this plan. It counts once. */
export function consumeProof(proof: PasskeyProof | undefined, binding: string): boolean {
  return proof !== undefined && provenPlans.get(proof)?.delete(binding) === true;
}
