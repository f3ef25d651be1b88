/** Describes the parts of the bench. Read by lib/cli/bench/bench.ts for the performance page. */

/** What each part measures, by its name. */
export const ABOUT: Readonly<Record<string, string>> = {
  op: 'A memory instruction of the machine (interrupt check, access, record) against the same in JavaScript and a bare `Atomics` operation, on one thread.',
  process: 'A whole process, from its start to the first oops of `xen-pin:buggy`, and its memory.',
  report: 'The HTML page about a whole verification.',
  gate: 'A gate for threads that spins and then parks, against one that only spins; more threads than cores included.',
  rounds: 'Meetings of all CPUs of a machine, as before each trial; by the number of CPUs.',
  shootdowns:
    'TLB shootdowns by IPI at 2 CPUs, each one waited for: the other CPU runs, idles, or sends as many of its own.',
  locks:
    'One spinlock that 2 CPUs want all the time, with owner, site and record. Handovers are those to the other CPU.',
  'xen-pin':
    'Trials and failures per second of `xen-pin:buggy` in each mode, and a long run of the merged fix, which must not fail.',
  rows: 'Trials and failures per second of every row of `verify` in which a buggy form must fail.',
  oversubscription:
    'The buggy forms with more CPUs than cores: they must still fail, or running them there would be useless.',
  claims: 'The claim of the mail about `lazy-mmu`: while its rules hold, neither form of the flush fails.',
  litmus:
    'The calibration races: trials swept per second with plain accesses, and how many of them show the relaxed outcome.',
  lockdep: 'What lockdep costs: a lock and its unlock, and trials per second with it over those without.',
  memory: 'What store buffers cost: trials per second with `--memory tso` over those with `sc`.',
  verify: 'The whole of `verify` with its default budgets.',
  explore:
    'All states of every row of `verify`: rows of up to 3 CPUs that were not searched to the end, rows that disagree with their expectation or their threads, time; and the states per second of one variant with 4 CPUs.',
  mutants:
    'Every row of `verify` that held, with its fix undone and judged as it was: none may be HELD, each fails or has too few trials to decide.',
  js: "operations of Atomics in a trial of hammer(), recorded and not, against the engine's; empty trials, and lost wake-ups that are proved and recovered from",
  waits:
    'Waits for words that nobody ends: how soon and how often each is proved and recovered from; what a loop in place of `wait_on` costs.',
  watchdog: 'How soon deadlocks are proved, and how soon hangs are named; what the watchdog and lockdep cost.',
  hostile:
    'Races that loop, sleep, block, throw, exit or fill their memory, in every function and in the module, in `run` and `soak`: none passes, each ends within its budget, 2 s and one watchdog time, and leaves nothing running.',
  evidence:
    'Failures captured at full speed: how many are explained by an interleaving and fail again when it is replayed, and how long the search takes.',
  soak: 'Trials per second of the merged fixes in `soak`, over all the time that it spends on them, against `run`; and the share of it in which it hammers.',
  fleet:
    'With a real Redis: a thousand jobs queued; a hub whose 200 workers, which hammer nothing, deliver every three seconds; its page of 200 hosts and 200 rows; the stop of two workers; trials of a fleet of one worker over those of `soak`.',
  page: 'The live page of 200 rows: its first paint in Chromium, an event from the store to ten readers, and the CPU time of its server meanwhile.',
  tune: 'Each race tuned for a minute, then failures per second by default, tuned and with the best found, alternating. Tuned is the default if nothing beat it by 20 % at 95 % confidence: then its ratio shows the noise.',
  against:
    'Trials per second of the built-in races over those of another build, alternating; only with `--against FOLDER`, a checkout that has been built.',
};
