/**
 * Goal: tune ends within its budget with a report, whatever it finds, and what it saves is used by others and spelt out there.
 * Method: the program itself. Whether a search wins is the host's affair: the file that is used is written by the test.
 */
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { hostFacts } from '../../lib/run/hostFacts.js';
import type { RunDocument } from '../../lib/report/run/document.js';
import type { TuneDocument } from '../../lib/report/tune/document.js';
import { parseTuning, type TuningDocument } from '../../lib/tune/tuningFile.js';
import { fingerprintOf } from '../../lib/harness/host/fingerprint.js';
import { folder } from '../soak/rows.js';
import { ENTRY } from '../tune/madeUpEntry.js';
import { Racehammer } from './cli.js';
import { ROOT, blocksOf } from './consoleBlocks.js';
import { runKeptIn } from './keptProgram.js';
import type { Answer } from './programHost.js';
import { chooseRace } from '../../lib/cli/chooseRace.js';
import { RUN } from '../../lib/cli/run/options.js';
import { requestsFor } from '../../lib/cli/run/checkedFlags.js';
import { pointOf } from '../../lib/tune/pointOf.js';
import { typed } from '../cli/typed.js';
import { isDescribed } from '../described.js';

async function run(cwd: string, ...args: string[]): Promise<Answer> {
  return await runKeptIn(cwd, ...args);
}

const TUNING: TuningDocument = {
  schema: 'racehammer.tuning/1',
  version: '0.1.0',
  host: fingerprintOf(hostFacts()),
  entries: [
    {
      ...ENTRY,
      ratio: 6.4,
      knobs: {},
      settings: {
        ...ENTRY.settings,
        round: 32,
        spin: { min: 100, max: 900 },
        phases: { dup_mmap: { min: 1, max: 1 }, shrink_page_list: { min: 640, max: 650 } },
        windows: { W_RO_NOT_PINNED: { min: 900, max: 1100 } },
      },
    },
  ],
};

/** The file that is saved if these settings win. */
function tuningOf(result: TuneDocument['results'][number], host: TuneDocument['host']): TuningDocument {
  const { race, variant, knobs, goal, best, duel } = result;
  const { cpus, machines, sync, round, spin, phases, windows } = best;
  const settings = { cpus, machines, sync, round, spin, phases, windows };
  const { clockRatio: _, ...ratio } = duel;
  const entry = { race, variant, knobs, goal, settings, ...ratio, budgetMs: 5000, foundAt: '2026-01-01T00:00:00.000Z' };
  return { schema: 'racehammer.tuning/1', version: '0', host: fingerprintOf(host), entries: [entry] };
}

test.serial('tune: a document, a page, and a file if it won', async (t) => {
  const cwd = folder(t);
  const { code, stdout, stderr } = await run(cwd, 'tune', 'pgd-lock', '--budget', '5s', '--json', '--html', 'p.html');
  t.is(code, 0, stderr);
  isDescribed(t, 'tune', stdout);
  const { results, saved, host } = JSON.parse(stdout) as TuneDocument;
  t.is(results.length, 1);
  const [{ goal, best, won, slices, repeat }] = results;
  t.is(goal, 'failures');
  t.true(slices > 0);
  const { operands, flags } = await typed(RUN, repeat.split(' ').slice(3));
  const [again] = requestsFor(await chooseRace(operands[0]), flags);
  t.like(best, { ...pointOf(again.plan) });
  t.deepEqual(saved, won ? ['pgd-lock:buggy'] : []);
  t.is(existsSync(join(cwd, 'racehammer-tuning.json')), won);
  if (won) t.is(parseTuning(readFileSync(join(cwd, 'racehammer-tuning.json'), 'utf8')).entries.length, 1);
  isDescribed(t, 'tuning', JSON.stringify(tuningOf(results[0], host)));
  const page = readFileSync(join(cwd, 'p.html'), 'utf8');
  t.true(page.includes(`<title>${won ? 'tuned' : 'the default stays'}: pgd-lock:buggy</title>`));
  t.notRegex(page, /<script|https?:/);
});

