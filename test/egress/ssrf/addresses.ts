import { words } from '../words.ts';

/**
 * Addresses that lead inside: to the machine itself, to its neighbours, to a cloud's own services, or nowhere that an
 * EMR could be (IANA IPv4 and IPv6 Special-Purpose Address Registries). Written down here by hand, so that the guard's
 * own tables are not what it is judged by.
 */
export const insideIPv4 = words(`
  127.0.0.1 127.0.0.53 127.1.2.3 127.255.255.254
  0.0.0.0 0.1.2.3 0.255.255.255
  10.0.0.1 10.20.30.40 10.255.255.255 172.16.0.1 172.20.10.2 172.31.255.254 192.168.0.1 192.168.255.255
  100.64.0.1 100.100.100.200 100.127.255.254
  169.254.0.1 169.254.169.254 169.254.170.2 169.254.169.123
  192.0.0.8 192.0.0.192 192.0.2.1 192.88.99.1 198.18.0.1 198.19.255.255 198.51.100.7 203.0.113.9
  168.63.129.16
  224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255`);

/** As eight groups of hexadecimal digits, or with an IPv4 address at its end. */
export const insideIPv6 = words(`
  ::1 ::
  ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 ::ffff:93.184.215.14
  ::ffff:0:127.0.0.1 ::127.0.0.1 ::192.168.1.1
  64:ff9b::127.0.0.1 64:ff9b::169.254.169.254 64:ff9b:1::10.0.0.1
  2002:7f00:1:: 2002:a9fe:a9fe::1 2002:c0a8:101::1
  2001:0:7f00:1::1 2001:0:4136:e378:8000:63bf:3fff:fdd2
  fc00::1 fd00::1 fd00:ec2::254 fd20:ce::254 fdff:ffff::1
  fe80::1 fe80::a9fe:a9fe febf::1 fec0::1
  ff01::1 ff02::1 ff05::1:3
  100::1 2001:2::1 2001:20::1 2001:db8::1 3fff::1 5f00::1`);

/** The ones that are spelled in every way. */
export const favouriteIPv4 = words('127.0.0.1 0.0.0.0 10.0.0.1 192.168.1.1 169.254.169.254 100.64.0.1');
export const favouriteIPv6 = words(
  '::1 ::ffff:127.0.0.1 ::ffff:169.254.169.254 64:ff9b::10.0.0.1 fd00:ec2::254 fe80::1',
);

/** Four octets. */
export function octetsOf(ipv4: string): readonly [number, number, number, number] {
  const [a = 0, b = 0, c = 0, d = 0] = ipv4.split('.').map(Number);
  return [a, b, c, d];
}

/** Eight groups. */
export function groupsOf(ipv6: string): readonly number[] {
  const hex = ipv6.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (dotted) => {
    const [a, b, c, d] = octetsOf(dotted);
    return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  });
  const [before = '', after] = hex.split('::');
  const [head, tail] = [before, after ?? ''].map((part) => part.split(':').filter((group) => group !== ''));
  const zeros = after === undefined ? 0 : 8 - (head?.length ?? 0) - (tail?.length ?? 0);
  return [...(head ?? []), ...Array.from({ length: zeros }, () => '0'), ...(tail ?? [])].map((group) =>
    Number.parseInt(group, 16),
  );
}
