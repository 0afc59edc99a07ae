/**
 * What this tab keeps when it is loaded again. It is in the entry of the history, because the server has the browser clear the
 * storages of its origin.
 */
interface Kept {
  readonly token?: string;
  /** How often the page was loaded again to be free of a service worker. */
  readonly reloads?: number;
}

export function readKept(): Kept {
  return (history.state as Kept | null) ?? {};
}

/** Keeps these members beside the others. A path takes the place of the address. */
export function keep(members: Kept, path?: string): void {
  history.replaceState({ ...readKept(), ...members }, "", path);
}
