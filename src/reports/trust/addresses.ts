/** IP addresses and ranges, as `IpAddress` compares them: `203.0.113.0/24`, `2001:db8::/32`. */

/** An address as a number, and how many bits it has. */
interface Address {
  readonly value: bigint;
  readonly bits: 32 | 128;
}

/** Whether a range holds an address. An address without a length is a range of one. False where either is neither. */
export function containsAddress(range: string, address: string): boolean {
  const [start = "", length, ...more] = range.split("/");
  const from = readAddress(start);
  const asked = readAddress(address);
  if (!from || !asked || from.bits !== asked.bits || more.length > 0) return false;
  const prefix = length === undefined ? from.bits : /^\d{1,3}$/.test(length) ? Number(length) : Number.NaN;
  if (!(prefix <= from.bits)) return false;
  const rest = BigInt(from.bits - prefix);
  return from.value >> rest === asked.value >> rest;
}

function readAddress(text: string): Address | undefined {
  const version4 = readVersion4(text);
  if (version4 !== undefined) return { value: version4, bits: 32 };
  const version6 = readVersion6(text);
  return version6 === undefined ? undefined : { value: version6, bits: 128 };
}

function readVersion4(text: string): bigint | undefined {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256))
    return undefined;
  return parts.reduce((value, part) => value * 256n + BigInt(part), 0n);
}

function readVersion6(text: string): bigint | undefined {
  if (text.length > 45 || !/^[\da-f:.]+$/i.test(text)) return undefined;
  const [before = "", after, ...more] = text.split("::");
  if (more.length > 0) return undefined;
  const head = groupsOf(before);
  const tail = after === undefined ? [] : groupsOf(after);
  if (!head || !tail) return undefined;
  const missing = 8 - head.length - tail.length;
  if (after === undefined ? missing !== 0 : missing < 1) return undefined;
  const groups = [...head, ...Array.from({ length: missing }, () => 0n), ...tail];
  return groups.reduce((value, group) => value * 65_536n + group, 0n);
}

/** Groups of 16 bits. The last one may be an address of version 4, which is two. */
function groupsOf(text: string): bigint[] | undefined {
  if (text === "") return [];
  const parts = text.split(":");
  const groups = parts.flatMap((part, at) => {
    const version4 = at === parts.length - 1 ? readVersion4(part) : undefined;
    if (version4 !== undefined) return [version4 >> 16n, version4 & 65_535n];
    return /^[\da-f]{1,4}$/i.test(part) ? [BigInt(`0x${part}`)] : [undefined];
  });
  return groups.every((group) => group !== undefined) ? groups : undefined;
}
