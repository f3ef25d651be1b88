/** Frames that are looked at: those of the machine itself come first, and say nothing to the author of a race. */
const FRAMES_MAX = 30;

/** The machine's files as frames name them, whether or not Node maps them to the sources. */
const MACHINE = decodeURIComponent(new URL('./', import.meta.url).pathname);
const MACHINES = [MACHINE, MACHINE.replace(/dist\/lib\/machine\/$/, 'lib/machine/')];

/** Where the running thread is in its JavaScript, a line for each frame, innermost first, from where the race called the machine. */
export function javascriptStack(): string {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = FRAMES_MAX;
  const { stack = '' } = new Error('here');
  Error.stackTraceLimit = limit;
  const frames = stack
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.startsWith('at ') && !line.includes('wasm://'));
  const first = frames.findIndex((line) => !MACHINES.some((folder) => line.includes(folder)));
  return frames.slice(Math.max(first, 0)).join('\n');
}
