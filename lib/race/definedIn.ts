/*
 * Which module has defined a race: every thread of a run imports it again. Noted by defineRace(), asked for by the functions
 * that are given a race, not the name of its file.
 */

const modules = new WeakMap<object, string>();

/** Where a frame of the stack is; the part of the engine's CallSite that is used here. */
interface Site {
  getFileName(): string | null | undefined;
}

/** Notes the module that has called into the library. */
export function noteModule(race: object): void {
  const file = callers().find((name) => !OURS.some((folder) => pathOf(name).startsWith(folder)));
  if (file !== undefined) modules.set(race, file);
}

/** Returns the address or path of the module that has defined the race; undefined if the engine does not tell. */
export function definingModule(race: object): string | undefined {
  return modules.get(race);
}

/** The folders whose functions define races for others. Engines and bundlers name files by address or by path. */
const OURS = ['../race/', '../js/'].map((folder) => pathOf(new URL(folder, import.meta.url).href));

function pathOf(name: string): string {
  return name.startsWith('file:') ? decodeURIComponent(new URL(name).pathname) : name;
}

/** Files of the calling functions, innermost first, as the engine knows them: source maps do not change them. */
function callers(): string[] {
  const { prepareStackTrace } = Error as { prepareStackTrace?: unknown };
  const holder: { stack?: unknown } = {};
  try {
    Object.assign(Error, { prepareStackTrace: (_: unknown, sites: readonly Site[]) => sites });
    (Error as unknown as { captureStackTrace(target: object): void }).captureStackTrace(holder);
    const sites = holder.stack as readonly Site[];
    return sites.map((site) => site.getFileName()).filter((name): name is string => typeof name === 'string');
  } finally {
    Object.assign(Error, { prepareStackTrace });
  }
}
