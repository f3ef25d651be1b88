// Goal: every mistake in the arguments costs one line that names the field, the value, what is allowed, and the nearest valid
// word. Method: the whole parser in this process, one table of arguments and what the line must say; no run is ever begun.

import { fileURLToPath } from 'node:url';
import test from 'ava';
import { runProgram } from '../../lib/cli/program.js';
import { UsageError } from '../../lib/run/usageError.js';

const OUTCOMES = fileURLToPath(new URL('../fixtures/outcomes.js', import.meta.url));
const NO_RACE = fileURLToPath(import.meta.url);

const MISTAKES: readonly (readonly [args: string, says: RegExp])[] = [
  ['lst', /^unknown command "lst": did you mean "list"\?/],
  ['--verson', /^unknown flag "--verson": did you mean "--version"\?/],
  ['list --jsno', /^unknown flag "--jsno" for list: did you mean "--json"\?/],
  ['list xen-pin', /^list: too many arguments/],
  ['explain', /^explain: missing required argument 'race'; racehammer list/],
  ['explain xen-pni', /^unknown race "xen-pni": did you mean "xen-pin"\?/],
  ['report', /^report: missing required argument 'file'$/],
  ['report nowhere.json', /^file "nowhere\.json": cannot be read: ENOENT/],
  ['compare', /^compare: missing required argument 'file'/],
  ['compare nowhere.json', /^file "nowhere\.json": cannot be read/],
  ['plan', /^plan: missing required argument 'rate\[@confidence\]'$/],
  ['plan 2', /^claim "2": must be a rate per trial between 0 and 1/],
  ['plan 1e-6 nowhere.json', /^file "nowhere\.json": cannot be read/],
  ['plan 1e-6@95', /^claim "1e-6@95": must be .*; did you mean 1e-6@95%\?$/],
  ['run xen-pin --until-confidence 0', /^--until-confidence "0": must be/],
  ['run xen-pin --until-confidence', /^run: option '--until-confidence <rate\[@confidence\]>' argument missing$/],
  ['bench --only opp', /^unknown part of the bench "opp": did you mean "op"\?/],
  ['bench --repeat 0', /^--repeat "0": must be a whole number, from 1 to 100$/],
  ['bench --rounds 0', /^--repeat "0": must be a whole number, from 1 to 100$/],
  ['bench --compare nowhere.json', /^file "nowhere\.json": cannot be read: ENOENT/],
  ['bench --from nowhere.json', /^file "nowhere\.json": cannot be read: ENOENT/],
  ['bench --compare - --from -', /^standard input: "-" is given twice$/],
  ['bench --from a.json --repeat 3', /^--from and --repeat: nothing is measured with --from, give only one$/],
  ['bench --from a.json --only op', /^--from and --only: /],
  ['bench --from a.json --output b.json', /^--from and --output: /],
  ['bench --page /nowhere/PAGE.md', /^--page "\/nowhere\/PAGE\.md": must be a file that can be written: ENOENT/],
  ['bench --output /nowhere/b.json', /^--output "\/nowhere\/b\.json": must be a file that can be written: ENOENT/],
  ['run', /^run: missing required argument/],
  ['run xen-pin buggy', /^run: too many arguments/],
  ['run xenpin', /^unknown race "xenpin": did you mean "xen-pin"\?/],
  ['run ./nowhere.mjs', /^race "\.\/nowhere\.mjs": there is no such file$/],
  ['run ./race.py', /^race "\.\/race\.py": a file of yours must end in \.js, \.mjs, \.cjs, \.ts, \.mts or \.cts$/],
  ['run ./race.ts', /^race "\.\/race\.ts": there is no such file$/],
  [`run ${NO_RACE}`, /cannot be loaded: /],
  ['run xen-pin:bugy', /^unknown variant "bugy" for xen-pin: did you mean "buggy"\?/],
  ['run xen-pin:', /^unknown variant "" for xen-pin/],
  [`run ${OUTCOMES}:fixd`, /^unknown variant "fixd" for outcomes: did you mean "fixed"\?/],
  ['run xen-pin --thread 2', /^unknown flag "--thread" for run: did you mean "--threads"\?/],
  ['run xen-pin --trails=5', /^unknown flag "--trails" for run: did you mean "--trials"\?/],
  ['run xen-pin --cpus', /^run: option '--cpus <n>' argument missing$/],
  ['run xen-pin --cpus 0', /^--cpus "0": must be a whole number, from 1 to 64$/],
  ['run xen-pin --cpus -1', /^--cpus "-1": must be/],
  ['run xen-pin --cpus 1.5', /^--cpus "1\.5": must be/],
  ['run xen-pin --cpus x', /^--cpus "x": must be/],
  ['run xen-pin --cpus 65', /^--cpus "65": must be a whole number, from 1 to 64$/],
  ['run xen-pin --cpus 1', /^--cpus 1: must be 2 or more: xen-pin needs a CPU for each of its actors$/],
  ['run xen-pin --cpus 4 --threads 3', /^--threads 3: must be 4 or more/],
  ['run xen-pin --threads 0', /^--threads "0": must be/],
  ['run xen-pin --threads 2k', /^--threads "2k": must be a whole number, from 1 to 1024/],
  ['run xen-pin --duration 3', /^--duration "3": must be .*; did you mean 3s\?$/],
  ['run xen-pin --duration 0s', /^--duration "0s": must be/],
  ['run xen-pin --duration -3s', /^--duration "-3s": must be/],
  ['run xen-pin --report --json', /^--report with --json: stdout holds one document; --report-file writes/],
  ['list --color blue', /^unknown colour mode "blue" \(known: auto, always, never\)$/],
  ['run xen-pin --trials 0', /^--trials "0": must be a whole number, 1 or more/],
  ['run xen-pin --trials 10 --duration 3s', /^--trials and --duration: .* give only one$/],
  ['run xen-pin --seed abc!', /^--seed "abc!": must be a whole number from 0 to 4294967295/],
  [
    'run xen-pin --sync stirde',
    /^unknown sync mode "stirde": did you mean "stride"\? \(known: rendezvous, stride, free\)$/,
  ],
  ['run xen-pin --knob path', /^--knob "path": must be KNOB=VALUE such as \S+=\S+$/],
  ['run xen-pin --knob =fork', /^--knob "=fork": must be/],
  ['run xen-pin --knob pth=fork', /^unknown knob "pth" for xen-pin: did you mean "path"\?/],
  ['run xen-pin --knob path=frok', /^unknown value "frok" for knob path of xen-pin: did you mean "fork"\?/],
  ['run xen-pin --knob path=fork --knob path=exit', /^--knob "path=exit": knob path is given twice$/],
  [
    'run xen-pin --window W_RO_NOT_PIND=5',
    /^unknown window "W_RO_NOT_PIND" for xen-pin: did you mean "W_RO_NOT_PINNED"\?/,
  ],
  [
    'run xen-pin --window W_RO_NOT_PINNED',
    /^--window "W_RO_NOT_PINNED": must be WINDOW=VALUE such as W_RO_NOT_PINNED=0\.\.200$/,
  ],
  [
    'run xen-pin --window W_RO_NOT_PINNED=9..3',
    /^--window W_RO_NOT_PINNED "9\.\.3": must be .*; did you mean 3\.\.9\?$/,
  ],
  ['run xen-pin --window W_RO_NOT_PINNED=', /^--window W_RO_NOT_PINNED "": must be/],
  [
    'run xen-pin --phase dup_mmp=5',
    /^unknown actor "dup_mmp" for xen-pin:buggy with these knobs: did you mean "dup_mmap"\?/,
  ],
  [
    'run xen-pin --phase exit_mmap=5',
    /^unknown actor "exit_mmap" for xen-pin:buggy with these knobs \(known: dup_mmap, shrink_page_list\)$/,
  ],
  ['run xen-pin --phase dup_mmap=x', /^--phase dup_mmap "x": must be/],
  [
    'run xen-pin --sync free --knob path=exit',
    /^--sync free: a pass of xen-pin:buggy must end .* path=fork-exit .*; not with path=exit /,
  ],
  ['run xen-pin:pte-lock-ipi --sync free', /^--sync free: a pass of xen-pin:pte-lock-ipi .*; not with path=exit /],
  [`run ${OUTCOMES} --sync free`, /^--sync free: outcomes has no workload that runs without meetings$/],
];

for (const [args, says] of MISTAKES) {
  test(`racehammer ${args.replaceAll(OUTCOMES, 'outcomes.js').replaceAll(NO_RACE, 'no-race.js')}`, async (t) => {
    const error = await t.throwsAsync(runProgram(args.split(' ')), { instanceOf: UsageError });
    t.regex(error?.message ?? '', says);
    t.false(error?.message.includes('\n'));
    t.is(error?.exitCode, 2);
  });
}
