/** The jobs of a server, as the person at this machine sees and stops them. */
export interface ShownJob {
  readonly id: string;
  readonly tool: string;
  /** What it is about, untrusted. */
  readonly target: string;
  /** How far it is, in a few words. */
  readonly progress: string;
}

export interface ShownJobs {
  /** The jobs that run, oldest first. */
  running(): readonly ShownJob[];
  /** Stops a job after the request in flight. False if none runs under this id. */
  stop(id: string): boolean;
  /** Calls the function after each change, until the function that it gives is called. */
  subscribe(onChange: () => void): () => void;
}
