/** The options of `run`. Their names are those of RUN_REPEATS: what is not repeated on purpose is written there. */

import { CPUS_MAX, ON_HANG, SYNC_MODES } from '../../harness/plan.js';
import { RUN_DURATION_MS } from '../../run/defaults.js';
import { formatDuration } from '../../run/duration.js';
import type { RUN_REPEATS } from '../../run/options.js';
import { THREADS_MAX } from '../../run/limits.js';
import { command, type Flags } from '../options/command.js';
import {
  ANY_HOST,
  BIND,
  EVENTS,
  INSTRUMENT,
  JSON_ONLY,
  KNOB,
  NO_LOCKDEP,
  MEMORY,
  RESULTS,
  evidence,
  tuned,
} from '../options/manyCommands.js';
import {
  rateOption,
  countOption,
  countText,
  duration,
  no,
  orNone,
  plainText,
  seed,
  spins,
  texts,
  withDefault,
  word,
  yes,
} from '../options/option.js';
import type { Option } from '../options/option.js';

/** They are all held in memory until the run has ended. */
const KEEP_MAX = 1000;

const SPINS = 'a name, and a number of spins or a range';

const OPTIONS = {
  cpus: countOption({
    unit: 'CPUs',
    range: { min: 1, max: CPUS_MAX },
    help: 'set the number of CPUs of a machine',
    usual: 'by the race',
  }),
  threads: countOption({
    unit: 'threads',
    range: { min: 1, max: THREADS_MAX },
    help: 'set the number of threads in all: threads / CPUs machines run side by side',
    usual: 'as many as CPUs: one machine',
  }),
  duration: duration({
    help: 'run each variant for so long: 90s, 2h, 1d',
    usual: `${formatDuration(RUN_DURATION_MS)}, if nothing else ends the run`,
  }),
  trials: countOption({
    unit: 'trials',
    range: { min: 1 },
    help: 'run so many trials of each variant, instead of a duration',
  }),
  untilConfidence: rateOption({
    help: 'run until the failure rate is shown to be below or above RATE per trial: 1e-6@99.9% (confidence: 99.9% unless given)',
  }),
  sync: word(SYNC_MODES, {
    noun: 'sync mode',
    value: '<mode>',
    help: 'let the CPUs meet before each trial (rendezvous), once a round (stride), or never (free)',
    usual: 'rendezvous; stride for a litmus race',
  }),
  memory: MEMORY,
  classes: yes('count how many classes of orders the run meets, of all that there are, and show some that it does not'),
  from: plainText('<file>', 'a file of evidence', {
    help: 'run under the conditions of this failure, and set phases and windows that make its order likely, alternating with those of the race',
  }),
  window: texts('<name=spins>', SPINS, {
    help: 'delay a CPU in a window, in spins: 200, or 0..200 to draw the delay for each trial',
  }),
  phase: texts('<actor=spins>', SPINS, {
    help: 'delay the start of an actor, in spins: 200, or 0..200 to draw the delay for each trial',
  }),
  round: countText({
    unit: 'trials',
    help: 'set the number of trials between two gates of all CPUs',
    usual: '128; 512 where CPUs meet once a round or never',
  }),
  spin: spins({
    unit: 'iterations',
    help: 'spin for so many iterations before a waiting CPU sleeps; 1000..20000 adapts between them',
    usual: 'by the number of CPUs and cores',
  }),
  tuned: tuned('use the settings that tune has found; other options win'),
  anyHost: ANY_HOST,
  seed: seed('set the seed of the delays'),
  knob: KNOB,
  stopOnFirst: yes('end each variant with its first failure'),
  record: no('record no steps: faster, but reports have no last steps, and there is no evidence'),
  instrument: INSTRUMENT,
  twin: no('do not hammer the buggy twin first: a run without a failure is then INCONCLUSIVE, unless a claim decides'),
  bind: BIND,
  lockdep: NO_LOCKDEP,
  watchdog: orNone(
    withDefault(duration({ help: 'count a trial as hung when it has had so much CPU time' }), '250ms'),
    'watch for no hangs: what hangs without a proof ends the run as a harness error',
  ),
  onHang: word(ON_HANG, {
    value: '<what>',
    help: 'continue with the next trial after one that hung, or stop the run',
    usual: 'continue',
  }),
  evidence: evidence('keep the evidence of failures there, for replay'),
  keep: countOption({
    unit: 'failures of each signature',
    range: { min: 1, max: KEEP_MAX },
    help: 'keep the evidence of so many failures of each signature',
    usual: '1',
  }),
  report: yes("print the whole report: settings, all figures, and the kernel's report of each failure"),
  reportFile: plainText('<file>', 'a file', { help: 'write the whole report there' }),
  trace: plainText('<file>', 'a file', {
    help: 'write trials and failures over time there, and the order of some sampled trials, as trace events for Perfetto or chrome://tracing',
  }),
  events: EVENTS,
  json: JSON_ONLY,
} satisfies Record<keyof typeof RUN_REPEATS, Option<unknown>>;

export const RUN = command({
  name: 'run',
  about: 'hammer a race, and judge it by what was counted',
  operands: [
    { name: '<race[:variant]>', help: 'without a variant: the buggy form, then the merged fix, side by side' },
  ],
  options: OPTIONS,
  notes: RESULTS,
});

export type RunFlags = Flags<typeof RUN>;
