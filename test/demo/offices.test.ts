import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe, test } from 'node:test';
import { adapters } from '#adapters';
import { demoPatients as athenaPatients } from '../../adapters/athenahealth/simulator/demo-patients.ts';
import { lakeside } from '../../adapters/athenahealth/simulator/practices/lakeside.ts';
import { demoPatients as drchronoPatients } from '../../adapters/drchrono/simulator/demo-patients.ts';
import { alder } from '../../adapters/drchrono/simulator/practices/alder.ts';
import { demoPatients as epicPatients } from '../../adapters/epic/simulator/demo-patients.ts';
import { juniper } from '../../adapters/epic/simulator/juniper.ts';
import { willow } from '../../adapters/fhir-r4/simulator/clinics/willow.ts';
import { demoPatients as fhirPatients } from '../../adapters/fhir-r4/simulator/demo-patients.ts';
import { demoPatients as dentalPatients } from '../../adapters/open-dental/simulator/demo-patients.ts';
import { cedar } from '../../adapters/open-dental/simulator/offices/cedar.ts';
import { saguaro } from '../../adapters/open-dental/simulator/offices/saguaro.ts';
import { harbor } from '../../adapters/oracle-health/simulator/clinics/harbor.ts';
import { demoPatients as oraclePatients } from '../../adapters/oracle-health/simulator/demo-patients.ts';
import { type DemoPerson, demoOffices } from '../../src/demo/offices.ts';

/** DrChrono has the zone with each doctor, and the first of them writes it in the old way. */
const plans = {
  cedar,
  saguaro,
  juniper,
  harbor,
  willow,
  lakeside,
  alder: { timeZone: alder.doctors.at(-1)?.timezone },
};
const patients: Readonly<Record<string, readonly DemoPerson[]>> = {
  ...dentalPatients,
  ...epicPatients,
  ...fhirPatients,
  harbor: oraclePatients,
  lakeside: athenaPatients,
  alder: drchronoPatients,
};

describe('demo offices', () => {
  test('show every adapter that this gateway is built with', () => {
    const shown = new Set(demoOffices.map(({ emr }) => emr));
    assert.deepEqual([...shown].sort(), adapters.map(({ id }) => id).sort());
  });

  for (const office of demoOffices) {
    test(`${office.name} stands before an installed EMR and a simulator of its zone`, () => {
      const plan = Object.entries(plans).find(([id]) => id === office.simulator.office)?.[1];
      assert.equal(plan?.timeZone, office.timeZone);
      assert.ok(adapters.some(({ id }) => id === office.emr));
      assert.ok(existsSync(office.simulator.file));
    });

    test(`${office.name} knows both people of the story, who have no appointments of their own`, () => {
      const known = patients[office.simulator.office] ?? [];
      const names = ({ family, given, birthDate }: DemoPerson) => `${family}|${given}|${birthDate}`;
      const withoutVisits = known.slice(0, 3).map(names);
      assert.ok(withoutVisits.includes(names(office.caller)));
      assert.ok(withoutVisits.includes(names(office.rival)));
    });
  }

  test('those that consent name the practitioners, places and visit types that their EMR really has', () => {
    const [epic, oracle] = ['epic', 'oracle-health'].map((emr) => {
      const access = demoOffices.find((office) => office.emr === emr)?.access;
      assert.ok(access?.kind === 'consent');
      return access.settings;
    });
    assert.equal(epic?.practitioners, juniper.practitioners.map(({ id }) => id).join(', '));
    assert.equal(epic?.locations, juniper.locations.map(({ id }) => id).join(', '));
    const epicTypes = juniper.visitTypes.map(({ code, display, minutes }) => `${code};${display};${minutes}`);
    assert.equal(epic?.serviceTypes, epicTypes.join(', '));
    assert.equal(oracle?.practitioners, harbor.practitioners.map(({ id }) => id).join(', '));
    assert.equal(oracle?.locations, harbor.locations.map(({ id }) => id).join(', '));
    for (const { code, minutes } of harbor.appointmentTypes)
      assert.match(oracle?.serviceTypes ?? '', new RegExp(`codeSet/14249\\|${code};[^;]+;${minutes}`));
  });

  test('athenahealth, which tells nothing of that, has the departments, people and reasons that callers may have', () => {
    const access = demoOffices.find((office) => office.emr === 'athenahealth')?.access;
    assert.ok(access?.kind === 'consent');
    const { departments, providers, visitTypes = '' } = access.settings;
    const open = lakeside.departments.filter(({ hidden }) => !hidden);
    assert.equal(departments, open.map(({ id }) => id).join(', '));
    assert.equal(providers, lakeside.providers.flatMap(({ id, person }) => (person ? id : [])).join(', '));
    for (const entry of visitTypes.split(', ')) {
      const [ref, name, minutes] = entry.split(';');
      const reason = lakeside.reasons.find(({ id }) => `reason:${id}` === ref);
      const type = lakeside.appointmentTypes.find(({ id }) => id === reason?.typeId);
      assert.deepEqual([reason?.name, type?.minutes], [name, Number(minutes)]);
    }
  });

  test('no two of them share a key, so that one mistaken for another is refused by its EMR', () => {
    const ways = demoOffices.map(({ access }) =>
      access.kind === 'key' ? access.keys.customerKey : access.context,
    );
    assert.equal(new Set(ways).size, demoOffices.length);
  });
});
