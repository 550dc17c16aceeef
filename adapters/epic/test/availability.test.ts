import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Failure, type OpeningQuery, WireFailure } from '#adapter-kit/index.ts';
import { epic } from '../index.ts';
import { bundle, fixture, inTurn, outcome, replay, resourcesOf, settings } from './replay.ts';

const { openings, verify } = epic.operations;
const query: OpeningQuery = { from: '2031-03-04T00:00:00Z', to: '2031-03-05T00:00:00Z', minutes: 30 };

const opening = {
  vendorKey: 'with:eVance.1|at:eCedar-1|type:95014',
  start: '2031-03-04T10:30:00-06:00',
  end: '2031-03-04T11:00:00-06:00',
  minutes: 30,
  practitioner: 'eVance.1',
  location: 'eCedar-1',
  claims: ['practitioner:eVance.1'],
};
const more = outcome('4119', 'warning', 'incomplete');

describe('A search for times', () => {
  test('asks once for each department, with the visit type that is as long as asked for.', async () => {
    const line = replay(fixture('find--one-day'), {
      settings: {
        ...settings,
        locations: 'eCedar-1, eElm-2',
        serviceTypes: '95020;Nurse;20, 95014;Office;30',
      },
    });
    await openings(line.ctx, query);
    const root = 'https://emr.example/interconnect-fhir-oauth/api/FHIR/STU3';
    const asked = (location: string) => ({
      resourceType: 'Parameters',
      parameter: [
        { name: 'startTime', valueDateTime: '2031-03-04T00:00:00Z' },
        // A visit may end after the window in which it starts.
        { name: 'endTime', valueDateTime: '2031-03-05T00:30:00Z' },
        {
          name: 'serviceType',
          valueCodeableConcept: {
            coding: [{ system: 'urn:oid:1.2.840.114350.1.13.236.2.7.3.808267.11', code: '95014' }],
          },
        },
        { name: 'location-reference', valueReference: { reference: `${root}/Location/${location}` } },
      ],
    });
    assert.deepEqual(
      line.sent.map(({ path, body }) => [path, body]),
      [
        ['/api/FHIR/STU3/Appointment/$find', asked('eCedar-1')],
        ['/api/FHIR/STU3/Appointment/$find', asked('eElm-2')],
      ],
    );
  });

  test('finds what is proposed.', async () => {
    const found = await openings(replay(fixture('find--one-day')).ctx, { ...query, visitTypeRef: '95014' });
    assert.deepEqual(
      found.map(({ vendorKey, start }) => [vendorKey, start]),
      [
        ['with:eVance.1|at:eCedar-1|type:95014', '2031-03-04T10:00:00-06:00'],
        ['with:eOrtiz-2|at:eCedar-1|type:95014', '2031-03-04T10:30:00-06:00'],
        ['with:eVance.1|at:eCedar-1|type:95014', '2031-03-04T10:30:00-06:00'],
      ],
    );
  });

  test('finds nothing in an answer of outcomes only.', async () => {
    assert.deepEqual(await openings(replay(fixture('find--nothing')).ctx, query), []);
    assert.deepEqual(await openings(replay({ findTimes: outcome('4101', 'warning') }).ctx, query), []);
    assert.deepEqual(await openings(replay({ findTimes: outcome('59200', 'warning') }).ctx, query), []);
  });

  test('finds nothing that could be trusted in an answer with a fatal outcome.', async () => {
    for (const findTimes of [outcome('59177'), bundle(outcome('59177'))]) {
      await assert.rejects(openings(replay({ findTimes }).ctx, query), { reason: 'outcome' });
      await assert.rejects(verify(replay({ findTimes }).ctx, opening), { reason: 'outcome' });
    }
  });

  test('that is told of more times than one answer holds asks for each half by itself.', async () => {
    const times = resourcesOf('find--one-day', 'findTimes').filter(
      ({ resourceType }) => resourceType === 'Appointment',
    );
    const line = replay({ findTimes: inTurn(bundle(...times.slice(0, 1), more), bundle(...times)) });
    assert.equal((await openings(line.ctx, query)).length, 3);
    const asked = line.sent.map(({ body }) => JSON.stringify(body).match(/2031-03-0\dT[\d:]+Z/g));
    assert.deepEqual(asked, [
      ['2031-03-04T00:00:00Z', '2031-03-05T00:30:00Z'],
      ['2031-03-04T00:00:00Z', '2031-03-04T12:30:00Z'],
      ['2031-03-04T12:00:00Z', '2031-03-05T00:30:00Z'],
    ]);
  });

  test('that is told so however short the window fails, and so does a look at one time.', async () => {
    const findTimes = bundle(more);
    await assert.rejects(openings(replay({ findTimes }).ctx, query), { reason: 'page-not-followed' });
    await assert.rejects(verify(replay({ findTimes }).ctx, opening), { reason: 'page-not-followed' });
  });

  test('fails where Epic answered a wider question than it was asked.', async () => {
    const answers = [
      fixture('find--unfiltered'),
      ...['59109', '59100', '4122'].map((code) => ({ findTimes: bundle(outcome(code, 'information')) })),
    ];
    for (const answer of answers)
      await assert.rejects(openings(replay(answer).ctx, query), (error) => is(error, 'business-rule'));
  });

  const none: readonly [what: string, changed: Partial<OpeningQuery>][] = [
    ['a length that no visit type has', { minutes: 25 }],
    ['a visit type that the settings do not name', { visitTypeRef: '95099' }],
    ['a practitioner whom they do not name', { practitioners: ['eNobody'] }],
    ['a department that they do not name', { locations: ['eNowhere'] }],
    ['a window that is past', { from: '2031-02-01T00:00:00Z', to: '2031-02-02T00:00:00Z' }],
    ['a window without a moment', { to: query.from }],
  ];
  for (const [what, changed] of none)
    test(`for ${what} asks nobody and finds nothing.`, async () => {
      const line = replay({});
      assert.deepEqual(await openings(line.ctx, { ...query, ...changed }), []);
      assert.deepEqual(line.sent, []);
    });

  for (const name of Object.keys(settings))
    test(`is refused while ${name} is not set.`, async () => {
      const line = replay({}, { settings: { ...settings, [name]: '' } });
      await assert.rejects(openings(line.ctx, query), (error) => is(error, 'capability-missing'));
      assert.equal(epic.capabilitiesWith(line.ctx.settings).find, false);
    });

  test('does not ask for what is past.', async () => {
    const line = replay(fixture('find--nothing'));
    await openings(line.ctx, { ...query, from: '2031-02-28T00:00:00Z' });
    assert.match(JSON.stringify(line.sent[0]?.body), /"startTime","valueDateTime":"2031-03-01T12:00:00Z"/);
  });

  test('that is answered by XML, by a page of IIS or by "" fails.', async () => {
    const html = '<!DOCTYPE html><title>404 - File or directory not found.</title>';
    for (const answer of [
      '<Bundle xmlns="http://hl7.org/fhir"/>',
      { status: 404, body: html },
      { status: 401, body: '' },
    ])
      await assert.rejects(openings(replay({ findTimes: answer }).ctx, query), WireFailure);
  });
});

