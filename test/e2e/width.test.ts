// Goal: what any command prints fits 80 and 120 columns; only what is copied as a whole may be longer: commands, paths, addresses.
// Method: the program with COLUMNS, on races and on documents that it has made itself; texts that take a minute or another host to
// make, from made-up documents.

import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { statusLines } from '../../lib/cli/fleet/status.js';
import { doctorLines } from '../../lib/cli/doctor/doctor.js';
import type { FleetOverview } from '../../lib/fleet/overview.js';
import { builtInRaces } from '../../lib/harness/host/loadRace.js';
import { COMMAND_START } from '../../lib/report/format/commandLine.js';
import { PLAIN } from '../../lib/report/format/screen.js';
import { wrapped } from '../../lib/report/format/wrap.js';
import { soakReport } from '../../lib/report/soak/text.js';
import { commandsFor } from '../../lib/cli/program.js';
import { hostFacts } from '../../lib/run/hostFacts.js';
import { SOAK } from '../report/soak/madeUpSoak.js';
import { CAMPAIGN } from '../fleet/madeUp.js';
import { madeUpExecution } from '../soak/rows.js';
import { FOLDER, fixture } from './cli.js';
import { runKept, runKeptAt } from './keptProgram.js';

const WIDTHS = [80, 120];
const OUTCOMES = fixture('outcomes');

/** A fleet of two workers, one of which knows another code. */
const OVERVIEW: FleetOverview = {
  hub: { token: CAMPAIGN, campaign: CAMPAIGN, host: 'hub.example', pid: 1234, started: '' },
  control: { campaign: CAMPAIGN, name: 'weekend', state: 'paused', why: 'fleet pause' },
  workers: [null, `race numa-protnone: the hub has code ${'a'.repeat(8)}, here is code ${'b'.repeat(8)}`].map(
    (refused, i) => ({
      id: CAMPAIGN,
      name: `host-${i}.rack-12.lab.example`,
      pid: 17,
      facts: madeUpExecution({ row: 1, source: '' }).host.facts,
      doing: i === 0 ? 'hammering' : 'outside its hours',
      row: i === 0 ? 'numa-protnone, pre-pte_numa kernel without the scanner of NUMA hints' : null,
      undelivered: 12_345,
      executions: 99,
      refused,
      ...(i === 0 ? { tuned: 'settings of large.json' } : {}),
    }),
  ),
  slices: { waiting: 1000, active: 200, failed: 3, abandoned: 12 },
  results: { waiting: 12, active: 250, failed: 1 },
};

/** Lines that are longer than the width and not copied. */
function tooLong(lines: readonly string[], width: number): string[] {
  return lines.filter((line) => line.length > width && !COMMAND_START.test(line) && line.trim().includes(' '));
}

/** What a command prints that does not fit; the command where it prints nothing, or fails otherwise. */
async function misfitsOf(args: readonly string[], codes: readonly number[] = [0]): Promise<string[]> {
  const misfits: string[] = [];
  for (const width of WIDTHS) {
    const { code, stdout, stderr } = await runKeptAt(width, ...args);
    if (!codes.includes(code) || stdout.trim() === '') misfits.push(`${args.join(' ')}: ends with ${code}: ${stderr}`);
    misfits.push(...tooLong(stdout.split('\n'), width).map((line) => `${args.join(' ')} at ${width}: ${line}`));
  }
  return misfits;
}

test.serial('the helps fit', async (t) => {
  for (const { spec } of await commandsFor()) t.deepEqual(await misfitsOf([...spec.name.split(' '), '--help']), []);
  t.deepEqual(await misfitsOf(['--help']), []);
});

test.serial('list and explain fit', async (t) => {
  t.deepEqual(await misfitsOf(['list']), []);
  for (const race of builtInRaces()) t.deepEqual(await misfitsOf(['explain', race]), []);
});

test.serial('runs, verifications, explorations and replays fit', async (t) => {
  t.deepEqual(await misfitsOf(['run', OUTCOMES, '--trials', '400', '--seed', '7']), []);
  t.deepEqual(await misfitsOf(['run', 'pgd-lock:buggy', '--trials', '200', '--evidence', 'wide', '--report']), []);
  t.deepEqual(await misfitsOf(['verify', `${OUTCOMES}:weak`, '--budget', '50ms', '--no-evidence'], [1]), []);
  t.deepEqual(await misfitsOf(['explore', 'pgd-lock:buggy', '--no-evidence']), []);
  const [file] = readdirSync(join(FOLDER, 'wide'));
  t.deepEqual(await misfitsOf(['replay', join('wide', file), '--full']), []);
});

test.serial('figures fit', async (t) => {
  t.deepEqual(await misfitsOf(['trials', '1e-6']), []);
  for (const [i, variant] of ['buggy', 'weak'].entries()) {
    const { stdout } = await runKept('run', `${OUTCOMES}:${variant}`, '--trials', '400', '--no-evidence', '--json');
    writeFileSync(join(FOLDER, `wide${i}.json`), stdout);
  }
  t.deepEqual(await misfitsOf(['compare', 'wide0.json', 'wide1.json']), []);
});

for (const width of WIDTHS) {
  test(`what takes long to make fits ${width} columns`, (t) => {
    const screen = { ...PLAIN, width };
    const finding = {
      name: 'noise',
      because: 'spinning threads were without their core for 76 % of the time, and so on',
      advice: 'stop them',
    };
    const judged = { verdict: 'limited', limitations: [finding], notes: [finding] } as const;
    const facts = { kernel: 'k'.repeat(30), node: 'v20', v8: 'v'.repeat(40), canBind: true, loadavg1: 1 };
    for (const text of [
      soakReport(SOAK, screen),
      doctorLines({ facts, host: hostFacts(), ...judged }, screen),
      statusLines(OVERVIEW, 'default', screen),
      statusLines({ ...OVERVIEW, hub: null, control: null, workers: [], results: null }, 'default', screen),
    ]) {
      const lines = text.flatMap((line) => line.split('\n')).flatMap((line) => wrapped(line, width));
      t.deepEqual(tooLong(lines, width), []);
    }
  });
}

test.serial('what init says of a new race fits', async (t) => {
  for (const width of WIDTHS) {
    const { code, stdout, stderr } = await runKeptAt(width, 'init', `new-race-${width}`);
    t.is(code, 0, stderr);
    t.deepEqual(tooLong(stdout.split('\n'), width), []);
  }
});

test.serial('what another program reads is not broken', async (t) => {
  for (const args of [
    ['completion', 'bash'],
    ['list', '--json'],
  ])
    t.is((await runKeptAt(40, ...args)).stdout, (await runKept(...args)).stdout, args.join(' '));
});

test.serial('colours come where they are asked for, and nowhere else', async (t) => {
  const args = ['run', OUTCOMES, '--trials', '400', '--no-evidence'];
  const { stdout } = await runKept(...args, '--color', 'always', '--report-file', 'coloured.txt');
  t.true(stdout.includes('REPRODUCED'));
  t.true(stdout.includes('\u001b[32mREPRODUCED\u001b[39m'), stdout);
  t.false((await runKept(...args)).stdout.includes('\u001b'));
  t.false((await runKept(...args, '--color', 'always', '--json')).stdout.includes('\u001b'));
});
