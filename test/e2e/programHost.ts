/**
 * A process that runs the program one time after another: a process for each run costs as much CPU time as most runs. Started by
 * keptProgram.ts.
 */
import { endWith } from '../../lib/cli/ending.js';
import { runProgram } from '../../lib/cli/program.js';
import { leftThreadsGone } from '../../lib/harness/host/leftThreads.js';

/** What is asked for. */
export interface Asked {
  readonly args: readonly string[];
  readonly cwd: string;
  /** The width of the terminal; lines have any length if absent. */
  readonly columns?: number;
}

/** How the run ended. */
export interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function run({ args, cwd, columns }: Asked): Promise<Answer> {
  const said = { stdout: '', stderr: '' };
  const streams = ['stdout', 'stderr'] as const;
  for (const name of streams)
    process[name].write = (text: string | Uint8Array, ...rest: unknown[]): boolean => {
      said[name] += String(text);
      for (const written of rest) if (typeof written === 'function') written();
      return true;
    };
  process.chdir(cwd);
  if (columns === undefined) delete process.env['COLUMNS'];
  else process.env['COLUMNS'] = String(columns);
  const code = await exitCodeOf(runProgram(args));
  await leftThreadsGone();
  return { code, ...said };
}

/** The exit code that main.ts would end its process with, once it has said why. */
async function exitCodeOf(command: Promise<number>): Promise<number> {
  try {
    return await command;
  } catch (error) {
    const exit = process.exit.bind(process);
    return await new Promise<number>((resolve) => {
      process.exit = (exitCode): never => {
        process.exit = exit;
        resolve(Number(exitCode));
        throw new Error('the process has ended', { cause: error });
      };
      endWith(error).catch(() => {});
    });
  }
}

process.on('message', (asked: Asked) => void run(asked).then((answer) => process.send?.(answer)));
process.on('disconnect', () => process.exit());
