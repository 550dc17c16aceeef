import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from '#adapter-kit/index.ts';
import { adapters } from '#adapters';
import { readSettings, settingFields } from '#scheduling/consent/settings-form.ts';

const settings = z.strictObject({
  note: z.string().max(5).default('').meta({ title: 'Note', description: 'Five letters' }),
  code: z.string().min(1).meta({ title: 'Code' }),
  minutes: z.int().min(5).default(30).meta({ title: 'Minutes' }),
  grid: z
    .union([z.literal(0), z.literal(15)])
    .default(0)
    .meta({ title: 'Grid' }),
  rooms: z.string().default('').meta({ title: 'Rooms', required: true }),
  mode: z.enum(['a', 'b']).exactOptional().meta({ title: 'Mode' }),
  open: z.boolean().default(true).meta({ title: 'Open' }),
  hidden: z.string().default('kept'),
});

test('a practice is asked for what has a title, in the words and kinds of its schema', () => {
  assert.deepEqual(
    settingFields({ settings }).map(({ name, kind, choices, required, standard, help }) => [
      name,
      kind,
      choices.join(),
      required,
      standard,
      help,
    ]),
    [
      ['note', 'text', '', false, '', 'Five letters'],
      ['code', 'text', '', true, '', undefined],
      ['minutes', 'number', '', false, '30', undefined],
      ['grid', 'choice', '0,15', false, '0', undefined],
      ['rooms', 'text', '', true, '', undefined],
      ['mode', 'choice', 'a,b', false, '', undefined],
      ['open', 'yes-no', '', false, 'true', undefined],
    ],
  );
});

const needed: Readonly<Record<string, readonly string[]>> = {
  athenahealth: ['departments', 'providers', 'visitTypes'],
  epic: ['environment', 'practitioners', 'locations', 'serviceTypes'],
  'oracle-health': ['practitioners', 'locations', 'serviceTypes'],
};
for (const adapter of adapters)
  test(`nobody connects ${adapter.title} without what nothing can be found without`, () => {
    const names = needed[adapter.id] ?? [];
    const required = settingFields(adapter).filter((field) => field.required);
    assert.deepEqual(
      required.map(({ name }) => name),
      names,
    );
    if (names.length > 0)
      assert.throws(() => readSettings(adapter, {}), { code: 'settings', details: { fields: names } });
    // A connection of before may lack it, and still says what it can do.
    assert.ok(adapter.settings.safeParse({}).success);
  });

test('what was filled in becomes settings; what was left empty keeps its default', () => {
  assert.deepEqual(
    readSettings(
      { settings },
      { code: ' x ', rooms: '2', grid: '15', minutes: '', open: 'yes', hidden: 'no', form: 't' },
    ),
    {
      note: '',
      code: 'x',
      minutes: 30,
      grid: 15,
      rooms: '2',
      open: true,
      hidden: 'kept',
    },
  );
  // A box that is not ticked is not in the form.
  assert.equal(readSettings({ settings }, { code: 'x', rooms: '2' }).open, false);
});

const wrong: Readonly<Record<string, readonly [given: Readonly<Record<string, string>>, fields: string[]]>> =
  {
    'a field that is needed': [{ code: '' }, ['code']],
    'a field that is needed although it has a default': [{ rooms: ' ' }, ['rooms']],
    'a text that is too long': [{ note: 'abcdef' }, ['note']],
    'a number that is none': [{ minutes: 'many' }, ['minutes']],
    'a choice that is not offered': [{ grid: '7', mode: 'c' }, ['grid', 'mode']],
  };
for (const [what, [given, fields]] of Object.entries(wrong)) {
  test(`${what} is named`, () => {
    assert.throws(() => readSettings({ settings }, { code: 'x', rooms: '2', ...given }), {
      code: 'settings',
      details: { fields },
    });
  });
}
