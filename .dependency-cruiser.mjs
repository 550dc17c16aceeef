/**
 * The floors of the house. Imports go down, never up or sideways; every rule tells the person who broke it what to do
 * instead. `npm run floors` checks them, `test/house/floors.test.ts` plants one violation of each and sees it caught.
 */

/** Each folder of src/ and the floors below it that it may stand on. */
const floors = {
  domain: [],
  fhir: ['domain'],
  oauth: ['domain'],
  'adapter-kit': ['fhir', 'domain'],
  egress: ['adapter-kit', 'domain'],
  store: ['domain'],
  vault: ['store', 'oauth', 'domain'],
  audit: ['vault', 'store', 'domain'],
  scheduling: ['audit', 'vault', 'store', 'egress', 'oauth', 'adapter-kit', 'fhir', 'domain'],
  jobs: [
    'scheduling',
    'observe',
    'audit',
    'vault',
    'store',
    'egress',
    'oauth',
    'adapter-kit',
    'fhir',
    'domain',
  ],
  http: ['scheduling', 'audit', 'vault', 'store', 'oauth', 'adapter-kit', 'fhir', 'domain'],
  observe: ['scheduling', 'egress', 'audit', 'vault', 'domain'],
  'simulator-kit': [],
};

const words = {
  domain: 'The domain is pure scheduling truth. Take what you need as an argument.',
  fhir: 'FHIR on the wire knows the domain and nothing else. Let scheduling/ or http/ bring the two together.',
  oauth: 'OAuth towards EMRs is protocol only. Take storage, clock and client as arguments.',
  'adapter-kit': 'The kit is all that adapters see, so it stands on fhir/ and domain/ only.',
  egress: 'The wall knows routes, not use cases. Hand it what it needs from scheduling/ or app.ts.',
  observe: 'Logs and metrics know the events of those below; the doors get a function to report to.',
  store: 'A table knows no use case. Return plain rows and let scheduling/ or vault/ decide.',
  vault:
    'The vault keeps secrets for others and asks nobody about bookings. Take what you need as an argument.',
  audit: 'Audit is written by everyone above it and depends on none of them. Pass the event in.',
  scheduling: 'A use case does not know who asks (http/, jobs/, cli/). Return a value or throw a Failure.',
  jobs: 'A job is an entrance beside http/. What both need belongs in scheduling/.',
  http: 'A door asks scheduling/ for the work; it does not reach the wall, the jobs or the demo itself.',
  'simulator-kit':
    'A simulator plays a vendor and must not know the gateway. Write it from the vendor’s documents.',
};

const floorRules = Object.entries(floors).map(([folder, below]) => ({
  name: `floor-${folder}`,
  comment: `src/${folder}/ may import ${below.length > 0 ? `only ${below.join(', ')}` : 'nothing of ours but itself'}. ${words[folder]}`,
  severity: 'error',
  from: { path: `^src/${folder}/`, pathNot: '^src/adapter-kit/testing/' },
  to: { path: '^(src|adapters|test|bench)/', pathNot: `^src/(${[folder, ...below].join('|')})/` },
}));

const tests = '^(test|bench)/|^adapters/[^/]+/test/|^src/adapter-kit/testing/';
const simulators = '^adapters/[^/]+/simulator/';
/** A type opens no connection. */
const atRunTime = { dependencyTypesNot: ['type-only'] };
/** Files that something other than an import starts. */
const entrances =
  '^src/(start\\.js|main\\.ts|cli/main\\.ts|demo/(supervise|story)\\.ts|store/embedded/server\\.ts)$|^adapters/[^/]+/simulator/main\\.ts$';
/** Programs that start or play; none of them is part of a gateway in production. */
const stage = '^src/(demo|simulator-kit)/';

