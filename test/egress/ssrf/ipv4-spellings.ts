import { favouriteIPv4, insideIPv4, octetsOf } from './addresses.ts';
import { ofHost, type Spelling } from './spelling.ts';

/** IPv4 addresses as `inet_aton`, browsers (WHATWG URL §3.5, UTS #46) and hand-written parsers read them. */
export const ipv4Spellings: readonly Spelling[] = [
  ...insideIPv4.map((address) => ofHost('IPv4: four numbers', address, address)),
  ...favouriteIPv4.flatMap(ipv4SpellingsOf),
];

/** One address in all these ways. */
export function ipv4SpellingsOf(address: string): readonly Spelling[] {
  return Object.entries(waysToWrite(address)).flatMap(([trick, hosts]) =>
    hosts.map((host) => ofHost(`IPv4: ${trick}`, address, host)),
  );
}

function waysToWrite(address: string): Readonly<Record<string, readonly string[]>> {
  const octets = octetsOf(address);
  const [a, b, c, d] = octets;
  const whole = ((a * 256 + b) * 256 + c) * 256 + d;
  const short = (bytes: readonly number[]) => bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  return {
    'one decimal number': [`${whole}`],
    'one octal number': [octal(whole), `000${octal(whole)}`],
    'one hexadecimal number': [hex(whole), hex(whole).toUpperCase(), `0x0000${whole.toString(16)}`],
    'octal parts': [octets.map(octal).join('.'), octets.map((part) => `000${octal(part)}`).join('.')],
    'hexadecimal parts': [octets.map(hex).join('.'), octets.map((part) => hex(part).toUpperCase()).join('.')],
    'parts of several bases': [
      `${hex(a)}.${b}.${octal(c)}.${d}`,
      `${octal(a)}.${hex(b)}.${c}.${octal(d)}`,
      `${a}.${octal(b)}.${hex(short([c, d]))}`,
      `${hex(a)}.${octal(short([b, c, d]))}`,
    ],
    'two parts': [`${a}.${short([b, c, d])}`],
    'three parts': [`${a}.${b}.${short([c, d])}`],
    'a dot at the end': [`${address}.`, `${whole}.`, `${hex(whole)}.`],
    'several dots at the end': [`${address}..`, `${whole}...`],
    'digits percent-encoded': [address.replaceAll(/\d/g, percent), `${whole}`.replace(/\d/, percent)],
    'dots percent-encoded': [
      address.replaceAll('.', '%2e'),
      address.replaceAll('.', '%2E'),
      address.replace('.', '%2E'),
      `${address}%2e`,
    ],
    'full-width digits': [shifted(address, 0xff10), shifted(`${whole}`, 0xff10)],
    'mathematical digits': [
      shifted(address, 0x1d7ce),
      shifted(address, 0x1d7d8),
      shifted(`${whole}`, 0x1d7f6),
    ],
    'raised and circled digits': [address.replaceAll(/\d/g, raised), address.replaceAll(/[1-9]/g, circled)],
    'letters of hexadecimal in full width': [hex(whole).replace('x', 'ｘ'), hex(whole).replace('0x', '０Ｘ')],
    'dots that only look so': [
      address.replaceAll('.', '。'),
      address.replaceAll('.', '．'),
      address.replaceAll('.', '｡'),
      address.replace('.', '。'),
      address.replaceAll('.', '%E3%80%82'),
    ],
    'characters that are dropped': [
      address.replace('.', '\u00ad.'),
      address.replace('.', '.\u200b'),
      address.replace('.', '\u2060.'),
      `${address}\ufeff`,
      address.replace('.', '.%C2%AD'),
    ],
    'tabs and line ends inside': [address.replace('.', '.\t'), address.replace('.', '\n.'), `${address}\r`],
    'a number that is too large': [`${whole + 2 ** 32}`, octets.map((part) => part + 256).join('.')],
    'an end after NUL': [`${address}%00.example.com`, `${address}%00`],
  };
}

function octal(number: number): string {
  return number === 0 ? '0' : `0${number.toString(8)}`;
}

function hex(number: number): string {
  return `0x${number.toString(16)}`;
}

function percent(character: string): string {
  return `%${character.charCodeAt(0).toString(16)}`;
}

/** The same digits, from another block of Unicode that begins with its zero there. */
function shifted(text: string, zero: number): string {
  return text.replaceAll(/\d/g, (digit) => String.fromCodePoint(zero + Number(digit)));
}

function raised(digit: string): string {
  return '⁰¹²³⁴⁵⁶⁷⁸⁹'.charAt(Number(digit));
}

function circled(digit: string): string {
  return String.fromCodePoint(0x2460 + Number(digit) - 1);
}
