/** A name that means one thing to every reader of AWS's config files, and is not the profile that all fall back on. */
export function isProfileName(name: string): boolean {
  return /^[A-Za-z0-9_-]{1,64}$/.test(name) && name !== "default";
}