const rules = [
  {
    name: 'adapter-sees-only-the-kit',
    comment:
      'An adapter imports #adapter-kit/index.ts and its own files, nothing else: no package, no Node module, no other part of the gateway. Export what is missing from the kit, or take it from the context.',
    from: { path: '^adapters/[^/]+/', pathNot: `${tests}|${simulators}` },
    to: { pathNot: '^src/adapter-kit/index\\.ts$|^adapters/' },
  },
  {
    name: 'adapter-keeps-to-itself',
    comment:
      'An adapter does not import another vendor’s files. A variant may import its base adapter’s index.ts and override it.',
    from: { path: '^adapters/([^/]+)/', pathNot: tests },
    to: { path: '^adapters/', pathNot: '^adapters/$1/|^adapters/[^/]+/index\\.ts$' },
  },
  {
    name: 'adapter-does-not-know-its-simulator',
    comment:
      'The adapter may not see the simulator: what they share would hide what both get wrong. Write each from the vendor’s documents.',
    from: { path: '^(src|adapters/[^/]+)/', pathNot: `${tests}|${simulators}` },
    to: { path: simulators },
  },
  {
    name: 'simulator-does-not-know-its-adapter',
    comment:
      'The simulator may not see the adapter or the gateway, only #simulator-kit: it is the vendor, and the vendor has never heard of us.',
    from: { path: simulators },
    to: { path: '^(src|adapters|test)/', pathNot: `${simulators}|^src/simulator-kit/` },
  },
  {
    name: 'no-simulator-in-the-gateway',
    comment:
      'The gateway never contains a simulator. Start it as a process of its own from src/demo/ and talk to it over the network.',
    from: { path: '^src/', pathNot: `${tests}|${stage}` },
    to: { path: '^src/simulator-kit/' },
  },
  {
    name: 'only-the-registry-knows-vendors',
    comment:
      'Nothing above the adapters knows a vendor. Register the adapter in src/adapters.ts and work with the contract of #adapter-kit.',
    from: { path: '^src/', pathNot: `${tests}|^src/adapters\\.ts$` },
    to: { path: '^adapters/' },
  },
  {
    name: 'network-only-in-egress',
    comment:
      'Only src/egress/ opens connections: every request that leaves goes through the wall. Declare a route and call it by name.',
    from: {
      path: '^(src|adapters)/',
      pathNot: `${tests}|${simulators}|${stage}|^src/(egress|cli|store/embedded)/`,
    },
    to: { path: '^(node:)?(net|tls|dns|http2|dgram)(/|$)|^(node_modules/)?undici(/|$)', ...atRunTime },
  },
  {
    name: 'http-only-in-doors',
    comment:
      'node:http and node:https serve our own doors in src/http/. To ask somebody something, declare a route for src/egress/.',
    from: {
      path: '^(src|adapters)/',
      pathNot: `${tests}|${simulators}|${stage}|^src/(egress|http|cli)/|^src/main\\.ts$`,
    },
    to: { path: '^(node:)?https?$', ...atRunTime },
  },
  {
    name: 'no-process-beside-ours',
    comment:
      'Only the starter and the embedded database start processes: a child process would be a way around the wall.',
    from: { path: '^(src|adapters)/', pathNot: `${tests}|${stage}|^src/(cli|store/embedded)/` },
    to: { path: '^(node:)?(child_process|cluster|worker_threads)$', ...atRunTime },
  },
  {
    name: 'database-only-in-store',
    comment:
      'Only src/store/ speaks SQL, so that every query is behind row-level security. Add a function to the file of its table; the type of a transaction is Tx of #store/database.ts.',
    from: { path: '^(src|adapters)/', pathNot: `${tests}|^src/store/` },
    to: { path: '^(node_modules/)?(knex|pg|@electric-sql|rate-limiter-flexible)(/|$)' },
  },
  {
    name: 'queue-only-in-jobs',
    comment:
      'pg-boss belongs to src/jobs/ (workers) and src/store/ (schema, sending inside a transaction). Ask one of them.',
    from: { path: '^(src|adapters)/', pathNot: `${tests}|^src/(store|jobs)/` },
    to: { path: '^(node_modules/)?pg-boss(/|$)' },
  },
  {
    name: 'express-only-in-http',
    comment:
      'Express stays in src/http/: what is below it takes parsed values and returns values, so that voice, MCP and jobs can use it too.',
    from: { path: '^(src|adapters)/', pathNot: `${tests}|${simulators}|${stage}|^src/http/` },
    to: { path: '^(node_modules/)?(@types/)?(express|helmet)(/|$)' },
  },
  {
    name: 'pure-stays-pure',
    comment:
      'src/domain/ and src/fhir/ compute and do nothing else. Time, randomness, hashing and files come in as arguments.',
    from: { path: '^src/(domain|fhir)/' },
    to: { dependencyTypes: ['core'] },
  },
  {
    name: 'settings-come-in-as-arguments',
    comment:
      'The environment is read once, at the door (main.ts, cli/, demo/). Take the value you need as an argument, not the whole configuration.',
    from: { path: '^src/[^/]+/', pathNot: `${tests}|^src/(cli|demo|config)/` },
    to: { path: '^src/config(\\.ts|/)' },
  },
  {
    name: 'settings-stand-on-nothing',
    comment:
      'src/config.ts is read before anything runs: it may know secrets and key rings of the vault, no more.',
    from: { path: '^src/config(\\.ts|/)' },
    to: { path: '^(src|adapters)/', pathNot: '^src/config/|^src/vault/(secret|key-ring)\\.ts$' },
  },
  {
    name: 'composition-is-not-a-library',
    comment:
      'app.ts, main.ts and adapters.ts put parts together and are imported by entrances only. Move what you need down into the part it belongs to.',
    from: { path: '^(src/[^/]+|adapters)/', pathNot: `${tests}|^src/(cli|demo)/` },
    to: { path: '^src/(app|main|adapters|start)\\.[tj]s$' },
  },
  {
    name: 'no-tests-in-the-house',
    comment:
      'What runs may not import what tests it. Move the shared part into src/, where it is tested itself.',
    from: { path: '^(src|adapters)/', pathNot: tests },
    to: { path: tests },
  },
  {
    name: 'no-development-package-at-run-time',
    comment:
      'This package is only there while developing (npm ci --omit=dev leaves it out). Import its types with `import type`, or make it a dependency and say why in the commit.',
    from: { path: '^(src|adapters)/', pathNot: tests },
    to: { dependencyTypes: ['npm-dev'], ...atRunTime, pathNot: '@types/' },
  },
  {
    name: 'no-unknown-module',
    comment:
      'This import leads nowhere, or to a package that package.json does not name. Check the path (with .ts), or name the package.',
    from: {},
    to: { couldNotResolve: true },
  },
  {
    name: 'no-unnamed-package',
    comment: 'This package is only here because another one brought it. Name it in package.json and say why.',
    from: { path: '^(src|adapters|test|bench)/' },
    to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
  },
  {
    name: 'no-circle',
    comment:
      'These files need each other, so neither can be read alone. Move what both need into a third file, or pass it in.',
    from: { path: '^(src|adapters|test|bench)/' },
    to: { circular: true },
  },
  {
    name: 'no-file-without-a-use',
    comment:
      'Nothing that starts ever reaches this file. Use it or delete it; what only tests need belongs in test/support/.',
    from: { path: entrances },
    // adapters/memory is the tutorial: complete, tested, and registered nowhere. A simulator's demo-patients.ts names its
    // invented people for tests and bench.
    to: {
      path: '^(src|adapters)/',
      pathNot: `${entrances}|${tests}|^adapters/memory/|^adapters/[^/]+/simulator/demo-patients\\.ts$`,
      reachable: false,
    },
  },
].map((rule) => ({ severity: 'error', ...rule }));

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [...floorRules, ...rules],
  options: {
    doNotFollow: { path: 'node_modules' },
    // The test of these rules builds a small house elsewhere, with our node_modules behind a link.
    preserveSymlinks: true,
    // A type from above is an import from above.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    detectProcessBuiltinModuleCalls: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.json', '.d.ts'],
      mainFields: ['module', 'main', 'types', 'typings'],
    },
  },
};
