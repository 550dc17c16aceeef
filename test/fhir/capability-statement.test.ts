import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CapabilityStatement, OperationDefinition } from '@medplum/fhirtypes';
import { capabilityStatement } from '#fhir/capability-statement.ts';
import { interactions } from '#fhir/interaction.ts';
import { agentScopes, coversScope } from '#fhir/scopes.ts';
import { smartConfiguration } from '#fhir/smart-configuration.ts';
import { assertValidFhir } from '#test/fhir-validation.ts';
import { ownResources } from '#test/required-bindings.ts';

const server = {
  version: '0.1.0',
  base: 'https://gateway.example.org/fhir/R4',
  tokenEndpoint: 'https://gateway.example.org/oauth/token',
  date: '2026-11-21',
};
const practice = {
  title: 'Example Dental',
  mode: 'live',
  bookingMode: 'queue_only',
  book: true,
  cancel: false,
  matchPatient: true,
  createPatient: false,
} as const;

function served(statement: CapabilityStatement): Set<string> {
  const all = (statement.rest?.[0]?.resource ?? []).flatMap(({ type, interaction, operation }) => [
    ...(interaction ?? []).map(({ code }) => `${type} ${code}`),
    ...(operation ?? []).map(({ name }) => `${type} $${name}`),
  ]);
  return new Set(all);
}

describe('capabilityStatement', () => {
  it('is valid with and without a practice, and with nothing served', () => {
    assertValidFhir(capabilityStatement(server, interactions));
    assertValidFhir(capabilityStatement(server, interactions, practice));
  });

  it('says exactly what the table serves', () => {
    const expected = interactions
      .filter(({ resource }) => resource !== undefined)
      .map(
        ({ resource, interaction, operation }) =>
          `${resource} ${operation === undefined ? interaction : `$${operation}`}`,
      );
    assert.deepEqual(
      [...served(capabilityStatement(server, interactions))].toSorted(),
      [...new Set(expected)].toSorted(),
    );
    const fewer = interactions.filter(({ operation }) => operation !== 'hold');
    assert.ok(!served(capabilityStatement(server, fewer)).has('Appointment $hold'));
  });

  it('leaves out what the EMR of the practice cannot do, and tells its modes', () => {
    const statement = capabilityStatement(server, interactions, practice);
    const all = served(statement);
    assert.ok(all.has('Appointment $book') && all.has('Patient $match'));
    assert.ok(!all.has('Appointment patch') && !all.has('Patient create'));
    assert.deepEqual(
      statement.rest?.[0]?.extension?.map(({ valueCode }) => valueCode),
      ['live', 'queue_only'],
    );
  });

  it('tells nothing of a practice to those without a token', () => {
    assert.doesNotMatch(
      JSON.stringify(capabilityStatement(server, interactions)),
      /Example Dental|booking-mode/,
    );
  });

  it('names operations that are defined', () => {
    const definitions = ownResources<OperationDefinition>('OperationDefinition');
    for (const { operation = [] } of capabilityStatement(server, interactions).rest?.[0]?.resource ?? [])
      for (const { name, definition } of operation)
        assert.equal(definitions.find(({ url }) => url === definition)?.code, name);
  });
});

describe('the interactions', () => {
  it('each have an address of their own and a need that an agent can be given', () => {
    const addresses = interactions.map(({ method, path }) => `${method} ${path}`);
    assert.equal(new Set(addresses).size, addresses.length);
    for (const { path, needs } of interactions) {
      assert.equal(needs.length === 0, path === '/metadata');
      for (const { resource, letter } of needs)
        assert.ok(coversScope(agentScopes, `system/${resource}.${letter}`), `${resource}.${letter}`);
    }
  });
});

describe('smartConfiguration', () => {
  const issuer = {
    issuer: 'https://gateway.example.org/oauth',
    tokenEndpoint: server.tokenEndpoint,
    jwksUri: 'https://gateway.example.org/oauth/jwks',
    authMethods: ['client_secret_basic', 'private_key_jwt'],
    authSigningAlgs: ['RS384', 'ES384'],
  };
  it('holds what SMART App Launch 2.2 requires of a server for backend services', () => {
    const document = smartConfiguration(issuer);
    assert.deepEqual(document.grant_types_supported, ['client_credentials']);
    assert.deepEqual(document.code_challenge_methods_supported, ['S256']);
    assert.deepEqual(document.scopes_supported, agentScopes);
    assert.deepEqual(document.capabilities, [
      'client-confidential-asymmetric',
      'client-confidential-symmetric',
      'permission-v2',
    ]);
    assert.equal(document.token_endpoint, server.tokenEndpoint);
    assert.ok(!('authorization_endpoint' in document));
  });
  it('claims only the client authentication that is there', () => {
    assert.deepEqual(smartConfiguration({ ...issuer, authMethods: ['private_key_jwt'] }).capabilities, [
      'client-confidential-asymmetric',
      'permission-v2',
    ]);
  });
});
