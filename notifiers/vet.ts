import { BlockList, isIP } from "node:net";
import { lookup } from "node:dns/promises";
import { Permanent, Retry } from "./errors.ts";

const refused4: readonly [string, number][] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
];
/** Within global unicast: IETF protocols with Teredo, documentation, and 6to4, which can name any IPv4. */
const refused6: readonly [string, number][] = [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
];

const closed = new BlockList();
for (const [net, bits] of refused4) closed.addSubnet(net, bits, "ipv4");
for (const [net, bits] of refused6) closed.addSubnet(net, bits, "ipv6");
const global6 = new BlockList();
global6.addSubnet("2000::", 3, "ipv6");

/**
 * Whether an IP address lies in the open internet. Loopback, private, shared (CGNAT), link-local with the
 * clouds' metadata, unique local, multicast, reserved and documentation addresses do not, nor does what
 * stands for an IPv4 address in IPv6 (mapped, compatible, NAT64, 6to4, Teredo), nor what is no address.
 */
export function isPublic(address: string): boolean {
  if (isIP(address) === 4) return !closed.check(address, "ipv4");
  if (isIP(address) !== 6 || address.includes("%")) return false;
  return global6.check(address, "ipv6") && !closed.check(address, "ipv6");
}

export interface Address {
  address: string;
  family: number;
}

export type Resolve = (host: string) => Promise<Address[]>;

export const resolveHost: Resolve = (host) => lookup(host, { all: true, verbatim: true });

/**
 * The one address to connect to. The name is resolved once and every address is looked at: one that lies
 * elsewhere refuses the whole name, for whoever answers may give either.
 *
 * @throws Permanent, Retry
 */
export async function vetted(hostname: string, resolve: Resolve): Promise<Address> {
  const host = hostname.replace(/^\[(.*)\]$/, "$1");
  const family = isIP(host);
  const found = family === 0 ? await resolved(host, resolve) : [{ address: host, family }];
  const [first] = found;
  if (!first) throw new Retry("the target's name has no address", { mostTries: 5 });
  if (!found.every(({ address }) => isPublic(address)))
    throw new Permanent("the target's address does not lie in the open internet");
  return first;
}

async function resolved(host: string, resolve: Resolve): Promise<Address[]> {
  try {
    return await resolve(host);
  } catch {
    throw new Retry("the target's name is not found", { mostTries: 5 });
  }
}
