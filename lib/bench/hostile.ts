/** Part `hostile` of the bench: races that do what no race may. Called by bench.ts; single cases by tests. */

import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { every } from '../harness/host/timers.js';
import { WATCHDOG_MS } from '../harness/watch/watchdog.js';
import { figure, type BenchOptions, type Figure } from './figure.js';
import { HOSTILE_CASES, HOSTILE_ENV } from './hostileCases.js';
import { endGroup, hasMembers, startChild } from './children.js';
import { makeFolder, removeFolder } from './folders.js';
import { MAIN } from './command.js';
import { StarvedTime } from './starvedTime.js';

const RACE = fileURLToPath(new URL('./hostileRace.js', import.meta.url));
const BUDGET_MS = 3000;
/** Longest time between the end of the budget and the end of the command. */
const GRACE_MS = 2000 + WATCHDOG_MS;
/** A command that has not ended this long after that is killed. */
const KILL_MS = 10_000;
const LOOK_MS = 200;
/** Time in which processes started by the command must end after it. */
const LEFT_MS_MAX = 500;
const LEFT_TICK_MS = 20;

/** How a command with a hostile race ended. */
export interface HostileEnd {
  readonly command: string;
  /** The case, in the words of HOSTILE_ENV. */
  readonly what: string;
  /** Whether it looked like a pass. */
  readonly passed: boolean;
  readonly late: boolean;
  /** Whether a process that it started was still running. */
  readonly leftRunning: boolean;
  /** Exit code, or the name of the signal. */
  readonly how: string;
  /** Without `starvedMs`, in which it waited for a core. */
  readonly tookMs: number;
  readonly starvedMs: number;
  readonly stderr: string;
}

/** One command with one case. */
export interface HostileRun {
  readonly command: 'run' | 'soak';
  readonly what: string;
  readonly budgetMs: number;
  /** As GRACE_MS. */
  readonly graceMs: number;
  /** Limit of a `run` in trials, instead of a time. */
  readonly trials?: number;
}

/** The case that must pass, to show that races run at all. */
const CONTROL = 'nowhere nothing';

/**
 * Runs every hostile race in `run` and in `soak`, each in a process of its own. None may pass. All must end within their budget, 2
 * seconds and one watchdog time, not counting time without a core. No process that they started may be left running.
 */
export async function measureHostile(options: BenchOptions, cases = HOSTILE_CASES): Promise<Figure[]> {
  const ends: HostileEnd[] = [];
  for (const command of ['run', 'soak'] as const) {
    options.onPart(`${command} of a race that does nothing`);
    const control = await runHostile({ command, what: CONTROL, budgetMs: BUDGET_MS, graceMs: GRACE_MS });
    if (!control.passed) throw new Error(`${command} of a race that does nothing has not held: ${control.stderr}`);
    for (const [i, what] of cases.entries()) {
      const end = await runHostile({ command, what, budgetMs: BUDGET_MS, graceMs: GRACE_MS });
      ends.push(end);
      options.onPart(`${command} ${i + 1} of ${cases.length}: ${wordsOf(end)}`);
    }
  }
  return hostileFigures(ends);
}

/** Runs the command line with one case to its end, and returns how it ended. */
export async function runHostile(run: HostileRun): Promise<HostileEnd> {
  const { command, what, budgetMs, graceMs } = run;
  const folder = makeFolder();
  const beganMs = performance.now();
  // A process group of its own finds the processes that it starts. Its standard input is a pipe that is never written.
  const child = startChild([MAIN, ...argsOf(run)], {
    cwd: folder,
    detached: true,
    env: { ...process.env, [HOSTILE_ENV]: what, GITHUB_ACTIONS: '' },
  });
  const closed = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  const starved = new StarvedTime(child.pid);
  let killed = false;
  const kill = (): void => {
    killed = true;
    endGroup(child.pid);
  };
  const servedMs = (): number => performance.now() - beganMs - starved.ms;
  const look = (): void => {
    if (servedMs() > Math.max(0, budgetMs + graceMs) + KILL_MS) kill();
  };
  const tooLong = every(LOOK_MS, look, kill);
  try {
    const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
    const [tookMs, starvedMs] = [servedMs(), starved.ms];
    const leftRunning = killed || (await isGroupLeft(child.pid));
    endGroup(child.pid);
    const [stdout, stderr] = await closed;
    return {
      command,
      what,
      passed: code === 0 || /"verdict": "(?:HELD|REPRODUCED)"/.test(stdout),
      late: tookMs > budgetMs + graceMs,
      leftRunning,
      how: signal ?? String(code),
      tookMs,
      starvedMs,
      stderr,
    };
  } finally {
    tooLong.end();
    starved.end();
    endGroup(child.pid);
    removeFolder(folder);
  }
}

function argsOf({ command, budgetMs, trials }: HostileRun): string[] {
  const until = trials === undefined ? ['--duration', `${budgetMs}ms`] : ['--trials', String(trials)];
  const args = [command, `${RACE}:hostile`, ...until, '--json'];
  return command === 'run' ? [...args, '--no-evidence'] : [...args, '--store', 'hostile.db'];
}

/** Returns the figures of all commands. */
export function hostileFigures(ends: readonly HostileEnd[]): Figure[] {
  const count = (is: (end: HostileEnd) => boolean): number[] => [ends.filter(is).length];
  const sum = (ms: (end: HostileEnd) => number): number => ends.reduce((all, end) => all + ms(end), 0);
  return [
    figure('hostile.ended', 'commands', [ends.length]),
    figure(
      'hostile.passed',
      'commands',
      count(({ passed }) => passed),
      '= 0',
    ),
    figure(
      'hostile.late',
      'commands',
      count(({ late }) => late),
      '= 0',
    ),
    figure(
      'hostile.left_running',
      'commands',
      count(({ leftRunning }) => leftRunning),
      '= 0',
    ),
    figure('hostile.slowest_ms', 'ms', [Math.max(...ends.map(({ tookMs }) => Math.round(tookMs)))]),
    figure('hostile.starved_share', 'share', [sum(({ starvedMs }) => starvedMs) / sum(wallMs)]),
  ];
}

function wallMs({ tookMs, starvedMs }: HostileEnd): number {
  return tookMs + starvedMs;
}

function wordsOf({ what, how, tookMs, starvedMs, passed, late, leftRunning }: HostileEnd): string {
  const faults = [passed && 'PASSED', late && 'LATE', leftRunning && 'LEFT RUNNING'].filter((fault) => fault !== false);
  return [
    `${what}: ended with ${how} after ${(tookMs / 1000).toFixed(1)} s and ${(starvedMs / 1000).toFixed(1)} s without a core`,
    ...faults,
  ].join(', ');
}

async function isGroupLeft(group: number | undefined): Promise<boolean> {
  for (let ms = 0; hasMembers(group); ms += LEFT_TICK_MS) {
    if (ms >= LEFT_MS_MAX) return true;
    await delay(LEFT_TICK_MS);
  }
  return false;
}
