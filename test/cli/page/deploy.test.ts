/**
 * Goal: alert rules and dashboard name metrics and labels that exist, and are files that their programs read. Method: the figures of a
 * soak and of a fleet, made up so that every metric has a sample; promtool, where it is installed.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { parse } from 'yaml';
import { metricsText } from '../../../lib/cli/soak/metrics.js';
import { fleetMetrics } from '../../../lib/cli/fleet/metrics.js';
import type { HubView } from '../../../lib/fleet/hub.js';
import { HISTORY } from '../../report/soak/madeUpSoak.js';
import { twoRows } from '../../soak/rows.js';

const DEPLOY = new URL('../../../../deploy/', import.meta.url);
const textOf = (path: string): string => readFileSync(new URL(path, DEPLOY), 'utf8');
const RULES = textOf('prometheus/racehammer.rules.yml');
const DASHBOARD = textOf('grafana/racehammer.json');

const LOOK = { history: HISTORY, event: 0 };
const COUNTS = { trials: 9, failures: 1, nearMisses: 2, seconds: 3, harnessErrors: 1 };
const ROWS = (await twoRows()).map((row) => ({ ...row, revision: 'f'.repeat(40) }));
const SOAK_TEXT = metricsText(
  {
    elapsedMs: 1000,
    budgetMs: 2000,
    row: 0,
    sliceSeconds: 1,
    slice: { ...COUNTS, rounds: 1, firstFailureMs: null, outcomes: [], blocks: [] },
    rows: ROWS.map(() => COUNTS),
    rssMb: 90,
    isBehind: false,
    lastHang: null,
  },
  ROWS,
  LOOK,
);
const VIEW = {
  elapsedMs: 1000,
  budgetMs: 2000,
  state: 'running',
  workers: [],
  slices: { waiting: 1, active: 0 },
  results: { waiting: 0, active: 0 },
  figures: { all: () => [{ host: 'h"1\\', row: 1, ...COUNTS }] },
  rows: ROWS.map((row, i) => ({ id: i + 1, row })),
  isBehind: false,
} as unknown as HubView;
const FLEET_TEXT = fleetMetrics(VIEW, LOOK);

/** Names of metrics with the names of their labels. */
function metricsIn(text: string): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const [, name, labels = ''] of text.matchAll(/^([a-z_:0-9]+)(?:\{(.*)\})? \S+$/gm)) {
    const known = found.get(name) ?? new Set();
    for (const [, label] of labels.matchAll(/([a-z_]+)="(?:[^"\\]|\\.)*"/g)) known.add(label);
    found.set(name, known);
  }
  return found;
}

const KNOWN = new Map([...metricsIn(SOAK_TEXT), ...metricsIn(FLEET_TEXT)]);
/** What Prometheus adds itself. */
const ADDED = ['instance', 'job'];

/** What an expression names that is not there. */
function unknownIn(expression: string): string[] {
  const metrics = [...expression.matchAll(/\b((?:racehammer|process)_[a-z_0-9]+)\b(?:\{([^}]*)\})?/g)];
  return metrics.flatMap(([, name, matchers = '']) => {
    const labels = KNOWN.get(name);
    if (labels === undefined) return [name];
    const used = Array.from(matchers.matchAll(/([a-z_]+)\s*(?:=~|!~|!=|=)/g), ([, label]) => label);
    return used.filter((label) => !labels.has(label) && !ADDED.includes(label)).map((label) => `${name}{${label}}`);
  });
}

test('rules name what is exported', (t) => {
  const { groups } = parse(RULES) as { groups: { rules: { alert?: string; expr: string }[] }[] };
  const rules = groups.flatMap((group) => group.rules);
  t.true(rules.length >= 10);
  for (const { alert, expr } of rules) t.deepEqual(unknownIn(expr), [], alert ?? expr);
  t.deepEqual(unknownIn('rate(racehammer_trails_total{rase="x",instance="y"}[5m])'), ['racehammer_trails_total']);
  t.deepEqual(unknownIn('racehammer_trials_total{rase="x",instance="y"}'), ['racehammer_trials_total{rase}']);
});

