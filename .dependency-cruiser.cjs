/**
 * The floor plan as a rule: imports go down only, rooms of one row leave each other alone, no circles.
 * Type-only imports count (tsPreCompilationDeps). CONTRIBUTING.md draws the same table for people.
 *
 * A room is a folder of src (or a file of it); the list names all that it may import besides itself,
 * errors and trace. What is not listed is forbidden, and so is a room that the table does not know.
 */
const rooms = {
  errors: [],
  trace: [],
  protocol: [],
  types: [],
  sql: [],
  config: [],
  kernel: [],
  aws: [],
  transport: ['protocol', 'config'],
  auth: ['aws', 'config'],
  metadata: ['sql', 'types'],
  session: ['protocol', 'transport', 'auth'],
  local: ['protocol', 'types', 'sql', 'transport', 'aws'],
  results: ['session', 'protocol', 'types', 'kernel'],
  client: ['results', 'session', 'metadata', 'auth', 'transport', 'config', 'sql', 'types'],
  compat: [
    'client',
    'results',
    'session',
    'metadata',
    'auth',
    'transport',
    'config',
    'sql',
    'types',
    'protocol',
  ],
  transfer: ['client', 'results', 'aws', 'metadata', 'sql', 'types', 'config'],
  index: [
    'client',
    'results',
    'session',
    'metadata',
    'auth',
    'transport',
    'config',
    'sql',
    'types',
    'protocol',
  ],
  cli: ['index', 'client', 'transfer', 'local', 'config'],
};
const openToAll = ['errors', 'trace'];
const place = (room) => `^src/${room}(/|\\.ts$)`;

const rows = Object.entries(rooms).map(([room, below]) => ({
  name: `room-${room}`,
  severity: 'error',
  comment: `${room} may import: ${below.join(', ') || 'nothing'} (and ${openToAll.join(', ')})`,
  from: { path: place(room) },
  to: {
    path: '^src/',
    pathNot: [room, ...below, ...(openToAll.includes(room) ? [] : openToAll)].map(place),
  },
}));

/** The local Redshift is large enough for floors of its own: each folder of src/local and the folders that it may import. */
const localFloors = {
  dialect: [],
  login: [],
  'numeric-typing': ['dialect'],
  setup: ['dialect', 'login'],
  engine: ['setup'],
  results: ['dialect', 'numeric-typing'],
  front: ['login', 'dialect', 'numeric-typing', 'results'],
};
const floors = Object.entries(localFloors).map(([floor, below]) => ({
  name: `local-${floor}`,
  severity: 'error',
  comment: `src/local/${floor} may import: ${below.join(', ') || 'no other folder of src/local'}`,
  from: { path: `^src/local/${floor}/` },
  // The first level puts the floors together; of it, the front may write into the log of what sessions ran.
  to: {
    path: '^src/local/',
    pathNot: [
      ...[floor, ...below].map((name) => `^src/local/${name}/`),
      ...(floor === 'front' ? ['^src/local/activity\\.ts$'] : []),
    ],
  },
}));

module.exports = {
  forbidden: [
    ...rows,
    ...floors,
    {
      name: 'unknown-room',
      severity: 'error',
      comment:
        'A new room is a decision: put it in the table of .dependency-cruiser.cjs and in CONTRIBUTING.md.',
      from: { path: '^src/', pathNot: Object.keys(rooms).map(place) },
      to: {},
    },
    { name: 'no-circle', severity: 'error', from: {}, to: { circular: true } },
    { name: 'unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'src-stands-alone',
      severity: 'error',
      comment: 'Shipped code never reaches into tests, tools or development packages.',
      from: { path: '^src/' },
      to: { path: '^(test|tools|examples)/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'no-dev-packages-in-src',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/local/' },
      // An optional peer is a development dependency too, since it is tested with.
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['npm-peer'], pathNot: '@types/node' },
    },
    {
      name: 'undeclared-package',
      severity: 'error',
      comment: 'A package that only another package brings along can go any day: name it in package.json.',
      from: { path: '^src/' },
      // An optional peer that is a development dependency too counts as peer, dev and unnamed at once.
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['npm-peer'] },
    },
    {
      name: 'orphan',
      severity: 'error',
      from: { path: '^src/', orphan: true, pathNot: '^src/(index|local/)' },
      to: {},
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // AssemblyScript, a program of its own: what it compiles to is src/kernel/embedded.ts.
    exclude: { path: '^src/kernel/assembly/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.js'],
    },
  },
};