/** The race of a reader, as the tutorial lets it be tuned. */
test.serial('an interrupt ends it with what it has', async (t) => {
  const cwd = folder(t);
  const race = blocksOf(readFileSync(join(ROOT, 'docs/tutorial.md'), 'utf8')).findLast(
    ({ language }) => language === 'js',
  );
  mkdirSync(join(cwd, 'node_modules'));
  symlinkSync(ROOT, join(cwd, 'node_modules', 'racehammer'), 'dir');
  writeFileSync(join(cwd, 'lost-update.mjs'), race?.lines.join('\n') ?? '');
  const tune = new Racehammer(['tune', './lost-update.mjs', '--budget', '1h'], {}, '', cwd);
  t.teardown(() => tune.child.kill('SIGKILL'));
  await tune.saysOnStderr('warming up');
  tune.child.kill('SIGINT');
  const { code, stdout } = await tune.ended();
  t.is(code, 130);
  t.regex(stdout, /interrupted/);
  t.regex(stdout, /not saved: interrupted/);
});

test.serial('run --tuned has the settings of the file, spells them out, and flags win over them', async (t) => {
  const cwd = folder(t);
  writeFileSync(join(cwd, 'racehammer-tuning.json'), JSON.stringify(TUNING));
  const { stdout, stderr } = await run(
    cwd,
    'run',
    'xen-pin:pte-lock',
    '--trials',
    '500',
    '--tuned',
    '--json',
    '--round',
    '16',
  );
  t.regex(
    stderr,
    /tuned: xen-pin:pte-lock with the settings found for xen-pin:buggy in racehammer-tuning\.json \(6\.4 times/,
  );
  const document = JSON.parse(stdout) as RunDocument;
  t.like(document, { round: 16, spin: { min: 100, max: 900 }, phases: { dup_mmap: { min: 1, max: 1 } } });
  t.deepEqual(document.windows['W_RO_NOT_PINNED'], { min: 900, max: 1100 });
  for (const words of ['--phase shrink_page_list=640..650', '--window W_RO_NOT_PINNED=900..1100', '--spin 100..900'])
    t.true(document.repeat.includes(words), document.repeat);
  t.false(document.repeat.includes('--tuned'));
});

test.serial('other actors or CPUs keep the defaults, and verify says how many rows have settings', async (t) => {
  const cwd = folder(t);
  writeFileSync(join(cwd, 't.json'), JSON.stringify(TUNING));
  const exit = await run(cwd, 'run', 'xen-pin:buggy', '--knob', 'path=exit', '--trials', '200', '--tuned', 't.json');
  t.regex(exit.stdout, /tuned: t\.json has no settings for xen-pin:buggy with these actors; the defaults are used/);
  const cpus = await run(cwd, 'run', 'xen-pin:buggy', '--cpus', '3', '--trials', '200', '--tuned', 't.json');
  t.regex(cpus.stdout, /for 2 CPUs alone, not for 3; the defaults are used/);
  // One of fork, which has settings, and one of exit.
  const rows = ['--row', 'flush by hypercall', '--budget', '100ms', '--no-evidence'];
  const verify = await run(cwd, 'verify', 'xen-pin', ...rows, '--tuned', 't.json');
  t.regex(verify.stdout, /tuned: 1 of 2 rows with settings from t\.json/);
});

test.serial('settings of another host are taken where that is asked for', async (t) => {
  const cwd = folder(t);
  writeFileSync(
    join(cwd, 'other.json'),
    JSON.stringify({ ...TUNING, host: { ...TUNING.host, cores: TUNING.host.cores + 1 } }),
  );
  const allowed = await run(cwd, 'run', 'xen-pin:buggy', '--trials', '200', '--tuned', 'other.json', '--any-host');
  // So few trials without a failure say nothing.
  t.true(allowed.code === 0 || allowed.code === 4, `${allowed.code}: ${allowed.stderr}`);
});