test('the dashboard names what is exported, and its panels do not overlap', (t) => {
  const { panels, templating } = JSON.parse(DASHBOARD) as {
    panels: { id: number; gridPos: { x: number; y: number; w: number; h: number }; targets: { expr: string }[] }[];
    templating: { list: { definition?: string }[] };
  };
  t.true(panels.length >= 15);
  for (const { targets } of panels) for (const { expr } of targets) t.deepEqual(unknownIn(expr), [], expr);
  for (const { definition } of templating.list) t.deepEqual(unknownIn(definition ?? ''), []);
  t.is(new Set(panels.map(({ id }) => id)).size, panels.length);
  const taken = new Set<string>();
  for (const { gridPos } of panels) {
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
        t.false(x >= 24 || taken.has(`${x} ${y}`));
        taken.add(`${x} ${y}`);
      }
    }
  }
});

test('figures have verdicts, signatures, hangs, build and process, each series once', (t) => {
  for (const line of [
    'racehammer_rows{verdict="VIOLATED"} 1',
    'racehammer_rows{verdict="NOT_RUN"} 1',
    'racehammer_row_verdict{race="xen-pin",row="hangs",variant="v",cpus="2",expected="hold",verdict="VIOLATED"} 1',
    'racehammer_outcomes_total{race="xen-pin",row="hangs",variant="v",cpus="2",expected="hold",signature="livelock",declared="no"} 1',
    'racehammer_unexpected_failures_total{race="xen-pin",row="hangs",variant="v",cpus="2",expected="hold"} 1',
    'racehammer_unexpected_failures_total{race="xen-pin",row="fails",variant="v",cpus="2",expected="fail"} 0',
    'racehammer_hangs_total{race="xen-pin",row="hangs",variant="v",cpus="2",expected="hold"} 1',
    'racehammer_hangs_total{race="xen-pin",row="holds",variant="v",cpus="2",expected="hold"} 0',
    `racehammer_race_revision_info{revision="${'f'.repeat(40)}"} 1`,
  ]) {
    t.true(SOAK_TEXT.split('\n').includes(line), line);
  }
  t.regex(SOAK_TEXT, /^racehammer_build_info\{version="\d[^"]*",node="v\d[^"]*",.*\} 1$/m);
  t.regex(SOAK_TEXT, /^process_cpu_seconds_total \d/m);
  t.regex(FLEET_TEXT, /host="h\\"1\\\\"/);
  for (const text of [SOAK_TEXT, FLEET_TEXT]) {
    const series = text.split('\n').flatMap((line) => (/^[^#].* /.exec(line) ?? []).slice(0, 1));
    t.is(new Set(series).size, series.length);
  }
});

const promtool = (args: readonly string[], input = ''): ReturnType<typeof spawnSync> =>
  spawnSync('promtool', args, { input, cwd: fileURLToPath(new URL('prometheus/', DEPLOY)), encoding: 'utf8' });

test('promtool reads rules, their tests, the configuration and the figures', (t) => {
  if (promtool(['--version']).status !== 0) {
    t.log('skipped: no promtool on this machine');
    t.pass();
    return;
  }
  const good = (args: readonly string[], input = ''): void => {
    const { status, stdout, stderr } = promtool(args, input);
    t.is(status, 0, `${args.join(' ')}: ${String(stdout)}${String(stderr)}`);
  };
  good(['check', 'rules', 'racehammer.rules.yml']);
  good(['test', 'rules', 'racehammer.rules.test.yml']);
  good(['check', 'config', 'prometheus.yml']);
  good(['check', 'metrics'], SOAK_TEXT);
  good(['check', 'metrics'], FLEET_TEXT);
});
