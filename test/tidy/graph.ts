import { importsOf, loadsOf } from './imports.js';
import { within, type Rule } from './source.js';

/** No file imports itself by way of others, type imports included. */
export const noCycles: Rule = (files) => {
  const targets = new Map(
    files.map((file) => [file.path, importsOf(file).flatMap(({ target }) => (target === undefined ? [] : [target]))]),
  );
  const findings: string[] = [];
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) {
      const cycle = [...trail.slice(start), path].join(' -> ');
      findings.push(`${path}:1: import cycle ${cycle}. Move what both need into a file that imports neither.`);
      return;
    }
    if (done.has(path)) return;
    for (const target of targets.get(path) ?? []) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const path of targets.keys()) visit(path, []);
  return findings;
};

/** Races are loaded by name, so the module of each is a root. */
const ROOTS =
  /^(?:lib\/cli\/main|lib\/index|lib\/sdk\/\w+|lib\/sharedarraybuffer-utils\/index|lib\/lockstep|lib\/js\/index|workers\/cpu|stress\/[^/]+\/race|stress\/litmus\/[^/]+)\.c?ts$/;

/** Every source file is reached from an entry point, by imports or by its address. */
export const noDeadFiles: Rule = (files) => {
  const sources = new Map(within(files, 'lib', 'workers', 'stress').map((file) => [file.path, file]));
  const reached = new Set<string>();
  const reach = (path: string): void => {
    const file = sources.get(path);
    if (file === undefined || reached.has(path)) return;
    reached.add(path);
    for (const { target } of [...importsOf(file), ...loadsOf(file)]) {
      if (target !== undefined) reach(target);
    }
  };
  for (const path of sources.keys()) if (ROOTS.test(path)) reach(path);
  return [...sources.keys()]
    .filter((path) => !reached.has(path))
    .map(
      (path) => `${path}:1: is reached from no entry point and no race. Import it where it is needed, or delete it.`,
    );
};
