/** Finds where a failing thread is in the JavaScript of its race. Called on the CPU's thread by outcome.ts. */

/** Frames that are looked at: those of the machine itself come first, and say nothing to the author of a race. */
const FRAMES_MAX = 30;

/** Folders of the library as frames name them, whether or not Node maps them to the sources. */
const MACHINE = foldersOf('machine');
const HARNESS = foldersOf('harness');

/**
 * Returns where the running thread is in its JavaScript, a line for each frame, innermost first: from where the race
 * called the machine to where the harness called the race. Empty if the race has ended.
 */
export function javascriptStack(): string {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = FRAMES_MAX;
  const { stack = '' } = new Error('here');
  Error.stackTraceLimit = limit;
  const frames = stack
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.startsWith('at ') && !line.includes('wasm://'));
  const isIn = (folders: readonly string[]) => (line: string) => folders.some((folder) => line.includes(folder));
  const first = frames.findIndex((line) => !isIn(MACHINE)(line));
  const race = first < 0 ? [] : frames.slice(first);
  const end = race.findIndex(isIn(HARNESS));
  return (end < 0 ? race : race.slice(0, end)).join('\n');
}

function foldersOf(name: string): string[] {
  const folder = decodeURIComponent(new URL(`../${name}/`, import.meta.url).pathname);
  return [folder, folder.replace(/dist\/(lib\/\w+\/)$/, '$1')];
}
