/** Whether every reader of AWS config files reads the name in the same way, and it is not the default profile. */
export function isProfileName(name: string): boolean {
  return /^[A-Za-z0-9_-]{1,64}$/.test(name) && name !== "default";
}
