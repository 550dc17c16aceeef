import type { Random } from './random.ts';

export type CanaryKind = 'word' | 'date' | 'number';

/** A string that stands in one place of the input and may stand nowhere in what is kept or told. */
export interface Canary {
  readonly value: string;
  readonly kind: CanaryKind;
  /** Where it was planted, e.g. `request header Prefer`. */
  readonly where: string;
}

/** Makes canaries that look like what they stand for, and remembers each. */
export interface Canaries {
  readonly all: readonly Canary[];
  /** A name of nine to fifteen letters, now and then with an accent. */
  name(where: string): string;
  /** A sentence of free text with a name in it. */
  note(where: string): string;
  /** A local date of birth, yyyy-MM-dd. */
  birthDate(where: string): string;
  /** As offices write it: (303)555-0110. */
  phone(where: string): string;
  email(where: string): string;
  /** Like a social security number. */
  ssn(where: string): string;
  /** Like a token or a client secret. */
  secret(where: string): string;
  /** Notes something that others made. */
  plant(value: string, kind: CanaryKind, where: string): string;
}

export function createCanaries(random: Random): Canaries {
  const known = new Map<string, Canary>();
  const plant: Canaries['plant'] = (value, kind, where) => {
    if (!known.has(value)) known.set(value, { value, kind, where });
    return value;
  };
  /** A new one on each call, however small the space it is drawn from. */
  const fresh = (kind: CanaryKind, where: string, draw: () => string): string => {
    for (let value = draw(); ; value = draw()) if (!known.has(value)) return plant(value, kind, where);
  };
  const digits = (length: number): string => Array.from({ length }, () => String(random.below(10))).join('');
  const syllable = (): string => random.pick(consonants) + random.pick(vowels);
  const letters = (): string => {
    const text = Array.from({ length: 5 + random.below(2) }, syllable).join('') + random.pick(consonants);
    return text.slice(0, 1).toUpperCase() + text.slice(1);
  };
  const name: Canaries['name'] = (where) => fresh('word', where, letters);
  return {
    get all() {
      return [...known.values()];
    },
    plant,
    name,
    note: (where) => random.pick(sentences).replace('…', name(where)),
    birthDate: (where) =>
      fresh('date', where, () => {
        const day = new Date(Date.UTC(1921, 0, 1) + random.below(29_000) * 86_400_000);
        return day.toISOString().slice(0, 10);
      }),
    phone: (where) => fresh('number', where, () => `(${2 + random.below(8)}${digits(2)})555-${digits(4)}`),
    email: (where) => `${fresh('word', where, () => bare(letters()).toLowerCase())}@example.org`,
    ssn: (where) => fresh('number', where, () => `9${digits(2)}-${digits(2)}-${digits(4)}`),
    secret: (where) => fresh('word', where, () => bare(Array.from({ length: 6 }, letters).join(''))),
  };
}

/** Without accents. */
function bare(text: string): string {
  return text.normalize('NFD').replaceAll(/\p{M}/gu, '');
}

const consonants = [...'bdfghklmnprstvwxz'];
const vowels = [...'aeiouaeiouéü'];
const sentences = [
  'Asks for …, takes blood thinners',
  '… is the mother and pays',
  'Allergic to latex; call … first',
  'Seen after a fall at work, case …',
];

export interface Hit {
  readonly canary: Canary;
  /** The spelling that was found. */
  readonly form: string;
}

/** Looks for every canary in every spelling, wherever in the text it stands and whatever stands around it. */
export type Scan = (text: string) => readonly Hit[];

/** Length of what is looked up in the index of all spellings: none is shorter. */
const head = 8;

export function createScan(canaries: readonly Canary[]): Scan {
  const index = new Map<string, { readonly form: string; readonly canary: Canary }[]>();
  // Most of a text begins no spelling: four characters and one bit say so.
  const begins = new Uint8Array(1 << 20);
  for (const canary of canaries)
    for (const form of spellings(canary)) {
      const key = form.slice(0, head);
      const others = index.get(key);
      if (others) others.push({ form, canary });
      else index.set(key, [{ form, canary }]);
      begins[hash(key, 0)] = 1;
    }
  return (given) => {
    const text = given.toLowerCase();
    const hits = new Map<string, Hit>();
    for (let at = 0; at + head <= text.length; at++) {
      if (begins[hash(text, at)] === 0) continue;
      for (const { form, canary } of index.get(text.slice(at, at + head)) ?? [])
        if (text.startsWith(form, at) && standsAlone(text, at, form))
          hits.set(canary.value, { canary, form });
    }
    return [...hits.values()];
  };
}

