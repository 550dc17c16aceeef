import { words } from '../words.ts';
import { insideIPv4, insideIPv6 } from './addresses.ts';
import { ofHost, type Spelling } from './spelling.ts';

/** The first is where the public hosts of these tests are. */
export const publicAddresses = ['93.184.215.14', '8.8.8.8', '2606:2800:220:1::1'] as const;
export const [publicAddress] = publicAddresses;

/**
 * Names that lead inside. The first ones do so on many machines by themselves; the others are ordinary to look at, and
 * only their addresses give them away.
 */
export const nameSpellings: readonly Spelling[] = [
  ...localNames().map(({ trick, host }) => ofHost(`Name: ${trick}`, '127.0.0.1', host)),
  ...resolvedNames().map(({ trick, host, addresses }) =>
    ofHost(`Name: ${trick}`, addresses.find(isInside) ?? '', host),
  ),
];

/** What DNS says of each name here, in the order of the answer. */
export const insideNames: ReadonlyMap<string, readonly string[]> = new Map([
  ...localNames().map(({ host }) => [canonical(host), ['127.0.0.1']] as const),
  ...resolvedNames().map(({ host, addresses }) => [canonical(host), addresses] as const),
]);

/** One spelling of a name for DNS, which has neither letters' size nor a dot at the end. */
export function canonical(host: string): string {
  const url = URL.parse(`http://${host}`);
  return (url?.hostname ?? host).toLowerCase().replace(/\.+$/, '');
}

function isInside(address: string): boolean {
  return !publicAddresses.some((one) => one === address);
}

function localNames(): readonly { readonly trick: string; readonly host: string }[] {
  const names = {
    'the family of localhost': `localhost LOCALHOST LocalHost localhost. x.localhost a.b.localhost. localhost.localdomain
      localhost4 localhost6 localhost6.localdomain6 ip6-localhost ip6-loopback loopback broadcasthost`,
    'localhost in other letters':
      'ⓛⓞⓒⓐⓛⓗⓞⓢⓣ ｌｏｃａｌｈｏｓｔ 𝐥𝐨𝐜𝐚𝐥𝐡𝐨𝐬𝐭 loc%61lhost lo\u00adcalhost localhoſt localhost。',
    'names inside a network': `intranet router printer.local db.internal nas.lan x.home x.corp 1.0.0.127.in-addr.arpa
      router.home.arpa hidden.onion host.docker.internal kubernetes.default.svc.cluster.local vault.service.consul`,
    'names of metadata services': `metadata metadata.google.internal metadata.goog instance-data
      instance-data.ec2.internal metadata.azure.internal`,
    'names that hold an address': `127.0.0.1.nip.example 127-0-0-1.sslip.example 7f000001.nip.example
      127.0.0.1.example.com api.example.com.127.0.0.1.nip.example`,
  };
  return Object.entries(names).flatMap(([trick, hosts]) => words(hosts).map((host) => ({ trick, host })));
}

function resolvedNames(): readonly {
  readonly trick: string;
  readonly host: string;
  readonly addresses: readonly string[];
}[] {
  const answers: Readonly<Record<string, readonly (readonly string[])[]>> = {
    'with an IPv4 address inside': insideIPv4.map((address) => [address]),
    'with an IPv6 address inside': insideIPv6.map((address) => [address]),
    'with a public address and one inside': words(
      '127.0.0.1 10.0.0.1 169.254.169.254 ::1 fd00:ec2::254',
    ).flatMap((address) => [
      [publicAddress, address],
      [address, publicAddress],
      [...publicAddresses, address],
    ]),
    'with an address in an odd form': words(
      '2130706433 0x7f000001 127.1 0177.0.0.1 017700000001 [::1] ::1%lo fe80::1%eth0 ::FFFF:7F00:1 0:0:0:0:0:ffff:127.0.0.1 localhost',
    ).map((address) => [address]),
    'with a public address and one in an odd form': words('2130706433 127.1 ::1%lo').map((address) => [
      publicAddress,
      address,
    ]),
  };
  return Object.entries(answers).flatMap(([trick, all], group) =>
    all.map((addresses, index) => ({ trick, host: `n${index}.g${group}.names.example`, addresses })),
  );
}
