import { existsSync, readFileSync } from 'node:fs';
import { SourceMap, type SourceMapPayload } from 'node:module';
import { dirname, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

interface WorkerPart {
  readonly header: { readonly threadId: number };
  readonly javascriptStack?: { readonly stack?: readonly string[] };
}

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/**
 * What a worker is executing now, innermost first, with the lines of the TypeScript sources. Works on a thread in an endless
 * loop; blocks the caller for some ten milliseconds for each worker. Empty if the worker is gone.
 *
 * The inspector would do as well, and give variables, but a worker that it leaves paused cannot be ended any more.
 */
export function workerStack(threadId: number): string[] {
  const { report } = process;
  if (report === undefined) return [];
  // Without it the report looks up the names of all peers of all sockets.
  Object.assign(report, { excludeNetwork: true });
  const { workers = [] } = report.getReport() as { workers?: readonly WorkerPart[] };
  const stack = workers.find(({ header }) => header.threadId === threadId)?.javascriptStack?.stack ?? [];
  const maps = new Map<string, SourceMap | undefined>();
  return stack.filter((frame) => !/node:|[\\/]node_modules[\\/]/.test(frame)).map((frame) => inSource(frame, maps));
}

/** `at f (file:///dist/stress/x.js:3:4)` as `at f (stress/x.ts:5:6)`. */
function inSource(frame: string, maps: Map<string, SourceMap | undefined>): string {
  return frame.replace(
    /((?:file:\/\/)?\/[^()]*?):(\d+):(\d+)/,
    (whole, place: string, line: string, column: string) => {
      const file = place.startsWith('file:') ? fileURLToPath(place) : place;
      if (!maps.has(file)) maps.set(file, sourceMapOf(file));
      const entry = maps.get(file)?.findEntry(Number(line) - 1, Number(column) - 1);
      if (entry === undefined || !('originalSource' in entry)) return whole;
      const source = resolve(dirname(file), entry.originalSource);
      return `${relative(ROOT, source)}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
    },
  );
}

function sourceMapOf(file: string): SourceMap | undefined {
  const map = `${file}.map`;
  if (!existsSync(map)) return undefined;
  return new SourceMap(JSON.parse(readFileSync(map, 'utf8')) as SourceMapPayload);
}
