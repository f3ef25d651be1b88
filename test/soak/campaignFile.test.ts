/** Goal: a campaign file is read as it is meant, and what is wrong with one is said with line, column and field. */
import { readFileSync } from 'node:fs';
import test from 'ava';
import { CPUS_MAX } from '../../lib/harness/plan.js';
import { SYNC_MODES } from '../../lib/harness/plan.js';
import { ROWS_MAX, parseCampaignFile } from '../../lib/soak/campaignFile.js';

test('a whole campaign', (t) => {
  const { content } = parseCampaignFile(
    'weekend.yaml',
    `campaign: weekend
duration: 60h
slice: 10s
prove-every: 30m
rows:
  - race: xen-pin
  - race: pgd-lock
    row: merged
  - race: xen-pin
    variant: pte-lock
    knobs: { path: [fork, exit], split_ptl: 1 }
    cpus: [2, 4]
    sync: stride
    weight: 5
`,
  );
  t.is(content.campaign, 'weekend');
  t.is(content['prove-every'], '30m');
  t.deepEqual(content.rows[2], {
    race: 'xen-pin',
    variant: 'pte-lock',
    knobs: { path: ['fork', 'exit'], split_ptl: '1' },
    cpus: [2, 4],
    sync: 'stride',
    weight: 5,
  });
});

const MISTAKES: readonly (readonly [what: string, text: string, message: RegExp])[] = [
  ['nothing', '', /^c\.yaml:1:1: must be a mapping with the field rows$/],
  ['a list', '- race: xen-pin\n', /^c\.yaml:1:1: must be a mapping with the field rows$/],
  ['no rows', 'campaign: x\n', /^c\.yaml:1:1: the field rows is missing$/],
  ['rows that are none', 'rows: []\n', /^c\.yaml:1:1: rows: must not be empty$/],
  ['not YAML', 'rows:\n  - race: [xen-pin\n', /^c\.yaml:\d+:\d+: /],
  ['an alias of nothing', 'rows:\n  - race: *x\n', /^c\.yaml:1:1: Unresolved alias/],
  ['a field twice', 'rows:\n  - race: a\n    race: b\n', /^c\.yaml:3:5: Map keys must be unique/],
  [
    'an unknown field',
    'rows:\n  - race: xen-pin\n    cpu: 4\n',
    /^c\.yaml:3:5: rows\[0\]\.cpu: no such field; there are race, variant, row, knobs, cpus, sync, memory, instrument, weight$/,
  ],
  [
    'an unknown field at the top',
    'rows:\n  - race: x\nrow: 1\n',
    /^c\.yaml:3:1: row: no such field; there are campaign, duration, slice, prove-every, classes, rows$/,
  ],
  [
    'a field twice far inside',
    'rows:\n  - race: a\n    knobs: { x: 1, y: 2, x: 3 }\n',
    /^c\.yaml:3:26: Map keys must be unique/,
  ],
  ['lists in lists in lists', `rows: ${'['.repeat(5000)}`, /^c\.yaml:1:\d+: is nested too deeply$/],
  [
    'too many rows',
    `rows:\n${'  - { race: x }\n'.repeat(2001)}`,
    /^c\.yaml:1:1: rows: must not have more than 2000 entries$/,
  ],
  ['a race that is a number', 'rows:\n  - race: 4\n', /^c\.yaml:2:5: rows\[0\]\.race: must be string$/],
  ['too many CPUs', 'rows:\n  - race: x\n    cpus: 65\n', /^c\.yaml:3:5: rows\[0\]\.cpus: must be <= 64$/],
  ['half a CPU', 'rows:\n  - race: x\n    cpus: [2, 2.5]\n', /^c\.yaml:3:15: rows\[0\]\.cpus\[1\]: must be integer$/],
  ['a weight of nothing', 'rows:\n  - race: x\n    weight: 0\n', /^c\.yaml:3:5: rows\[0\]\.weight: must be > 0$/],
  [
    'a sync mode that is none',
    'rows:\n  - race: x\n    sync: never\n',
    /^c\.yaml:3:5: rows\[0\]\.sync: must be one of rendezvous, stride, free$/,
  ],
];

for (const [what, text, message] of MISTAKES) {
  test(`a mistake: ${what}`, (t) => {
    t.throws(() => parseCampaignFile('c.yaml', text), { message });
  });
}

test('the figures of the schema are those of the flags', (t) => {
  const { properties, $defs } = JSON.parse(
    readFileSync(new URL('../../../schema/campaign.schema.json', import.meta.url), 'utf8'),
  ) as CampaignSchema;
  const { cpus, sync } = $defs.entry.properties;
  t.is(properties.rows.maxItems, ROWS_MAX);
  t.like(cpus, { minimum: 1, maximum: CPUS_MAX });
  t.like(cpus.items, { minimum: 1, maximum: CPUS_MAX });
  t.deepEqual(sync.enum, SYNC_MODES);
});

interface CampaignSchema {
  readonly properties: { readonly rows: { readonly maxItems: number } };
  readonly $defs: {
    readonly entry: {
      readonly properties: { readonly cpus: { readonly items: object }; readonly sync: { readonly enum: string[] } };
    };
  };
}

test('an error about what stands at a path', (t) => {
  const file = parseCampaignFile('c.yaml', 'rows:\n  - race: xen-pin\n    knobs:\n      split_ptl: 7\n');
  t.is(file.errorAt(['rows', 0, 'knobs', 'split_ptl'], 'no').message, 'c.yaml:4:7: rows[0].knobs.split_ptl: no');
  t.is(file.errorAt(['rows', 0, 'variant'], 'no').message, 'c.yaml:2:5: rows[0].variant: no');
});