describe('An opening', () => {
  test('is free while the very time is proposed.', async () => {
    const line = replay(fixture('find--one-day'));
    assert.equal(await verify(line.ctx, opening), 'free');
    assert.match(JSON.stringify(line.sent[0]?.body), /"startTime","valueDateTime":"2031-03-04T16:30:00Z"/);
    assert.match(JSON.stringify(line.sent[0]?.body), /"endTime","valueDateTime":"2031-03-04T17:00:00Z"/);
  });

  const gone: readonly [what: string, changed: Partial<typeof opening>][] = [
    ['at another time', { start: '2031-03-04T10:31:00-06:00', end: '2031-03-04T11:01:00-06:00' }],
    ['of another length', { end: '2031-03-04T11:10:00-06:00' }],
    ['of several people', { claims: ['practitioner:eOrtiz-2', 'practitioner:eVance.1'] }],
    ['in the past', { start: '2031-02-04T10:30:00-06:00' }],
    ['with a key of another form', { vendorKey: 'slot:eTemp' }],
    ['whose key names somebody else', { practitioner: 'eOrtiz-2' }],
    ['of somebody whom the settings do not name', { vendorKey: 'with:eX|at:eCedar-1', practitioner: 'eX' }],
    ['for a visit type that they do not name', { vendorKey: 'with:eVance.1|at:eCedar-1|type:9' }],
  ];
  for (const [what, changed] of gone)
    test(`${what} is gone.`, async () => {
      assert.equal(await verify(replay(fixture('find--one-day')).ctx, { ...opening, ...changed }), 'gone');
    });

  test('is gone when nothing is proposed any more.', async () => {
    assert.equal(await verify(replay(fixture('find--nothing')).ctx, opening), 'gone');
  });
});

function is(error: unknown, code: string): boolean {
  return error instanceof Failure && error.code === code;
}
