import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { demoOffices } from '../../src/demo/offices.ts';
import { pastedStory } from '../../src/demo/pasted-story.ts';

const stories = demoOffices.map((office) => ({
  office,
  text: pastedStory(
    'http://127.0.0.1:8080',
    {
      id: '01a2000c-3d97-7034-817e-1ae24e429fd0',
      name: office.name,
      emr: office.emr,
      timeZone: office.timeZone,
      agent: {
        client_id: 'agent-1',
        client_secret: 'example',
        token_endpoint: 'http://127.0.0.1:8080/oauth/token',
        scope: 'system/Slot.rs',
      },
      simulator: { url: 'http://127.0.0.1:8191' },
    },
    office,
  ),
}));

/** test/e2e/start.test.ts plays it. */
describe('the story to paste', () => {
  for (const { office, text } of stories) {
    test(`of ${office.name} is a script that the shell understands`, () => {
      const { status, stderr } = spawnSync('bash', ['-n'], { input: text, encoding: 'utf8' });
      assert.equal(status, 0, stderr);
    });

    test(`of ${office.name} has nothing that an interactive zsh or bash reads otherwise`, () => {
      assert.doesNotMatch(text, /^\s*#/m, 'zsh takes comments for commands');
      assert.doesNotMatch(text, /!/, 'the history is searched for what follows');
      assert.doesNotMatch(text, /\t/, 'completion is started');
      assert.doesNotMatch(text, /\bjq\b/);
    });

    test(`of ${office.name} names its patient and no date of a calendar`, () => {
      assert.ok(text.includes(`"family":"${office.caller.family}","given":["${office.caller.given}"]`));
      assert.deepEqual(new Set(text.match(/\d{4}-\d{2}-\d{2}/g)), new Set([office.caller.birthDate]));
    });
  }
});
