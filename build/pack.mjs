/*
 * Joins compiled modules that are always loaded together into one file: a thread that loads 150 files one by one
 * takes twice as long to start. Called by packDist.mjs, which `npm run build` runs, and by its test.
 *
 * Each module stays where it was, as a few lines that export its names from the pack. So it is one module for all who import it.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { rollup } from 'rollup';

/**
 * Packs modules of `folder` in place; the packs are in its folder `into`. `packs`: for each name of a pack the modules from which all of its
 * modules are reached; a module that several packs reach is in the first of them, unless `ownPack` gives the path of another, for a module and the name of its pack.
 * `isPacked` says which modules may be in one at all, and `importers` are modules that stay as they are, but shall import the packs directly. All are paths from `folder`.
 * Throws Error if a pack could not be loaded in the order in which its modules were.
 */
export async function pack({ folder, into, packs, isPacked, ownPack = () => undefined, importers = [] }) {
  const packOf = new Map();
  for (const [name, entries] of Object.entries(packs))
    for (const path of reachedFrom(folder, entries))
      if (isPacked(path) && !packOf.has(path)) packOf.set(path, ownPack(path, name) ?? join(into, name));
  const inputs = [
    ...Array.from(packOf.keys(), (path) => [path, FACADE + path]),
    ...importers.map((path) => [path, join(folder, path)]),
  ];
  const chunkOf = new Map([...importers.map((path) => [path, nameIn(path)]), ...packOf]);
  const bundle = await rollup({
    input: Object.fromEntries(inputs.map(([path, module]) => [nameIn(path), module])),
    preserveEntrySignatures: 'strict',
    treeshake: false,
    onwarn: ({ message }) => {
      throw new Error(message);
    },
    plugins: [modulesOf(folder, new Set(inputs.map(([path]) => path)))],
  });
  await bundle.write({
    dir: folder,
    format: 'es',
    sourcemap: true,
    sourcemapExcludeSources: true,
    minifyInternalExports: false,
    hoistTransitiveImports: false,
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
    // Or an importer would be in the pack of what needs it.
    manualChunks: (id) => chunkOf.get(relative(folder, id)),
  });
  await bundle.close();
}

/** Before the path of a packed module: what is left in its place. */
const FACADE = '\0facade:';

function nameIn(path) {
  return path.slice(0, -'.js'.length);
}

const IMPORTS = /^(?:import|export)\b[^;]*?\bfrom '(\.[^']+)';|^import '(\.[^']+)';/gm;

/** Returns the modules that are loaded with the entries; those that are imported later, by a call, are not. */
function reachedFrom(folder, entries) {
  const found = new Set(entries);
  // A set goes on with what is added while it is walked.
  for (const path of found)
    for (const [, from, bare] of readFileSync(join(folder, path), 'utf8').matchAll(IMPORTS))
      found.add(join(dirname(path), from ?? bare));
  return found;
}

/** `new URL('../x.js', new URL("host/y.js", import.meta.url).href)` */
const NESTED_URL = /new URL\(['"](\.[^'"]+)['"], new URL\("([^"]+)", import\.meta\.url\)\.href\)/g;

function rebased(_, path, module) {
  const from = join(dirname(module), path);
  return `new URL('${from.startsWith('.') ? from : `./${from}`}${path.endsWith('/') && !from.endsWith('/') ? '/' : ''}', import.meta.url)`;
}

/** Reads the compiled modules with their source maps, keeps their import.meta.url, and leaves all other modules out. */
function modulesOf(folder, ours) {
  return {
    name: 'modules',
    resolveId(source, importer) {
      if (importer === undefined || importer.startsWith(FACADE)) return source;
      if (!source.startsWith('.')) return { id: source, external: true };
      const path = resolve(dirname(importer), source);
      return ours.has(relative(folder, path)) ? path : { id: path, external: 'relative' };
    },
    load(id) {
      if (id.startsWith(FACADE)) return `export * from ${JSON.stringify(join(folder, id.slice(FACADE.length)))};`;
      const map = `${id}.map`;
      return {
        code: readFileSync(id, 'utf8').replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n'),
        map: existsSync(map) ? JSON.parse(readFileSync(map, 'utf8')) : null,
      };
    },
    // What a module loads by its address stands in the pack by its address from there, for those who read the code (sourceFiles.ts).
    renderChunk: (code) => ({ code: code.replace(NESTED_URL, rebased), map: null }),
    resolveImportMeta(property, { moduleId, chunkId }) {
      const path = relative(folder, moduleId);
      if (property !== 'url' || path === chunkId) return null;
      const from = relative(dirname(chunkId), path);
      return `new URL(${JSON.stringify(from.startsWith('.') ? from : `./${from}`)}, import.meta.url).href`;
    },
  };
}