function hash(text: string, at: number): number {
  return (
    (text.charCodeAt(at) * 0x9e5 +
      text.charCodeAt(at + 1) * 0x3b1f +
      text.charCodeAt(at + 2) * 0x1d6b3 +
      text.charCodeAt(at + 3) * 0x5bd1) &
    0xfffff
  );
}

/** Eight digits in a row stand in many a hash in hex; as a date or number they stand between other characters. */
function standsAlone(text: string, at: number, form: string): boolean {
  if (!/^[\d./ -]{1,12}$/.test(form)) return true;
  return !/[0-9a-f]/.test(text.charAt(at - 1)) && !/[0-9a-f]/.test(text.charAt(at + form.length));
}

/** All that a value may be turned into on its way, in lower case. */
export function spellings({ value, kind }: Pick<Canary, 'value' | 'kind'>): Set<string> {
  const forms = new Set<string>();
  for (const text of versions(value, kind))
    for (const form of encodings(text)) if (form.length >= head) forms.add(form.toLowerCase());
  return forms;
}

/** The same to people: other ways to write a date, a number, a name. */
function versions(value: string, kind: CanaryKind): string[] {
  if (kind === 'date') {
    const [year = '', month = '', day = ''] = value.split('-');
    const [m, d] = [String(Number(month)), String(Number(day))];
    return [
      value,
      `${month}/${day}/${year}`,
      `${m}/${d}/${year}`,
      `${day}.${month}.${year}`,
      `${day}/${month}/${year}`,
      `${month}-${day}-${year}`,
      `${day}-${month}-${year}`,
      `${year}/${month}/${day}`,
      `${year}${month}${day}`,
      `${month}${day}${year}`,
    ];
  }
  if (kind === 'number') {
    const digits = value.replaceAll(/\D/g, '');
    if (digits.length !== 10) return [value, digits];
    const [area, exchange, line] = [digits.slice(0, 3), digits.slice(3, 6), digits.slice(6)];
    return [
      value,
      digits,
      `1${digits}`,
      `(${area}) ${exchange}-${line}`,
      ...['-', '.', ' '].map((mark) => [area, exchange, line].join(mark)),
    ];
  }
  return [...new Set([value.normalize('NFC'), value.normalize('NFD'), bare(value)])];
}

/** The same to machines. */
function encodings(text: string): string[] {
  const utf8 = Buffer.from(text);
  const utf16 = Buffer.from(text, 'utf16le');
  const url = encodeURIComponent(text);
  const bytes = [...utf8].map((byte) => byte.toString(16).padStart(2, '0'));
  const units = Array.from({ length: text.length }, (_, at) =>
    text.charCodeAt(at).toString(16).padStart(4, '0'),
  );
  return [
    text,
    utf8.toString('latin1'),
    utf16.toString('latin1'),
    url,
    url.replaceAll('%20', '+'),
    encodeURIComponent(url),
    bytes.map((byte) => `%${byte}`).join(''),
    bytes.join(''),
    utf16.toString('hex'),
    units.join(''),
    units.map((unit) => `\\u${unit}`).join(''),
    text.replaceAll(
      /[^\x20-\x7e]/g,
      (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
    ),
    text.replaceAll('/', '\\/'),
    ...base64(utf8),
    ...base64(utf16),
  ];
}

/** The characters of base64 that the bytes alone determine, wherever in a longer text they begin. */
function base64(bytes: Buffer): string[] {
  return [0, 1, 2].flatMap((before) => {
    const all = Buffer.concat([Buffer.alloc(before), bytes]);
    const core = (text: string): string =>
      text.slice(Math.ceil((before * 8) / 6), Math.floor((all.length * 8) / 6));
    return [core(all.toString('base64')), core(all.toString('base64url'))];
  });
}
