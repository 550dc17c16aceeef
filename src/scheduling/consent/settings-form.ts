import type { Adapter, ConnectionSettings } from '#adapter-kit/adapter.ts';
import { z } from '#adapter-kit/index.ts';
import { ConsentProblem } from './problem.ts';

/** One setting of an adapter that the practice is asked for. */
export interface SettingField {
  readonly name: string;
  readonly title: string;
  readonly help: string | undefined;
  /** A list is a text of entries: each on a line of its own in the form, with commas between them in the setting. */
  readonly kind: 'yes-no' | 'number' | 'text' | 'list' | 'choice';
  /** Of a choice, as text. */
  readonly choices: readonly string[];
  readonly required: boolean;
  /** What it is when nobody says, as text; `''` for nothing. */
  readonly standard: string;
}

/**
 * The settings that a practice is asked for: those whose schema has a title (`.meta({ title, description })`), in their
 * order. The others keep their defaults. One without a default has to be filled in, and so has one whose schema says
 * `required: true`, although a connection of before may lack it. A text that may be longer than {@link longestLine} is a list.
 */
export function settingFields({ settings }: Pick<Adapter, 'settings'>): readonly SettingField[] {
  const { properties = {}, required = [] } = shape.parse(
    z.toJSONSchema(settings, { io: 'input', unrepresentable: 'any' }),
  );
  return Object.entries(properties).flatMap(([name, property]) => {
    const { title, description, default: standard } = property;
    if (title === undefined) return [];
    const choices = choicesOf(property);
    return [
      {
        name,
        title,
        help: description,
        kind: choices.length > 0 ? 'choice' : kindOf(property),
        choices,
        required: required.includes(name) || property.required === true,
        standard: standard === undefined ? '' : String(standard),
      },
    ];
  });
}

/** Names of the settings that have to be filled in and are not. */
export function emptySettings(adapter: Pick<Adapter, 'settings'>, settings: ConnectionSettings): string[] {
  return settingFields(adapter)
    .filter(({ name, required }) => required && (settings[name] ?? '') === '')
    .map(({ name }) => name);
}

/**
 * Reads what was filled in.
 *
 * @param given fields of the form by name; a box that is not ticked is not there
 * @param known settings that are not asked for, as whoever made the link knew them
 * @throws ConsentProblem `settings` with the names of the fields that are wrong
 */
export function readSettings(
  adapter: Pick<Adapter, 'settings'>,
  given: Readonly<Record<string, string | undefined>>,
  known: ConnectionSettings = {},
): ConnectionSettings {
  const values: Record<string, string | number | boolean> = { ...known };
  for (const { name, kind, choices } of settingFields(adapter)) {
    const text = given[name]?.trim() ?? '';
    delete values[name];
    if (kind === 'yes-no') values[name] = text === 'yes';
    else if (text === '') continue;
    else if (kind === 'number' || (kind === 'choice' && isNumeric(choices))) values[name] = Number(text);
    else values[name] = kind === 'list' ? onOneLine(text) : text;
  }
  const wrong = emptySettings(adapter, values);
  const parsed = adapter.settings.safeParse(values);
  if (!parsed.success) wrong.push(...parsed.error.issues.map(({ path }) => String(path[0] ?? 'settings')));
  if (!parsed.success || wrong.length > 0)
    throw new ConsentProblem('settings', { fields: [...new Set(wrong)] });
  return parsed.data;
}

/** As much of JSON Schema as zod writes for a flat object of strings, numbers and booleans. */
const literal = z.union([z.string(), z.number(), z.boolean()]);
const property = z.object({
  type: z.string().optional(),
  title: z.string().optional(),
  description: z.string().optional(),
  default: literal.optional(),
  maxLength: z.number().optional(),
  /** Not JSON Schema's, whose `required` is a list of names: what an adapter says by `.meta`. */
  required: z.boolean().optional(),
  enum: z.array(literal).optional(),
  anyOf: z.array(z.object({ const: literal.optional() })).optional(),
});
const shape = z.object({
  properties: z.record(z.string(), property).optional(),
  required: z.array(z.string()).optional(),
});

function choicesOf({ enum: values, anyOf }: z.infer<typeof property>): string[] {
  const all = values ?? anyOf?.map((one) => one.const) ?? [];
  return all.flatMap((value) => (value === undefined ? [] : [String(value)]));
}

function kindOf({ type, maxLength = 0 }: z.infer<typeof property>): SettingField['kind'] {
  if (type === 'boolean') return 'yes-no';
  if (type === 'integer' || type === 'number') return 'number';
  return maxLength > longestLine ? 'list' : 'text';
}

const longestLine = 200;

/** Entries with commas between them, whether they stood on lines of their own or not. */
function onOneLine(text: string): string {
  return text
    .split(/\r?\n/)
    .map((line) => line.trim().replace(/\s*,$/, ''))
    .filter((line) => line !== '')
    .join(', ');
}

function isNumeric(choices: readonly string[]): boolean {
  return choices.every((choice) => /^-?\d+(\.\d+)?$/.test(choice));
}
