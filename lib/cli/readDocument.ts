/** Documents that a command reads back: what `run --json` and `verify --json` have printed, checked against their schemas. */

import { readFileSync } from 'node:fs';
import type { Ajv2020 } from 'ajv/dist/2020.js';
import type { BenchDocument } from '../report/bench/document.js';
import type { RunDocument } from '../report/run/document.js';
import type { RunsDocument } from '../report/run/runsDocument.js';
import type { VerifyDocument } from '../report/verify/document.js';
import { errorWords } from '../run/schemaErrors.js';
import { UsageError, quoted } from '../run/usageError.js';
import { counted } from '../report/format/numbers.js';

export type ResultDocument = RunDocument | RunsDocument | VerifyDocument;

const SCHEMAS = new URL('../../../schema/', import.meta.url);

/** Kinds of documents that a command reads, and what it says of any other. */
interface Wanted {
  readonly kinds: readonly string[];
  readonly what: string;
}

const RESULTS: Wanted = {
  kinds: ['run', 'runs', 'verify'],
  what: 'must be what run --json or verify --json has printed',
};
const BENCHES: Wanted = { kinds: ['bench'], what: 'must be what bench --json has printed' };

/**
 * Reads documents; `-` is standard input, which can be only one of them. Throws UsageError for whatever is no document of this
 * version or an older one.
 */
export async function readDocuments(paths: readonly string[]): Promise<ResultDocument[]> {
  if (paths.filter((path) => path === '-').length > 1) throw new UsageError('standard input: "-" is given twice');
  if (paths.length === 0) return [];
  const schemas = await loadSchemas(RESULTS.kinds);
  return paths.map((path) => {
    const result = readDocument(path, schemas, RESULTS) as ResultDocument;
    if ('runs' in result && result.runs.length === 0)
      throw new UsageError(`${nameOf(path)}: has no runs: an interrupt came before the end of the first one`);
    for (const run of runsOf(result)) requireSense(nameOf(path), run);
    return result;
  });
}

/** Reads a document of `bench --json`; `-` is standard input. Throws UsageError. */
export async function readBench(path: string): Promise<BenchDocument> {
  // The host is described in the schema of a run.
  const bench = readDocument(path, await loadSchemas(['bench', 'run']), BENCHES) as BenchDocument;
  const names = bench.figures.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new UsageError(`${nameOf(path)}: has the figure ${quoted(twice)} twice`);
  const odd = bench.figures.find(({ low, value, high }) => low > value || value > high);
  if (odd !== undefined) throw new UsageError(`${nameOf(path)}: ${quoted(odd.name)} has its median outside its range`);
  return bench;
}

async function loadSchemas(names: readonly string[]): Promise<Ajv2020> {
  // Not for commands that read nothing: they start the sooner.
  const { Ajv2020: Schemas } = await import('ajv/dist/2020.js');
  // The schemas themselves are checked by the tests.
  const schemas = new Schemas({ allowUnionTypes: true, strictTypes: false, validateSchema: false });
  for (const name of names) {
    schemas.addSchema(JSON.parse(readFileSync(new URL(`${name}.schema.json`, SCHEMAS), 'utf8')) as object);
  }
  return schemas;
}

function nameOf(path: string): string {
  return path === '-' ? 'standard input' : `file ${quoted(path)}`;
}

function readDocument(path: string, schemas: Ajv2020, wanted: Wanted): unknown {
  const shown = nameOf(path);
  const document = parse(shown, textOf(shown, path), wanted);
  const validate = schemas.getSchema(`${kindOf(shown, document, wanted)}.schema.json`)!;
  if (!validate(document)) throw new UsageError(`${shown}: ${errorWords(validate.errors ?? [])}`);
  return document;
}

/** Returns the runs of a document, of `verify` those of its rows. */
export function runsOf(document: ResultDocument): readonly RunDocument[] {
  if ('runs' in document) return document.runs;
  return 'rows' in document ? document.rows : [document];
}

function textOf(shown: string, path: string): string {
  try {
    return readFileSync(path === '-' ? 0 : path, 'utf8').replace(/^\ufeff/, '');
  } catch (error) {
    throw new UsageError(`${shown}: cannot be read: ${(error as Error).message}`);
  }
}

function parse(shown: string, text: string, { what }: Wanted): unknown {
  if (text.trim() === '') throw new UsageError(`${shown}: is empty: ${what}`);
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError(`${shown}: is not a JSON document (it begins ${quoted(text.slice(0, 20))}): ${what}`);
  }
}

/** Returns which of the documents it says that it is. */
function kindOf(shown: string, document: unknown, { kinds, what }: Wanted): string {
  const given = typeof document === 'object' && document !== null && 'schema' in document ? document.schema : undefined;
  const [, kind, version] = /^racehammer\.([a-z]+)\/(\d+)$/.exec(typeof given === 'string' ? given : '') ?? [];
  const known = kinds.find((name) => name === kind);
  if (known === undefined) {
    const found = typeof given === 'string' ? `holds ${quoted(given)}` : 'has no field "schema" with a name in it';
    throw new UsageError(`${shown}: ${found}: ${what}`);
  }
  if (Number(version) > 1) {
    throw new UsageError(
      `${shown}: was written by a newer racehammer (racehammer.${kind}/${version}; this one reads racehammer.${kind}/1)`,
    );
  }
  return known;
}

/** Checks what a schema cannot say. */
function requireSense(shown: string, { trials, failures, outcomes }: RunDocument): void {
  const counts = [failures, ...outcomes.map(({ count }) => count)];
  if (counts.some((count) => count > trials))
    throw new UsageError(`${shown}: has more failures than its ${counted(trials, 'trial')}`);
}
