/**
 * Frames of JavaScript stacks with the lines of the TypeScript sources, where a file of ours or of a user's has a
 * source map. Called on the host where a report or a message has a stack.
 */

import { existsSync, readFileSync } from 'node:fs';
import { SourceMap, type SourceMapPayload } from 'node:module';
import { dirname, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** Where the harness calls the code of a race: what called that says nothing about the race. A published package has packs, without maps. */
const CALLER =
  /^at (?:(?:runActor|runIdle) \((?:dist[\\/])?lib[\\/](?:harness[\\/](?:cpu[\\/]trial|packed)|machine[\\/](?:meeting|packed))|(?:async )?(?:Member\.)?(?:run|awaitRun) \((?:dist[\\/])?lib[\\/]js[\\/](?:member|packedJs))\.[jt]s:/;

/** Returns the frames down to the one in which the harness calls the code of the race, without those of Node and of the pool. */
export function sourceFrames(frames: readonly string[]): string[] {
  const maps = new Map<string, SourceMap | undefined>();
  const shown = frames
    .map((frame) => inSource(frame.trim(), maps))
    .filter((frame) => !/node:|[\\/]node_modules[\\/]piscina[\\/]/.test(frame));
  const end = shown.findIndex((frame) => CALLER.test(frame));
  return end < 0 ? shown : shown.slice(0, end);
}

/** Rewrites `at f (file:///dist/stress/canary/race.js:3:4)` as `at f (stress/canary/race.ts:5:6)`. */
function inSource(frame: string, maps: Map<string, SourceMap | undefined>): string {
  return frame.replace(
    /((?:file:\/\/)?\/[^()]*?):(\d+):(\d+)/,
    (whole, place: string, line: string, column: string) => {
      const file = place.startsWith('file:') ? fileURLToPath(place) : place;
      if (!maps.has(file)) maps.set(file, sourceMapOf(file));
      const entry = maps.get(file)?.findEntry(Number(line) - 1, Number(column) - 1);
      // Under --enable-source-maps the engine has found the source itself.
      const isMapped = entry !== undefined && 'originalSource' in entry;
      if (file.startsWith(ROOT) && (file.endsWith('.ts') || !isMapped))
        return `${relative(ROOT, file)}:${line}:${column}`;
      if (!isMapped) return whole;
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
