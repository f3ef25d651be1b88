/**
 * Goal: `npm ci` installs what package-lock.json says: npm refuses a lock that lacks a package that another one asks for.
 * Method: each dependency of each package is in the lock, where Node would look for it.
 */
import { readFileSync } from 'node:fs';
import test from 'ava';

interface Locked {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

test('the lock holds every package that is asked for', (t) => {
  const text = readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8');
  const { packages } = JSON.parse(text) as { packages: Record<string, Locked> };
  const missing = Object.entries(packages).flatMap(([path, { dependencies, optionalDependencies }]) =>
    Object.keys({ ...dependencies, ...optionalDependencies })
      .filter((name) => !isLocked(packages, path, name))
      .map((name) => `${path === '' ? 'racehammer' : path} asks for ${name}`),
  );
  t.deepEqual(missing, []);
});

/** Whether the package lies in the node_modules of `path`, or in that of a folder above it. */
function isLocked(packages: Readonly<Record<string, Locked>>, path: string, name: string): boolean {
  if (Object.hasOwn(packages, `${path === '' ? '' : `${path}/`}node_modules/${name}`)) return true;
  if (path === '') return false;
  const above = path.lastIndexOf('/node_modules/');
  return isLocked(packages, above < 0 ? '' : path.slice(0, above), name);
}
