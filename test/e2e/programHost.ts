/**
 * A process that runs the program one time after another: a process for each run costs as much CPU time as most runs. Started by
 * keptProgram.ts.
 */
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
  try {
    const code = await runProgram(args);
    await leftThreadsGone();
    return { code, ...said };
  } catch (error) {
    return { code: 70, ...said, stderr: `${said.stderr}${error instanceof Error ? error.stack : String(error)}` };
  }
}

process.on('message', (asked: Asked) => void run(asked).then((answer) => process.send?.(answer)));
process.on('disconnect', () => process.exit());
