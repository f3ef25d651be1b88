/*
 * Joins the declarations that users of the package can reach into one `types.d.ts` per folder of dist/lib: one file for each module would be
 * half of the package. Called by packDist.mjs, and by its test. It reads the regular form that the compiler writes.
 *
 * The compiler checks a program that uses them (test/e2e/package.test.ts); what is not that form is an error here.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** `import type { A, type B as C } from './x.js';`, also over several lines. */
const IMPORT = /^import (type )?\{([^}]*)\} from '([^']+)';\n/gm;
const NAMES = /^(?:export )?(?:declare )?(?:abstract )?(?:const|let|function|class|interface|type|enum) (\w+)/gm;
/** `export type { A };`, of what the module has imported. */
const LOCAL_EXPORT = /^export (type )?\{([^}]+)\};\n/gm;
/** Specifiers in imports, exports, and types such as `typeof import("./x.js")`. */
const SPECIFIER = /(\bfrom |\bimport\()(['"])(\.[^'"]+)\2/g;

/**
 * Writes the types that are reached from `entries`, paths from `folder` of declarations that stay where they are. Throws Error if two
 * modules of a folder declare one name, or import different things by one name.
 */
export function packTypes(folder, entries) {
  const texts = reachedFrom(folder, entries);
  const packed = new Map();
  for (const path of texts.keys())
    if (!entries.includes(path)) packed.set(packOf(path), [...(packed.get(packOf(path)) ?? []), path]);
  const placeOf = (path) => (entries.includes(path) ? path : packOf(path));
  for (const path of entries) writeFileSync(join(folder, path), moved(texts.get(path), path, path, placeOf));
  for (const [pack, paths] of packed) writeFileSync(join(folder, pack), joined(pack, paths, texts, placeOf));
}

function packOf(path) {
  return `${path.split('/').slice(0, 2).join('/')}/types.d.ts`;
}

function reachedFrom(folder, entries) {
  const texts = new Map(entries.map((path) => [path, '']));
  // A map goes on with what is added while it is walked.
  for (const path of texts.keys()) {
    const text = `${readFileSync(join(folder, path), 'utf8').trimEnd()}\n`;
    texts.set(path, text);
    for (const [, , , specifier] of text.matchAll(SPECIFIER)) {
      const target = declarationAt(path, specifier);
      if (!texts.has(target)) texts.set(target, '');
    }
  }
  return texts;
}

function declarationAt(path, specifier) {
  return join(dirname(path), specifier).replace(/\.js$/, '.d.ts');
}

/** Returns a text as it must be in `place` instead of `path`. */
function moved(text, path, place, placeOf) {
  return text.replace(SPECIFIER, (_, before, quote, specifier) => {
    const from = relative(dirname(place), placeOf(declarationAt(path, specifier))).replace(/\.d\.ts$/, '.js');
    return `${before}${quote}${from.startsWith('.') ? from : `./${from}`}${quote}`;
  });
}

function joined(pack, paths, texts, placeOf) {
  const imports = new Map();
  const declaredIn = new Map();
  const bodies = paths.toSorted().map((path) => {
    for (const [, name] of texts.get(path).matchAll(NAMES)) {
      if ((declaredIn.get(name) ?? path) !== path)
        throw new Error(`${path} and ${declaredIn.get(name)} declare ${name}`);
      declaredIn.set(name, path);
    }
    return moved(texts.get(path), path, pack, placeOf).replace(IMPORT, (_, type, names, from) => {
      for (const name of names.split(',').map((each) => each.trim()))
        if (name !== '') note(imports, name.replace(/^type /, ''), from, pack);
      return '';
    });
  });
  const isOwn = (from) => from === './types.js';
  for (const [local, { from, name }] of imports)
    if (declaredIn.has(local) && !(isOwn(from) && name === local))
      throw new Error(`${pack}: ${local} is declared and imported`);
  // What a module of the folder exports again is here already.
  const again = /^export (?:type )?(?:\{[^}]*\}|\*) from '\.\/types\.js';\n/gm;
  const lines = Array.from(imports, ([local, { from, name }]) =>
    isOwn(from) && name === local
      ? ''
      : `import { ${name === local ? name : `${name} as ${local}`} } from '${from}';\n`,
  );
  const text = [...lines.toSorted(), ...bodies]
    .join('')
    .replace(again, '')
    .replace(LOCAL_EXPORT, (_, type = '', names) => exported(type, names, declaredIn))
    .replace(/^(?:export \{\};|\/\/# sourceMappingURL=.*)\n?/gm, '');
  // Without it every name would be exported.
  return `${text}export {};\n`;
}

/** Returns an export of what a module has imported, without what the folder itself declares and exports. */
function exported(type, names, declaredIn) {
  const foreign = names.split(',').filter((name) => name.trim() !== '' && !declaredIn.has(name.trim()));
  return foreign.length === 0 ? '' : `export ${type}{${foreign.join(',')} };\n`;
}

function note(imports, spelt, from, pack) {
  const [name, local = name] = spelt.split(' as ');
  const known = imports.get(local);
  if (known !== undefined && (known.from !== from || known.name !== name))
    throw new Error(`${pack}: ${local} is imported from ${known.from} and from ${from}`);
  imports.set(local, { from, name });
}
