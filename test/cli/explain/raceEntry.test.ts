// Goal: list and explain say what a race declares. Method: the entry and the lines of xen-pin and of a fixture with few
// declarations.

import { fileURLToPath } from 'node:url';
import test from 'ava';
import { requireActors } from '../../../lib/race/kinds.js';
import { chooseRace } from '../../../lib/cli/chooseRace.js';
import { explainLines } from '../../../lib/cli/explain/explain.js';
import { listLines } from '../../../lib/cli/list/list.js';
import { raceEntry } from '../../../lib/cli/explain/raceEntry.js';
import { builtInRaces } from '../../../lib/harness/host/loadRace.js';

const OUTCOMES = fileURLToPath(new URL('../../fixtures/outcomes.js', import.meta.url));

test('the entry of a race holds what it declares', async (t) => {
  const race = requireActors((await chooseRace('xen-pin')).race);
  const entry = raceEntry(race);
  t.like(entry, {
    race: 'xen-pin',
    question: race.question,
    mail: race.mail,
    commits: race.commits,
    windows: race.windows,
  });
  t.deepEqual(entry.actors, Object.keys(race.actors));
  t.deepEqual(
    entry.knobs.map((knob) => knob.name),
    Object.keys(race.knobs),
  );
  const variant = (name: string): object | undefined => entry.variants.find((v) => v.name === name);
  t.like(variant('buggy'), { expected: 'fail', outcome: 'oops-0003' });
  t.like(variant('pte-lock'), { expected: 'hold', outcome: undefined, needs: undefined });
  t.like(variant('pte-lock-ipi'), { expected: 'fail', outcome: 'deadlock', needs: { flush: 'ipi' } });
});

test('the entry of a race holds the rows of verify, each with what it is judged against', async (t) => {
  const { rows } = raceEntry((await chooseRace('xen-pin')).race);
  const row = (name: string): object | undefined => rows.find((one) => one.row === name);
  t.deepEqual(row('buggy, single PTE lock'), {
    row: 'buggy, single PTE lock',
    variant: 'buggy',
    knobs: { split_ptl: '0' },
    cpus: 2,
    sync: 'rendezvous',
    twin: { variant: 'buggy', knobs: { split_ptl: '1' } },
  });
  const failing = row('mail #1 by mmu_update, without the big lock');
  t.like(failing, { fails: 'mmu-update-failed', alsoFails: ['multicall-failed'], twin: undefined });
  t.regex((failing as { minority: string }).minority, /the update has its reference/);
  t.deepEqual(raceEntry((await chooseRace('canary')).race).rows, []);
});

test('the list names each race with its question and its results', async (t) => {
  const { race } = await chooseRace(OUTCOMES);
  const lines = listLines([raceEntry(race)]);
  t.is(lines[0], 'outcomes  Does the harness notice?');
  t.is(lines[1], '          buggy fails as lost, fixed holds');
  t.is(lines[2], '          9 variants, 1 knob, 1 window');
  t.regex(lines.at(-1) ?? '', /racehammer run/);
  t.is(listLines([]).length, 1);
});

test('the explanation says what every variant is expected to do under which knobs', async (t) => {
  const { race } = await chooseRace('xen-pin');
  const text = explainLines(race, 'xen-pin').join('\n');
  for (const part of [race.question, race.mail, race.explain, ...race.commits, ...Object.values(race.signatures)])
    t.true(text.includes(part));
  t.regex(text, /^ {2}buggy +split PTE locks/m);
  t.regex(text, /^ +holds with split_ptl=0$/m);
  t.regex(text, /^ +otherwise fails as oops-0003$/m);
  t.regex(text, /^ +holds with split_ptl=0; twin: buggy split_ptl=1$/m);
  t.regex(text, /^ +fails as multicall-failed with biglock=0 path=exit; also as mmu-update-failed$/m);
  t.regex(text, /; mmu-update-failed may be fewer: the pin may come while the update has its reference$/m);
  t.regex(text, /^ {2}buggy, A bit clear: nothing to store +buggy accessed=mkold\n +holds; twin: buggy accessed=hw$/m);
  t.regex(text, /^ {2}buggy, 4 CPUs +buggy, 4 CPUs\n +fails as oops-0003$/m);
  t.regex(text, /^ +runs with flush=ipi path=exit unless told otherwise$/m);
  t.regex(text, /^ {2}W_RO_NOT_PINNED +delay \d/m);
});

test('the mail of a race has an author, a date, a subject and an address that a reader can open', async (t) => {
  const entries = await Promise.all(builtInRaces().map(async (name) => raceEntry((await chooseRace(name)).race)));
  const kernelRaces = entries.filter(({ commits, mail }) => commits.length > 0 && mail !== '');
  t.is(kernelRaces.length, 5);
  for (const { race, mail } of kernelRaces)
    t.regex(mail, /^[A-Z]\w+(?: \w+)+, \d{4}(?:-\d\d-\d\d)?, .*".+".* https:\/\/\S+$/, race);
});

test('races are listed by group: the known ones in their order, then others, then races without one', async (t) => {
  const entry = raceEntry((await chooseRace(OUTCOMES)).race);
  const inGroup = (name: string, group: string | null) => ({ ...entry, race: name, group });
  const lines = listLines([
    inGroup('plain', null),
    inGroup('other', 'other'),
    inGroup('flush', 'TLB flushes'),
    inGroup('table', 'page tables and pinning'),
  ]);
  const shown = lines.filter((line) => /^(?:Page tables|TLB|Other|table|flush|other|plain)/.test(line));
  t.deepEqual(
    shown.map((line) => line.split(/ {2}/)[0]),
    ['Page tables and pinning', 'table', 'TLB flushes', 'flush', 'Other', 'other', 'plain'],
  );
});
