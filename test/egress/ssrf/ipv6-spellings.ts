import { favouriteIPv6, groupsOf, insideIPv6 } from './addresses.ts';
import { ofHost, type Spelling } from './spelling.ts';

/** IPv6 addresses as RFC 4291 §2.2 lets them be written, and as some parsers read what it does not. */
export const ipv6Spellings: readonly Spelling[] = [
  ...insideIPv6.map((address) => ofHost('IPv6: as it is', address, `[${address}]`)),
  ...favouriteIPv6.flatMap(ipv6SpellingsOf),
];

/** One address in all these ways. */
export function ipv6SpellingsOf(address: string): readonly Spelling[] {
  return Object.entries(waysToWrite(address)).flatMap(([trick, hosts]) =>
    hosts.map((host) => ofHost(`IPv6: ${trick}`, address, host)),
  );
}

function waysToWrite(address: string): Readonly<Record<string, readonly string[]>> {
  const groups = groupsOf(address);
  const hex = groups.map((group) => group.toString(16));
  const full = groups.map((group) => group.toString(16).padStart(4, '0')).join(':');
  const [last2 = 0, last1 = 0] = groups.slice(6);
  const dotted = [last2 >> 8, last2 & 0xff, last1 >> 8, last1 & 0xff].join('.');
  return {
    'all groups': [`[${hex.join(':')}]`, `[${full}]`],
    capitals: [`[${full.toUpperCase()}]`, `[${address.toUpperCase()}]`],
    'zeros shortened elsewhere': shortened(hex).map((text) => `[${text}]`),
    'an IPv4 address at its end': [`[${hex.slice(0, 6).join(':')}:${dotted}]`],
    'brackets and colons percent-encoded': [`%5B${address}%5D`, `[${address.replace(':', '%3A')}]`],
    'a scope': [`[${address}%25lo]`, `[${address}%lo]`, `[${address}%251]`, `[${address}%eth0]`],
    'without brackets': [full],
  };
}

/** Every run of zeros, one at a time. */
function shortened(groups: readonly string[]): readonly string[] {
  return groups.flatMap((group, index) => {
    if (group !== '0' || groups[index + 1] !== '0') return [];
    return [`${groups.slice(0, index).join(':')}::${groups.slice(index + 2).join(':')}`];
  });
}
