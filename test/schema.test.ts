// Goal: the published schemas describe what the program prints, all of it. Method: real documents of every command, validated by ajv;
// then every field of them is looked up in the schema, so that a new one cannot be forgotten.

import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import test, { type ExecutionContext } from 'ava';
import { EvidenceReader } from '../lib/run/decodeEvidence.js';
import { encodeEvidence } from '../lib/evidence/evidenceFile.js';
import { FOLDER as EVIDENCE_FOLDER, Racehammer, fixture, racehammer } from './e2e/cli.js';
import type { TuneDocument } from '../lib/report/tune/document.js';
import { fingerprintOf, type TuningDocument } from '../lib/tune/tuningFile.js';
import { DocumentFolder } from './report/documentFolder.js';
import { HELD } from './report/run/madeUpRun.js';
import { SOAK } from './report/soak/madeUpSoak.js';

interface Schema {
  readonly $id?: string;
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema;
  readonly items?: Schema;
}

const FOLDER = new URL('../../schema/', import.meta.url);
const schemas = new Map(
  readdirSync(FOLDER).map((file) => [file, JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as Schema]),
);
const ajv = new Ajv2020({ allowUnionTypes: true, strictTypes: false, allErrors: true });
for (const schema of schemas.values()) ajv.addSchema(schema);

/** The schemas that say something about a value, references followed. */
function expand(schema: Schema, root: Schema): { schema: Schema; root: Schema }[] {
  const parts = [...(schema.allOf ?? []), ...(schema.anyOf ?? [])].flatMap((part) => expand(part, root));
  if (schema.$ref === undefined) return [{ schema, root }, ...parts];
  const [file, name] = schema.$ref.split('#/$defs/');
  const target = file === '' ? root : schemas.get(file)!;
  return [...parts, ...expand(name === undefined ? target : target.$defs![name], target)];
}

/** Paths of the fields that no schema names. */
function unnamed(value: unknown, schema: Schema, root: Schema, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const known = expand(schema, root);
  return Object.entries(value).flatMap(([key, inner]) => {
    const next = known.flatMap(({ schema: part, root: base }) => {
      const found = Array.isArray(value) ? part.items : (part.properties?.[key] ?? part.additionalProperties);
      return found === undefined ? [] : [{ found, base }];
    });
    if (next.length === 0) return [`${path}/${key}`];
    // Named by any of them is named.
    const findings = next.map(({ found, base }) => unnamed(inner, found, base, `${path}/${key}`));
    return findings.toSorted((a, b) => a.length - b.length)[0];
  });
}

function isDescribed(t: ExecutionContext, kind: string, text: string): void {
  const document = JSON.parse(text) as unknown;
  const validate = ajv.getSchema(`${kind}.schema.json`)!;
  t.true(validate(document), JSON.stringify(validate.errors));
  const schema = schemas.get(`${kind}.schema.json`)!;
  t.deepEqual(unnamed(document, schema, schema), []);
}

const OUTCOMES = fixture('outcomes');

test.serial('run, one variant: as expected or not, with a claim, interrupted by nothing', async (t) => {
  for (const args of [
    [`${OUTCOMES}:both`, '--trials', '400'],
    [`${OUTCOMES}:fixed`, '--until-confidence', '1%'],
    ['xen-pin:buggy', '--duration', '50s', '--stop-on-first'],
  ]) {
    isDescribed(t, 'run', (await racehammer('run', ...args, '--json')).stdout);
  }
});

test.serial('explore: one variant that fails, one that is bounded, and several', async (t) => {
  isDescribed(t, 'explore', (await racehammer('explore', 'xen-pin:buggy', '--json')).stdout);
  isDescribed(t, 'explore', (await racehammer('explore', 'xen-pin:pte-lock', '--states', '100', '--json')).stdout);
  isDescribed(t, 'explorations', (await racehammer('explore', 'pgd-lock', '--json')).stdout);
});

test.serial('run of a litmus race', async (t) => {
  isDescribed(t, 'run', (await racehammer('run', 'message-passing:atomic', '--trials', '5000', '--json')).stdout);
});

test.serial('run with evidence, and its replay, as it was and with another variant', async (t) => {
  const run = await racehammer('run', 'pgd-lock:buggy', '--trials', '3000', '--json');
  isDescribed(t, 'run', run.stdout);
  const [{ file }] = (JSON.parse(run.stdout) as { evidence: readonly { file: string }[] }).evidence;
  isDescribed(t, 'replay', (await racehammer('replay', file, '--json')).stdout);
  const from = await racehammer('run', 'pgd-lock', '--from', file, '--trials', '64', '--no-evidence', '--json');
  isDescribed(t, 'run', from.stdout);
  const path = join(EVIDENCE_FOLDER, file);
  writeFileSync(path, encodeEvidence({ ...new EvidenceReader().decode(readFileSync(path)), variant: 'plain-lock' }));
  isDescribed(t, 'replay', (await racehammer('replay', file, '--json')).stdout);
});

test.serial('run, several variants, and what compare and plan make of them', async (t) => {
  const { stdout } = await racehammer('run', OUTCOMES, '--trials', '400', '--json');
  isDescribed(t, 'runs', stdout);
  const folder = new DocumentFolder();
  const path = folder.put('runs.json', stdout);
  isDescribed(t, 'compare', (await racehammer('compare', path, '--json')).stdout);
  isDescribed(t, 'plan', (await racehammer('plan', '1e-6', path, '--json')).stdout);
});

test.serial('verify, with rows of second tries', async (t) => {
  isDescribed(t, 'verify', (await racehammer('verify', OUTCOMES, '--budget', '100ms', '--json')).stdout);
});

test.serial('verify, with what all states say', async (t) => {
  const row = ['--row', 'merged fix, fork', '--budget', '100ms'];
  isDescribed(t, 'verify', (await racehammer('verify', 'xen-pin', ...row, '--prove', '--json')).stdout);
});

test.serial('doctor', async (t) => {
  isDescribed(t, 'doctor', (await racehammer('doctor', '--json')).stdout);
});

test.serial('doctor, interrupted: with what is known by then', async (t) => {
  const program = new Racehammer(['doctor', '--json']);
  await program.saysOnStderr('core to core');
  program.child.kill('SIGINT');
  const { code, stdout } = await program.ended();
  isDescribed(t, 'doctor', stdout);
  const { verdict, interrupted, facts } = JSON.parse(stdout) as Record<'verdict' | 'interrupted' | 'facts', unknown>;
  t.deepEqual([code, verdict, interrupted], [130, null, true]);
  t.like(facts, { node: process.version, parallel: undefined });
  t.true((facts as { spin: { loadNs: number } }).spin.loadNs > 0);
});

test.serial('tune, and the file that it saves', async (t) => {
  const { stdout } = await racehammer('tune', 'pgd-lock', '--budget', '5s', '--json');
  isDescribed(t, 'tune', stdout);
  const { results, host } = JSON.parse(stdout) as TuneDocument;
  const [{ race, variant, knobs, goal, best, duel }] = results;
  const { cpus, machines, sync, round, spin, phases, windows } = best;
  const settings = { cpus, machines, sync, round, spin, phases, windows };
  const { clockRatio: _, ...ratio } = duel;
  const entry = { race, variant, knobs, goal, settings, ...ratio, budgetMs: 5000, foundAt: '2026-01-01T00:00:00.000Z' };
  const file: TuningDocument = {
    schema: 'racehammer.tuning/1',
    version: '0',
    host: fingerprintOf(host),
    entries: [entry],
  };
  isDescribed(t, 'tuning', JSON.stringify(file));
});

test.serial('litmus: a file that is explored', async (t) => {
  const file = new DocumentFolder().put('sb.litmus', 'C sb\n{}\nP0(int *x) { WRITE_ONCE(*x, 1); }\nexists (x=1)\n');
  isDescribed(t, 'litmus', (await racehammer('litmus', file, '--trials', '10', '--json')).stdout);
});

test.serial('list, bench, and what becomes of a comparison', async (t) => {
  isDescribed(t, 'list', (await racehammer('list', '--json')).stdout);
  for (const race of ['hash-batch', 'store-buffer'])
    isDescribed(t, 'explain', (await racehammer('explain', race, '--json')).stdout);
  const bench = (await racehammer('bench', '--only', 'op', '--rounds', '1', '--json')).stdout;
  isDescribed(t, 'bench', bench);
  const path = new DocumentFolder().put('bench.json', bench);
  const compared = await racehammer('bench', '--from', path, '--compare', path, '--json');
  isDescribed(t, 'bench-compare', compared.stdout);
});

test.serial('soak, its status, and two soaks beside each other', async (t) => {
  const store = join(EVIDENCE_FOLDER, 'soak.db');
  const soak = await racehammer('soak', 'pgd-lock:buggy', '--duration', '1s', '--store', store, '--json');
  isDescribed(t, 'soak', soak.stdout);
  isDescribed(t, 'soak', (await racehammer('soak', 'status', store, '--json')).stdout);
  isDescribed(t, 'soak-diff', (await racehammer('soak', 'diff', store, store, '--json')).stdout);
  isDescribed(t, 'soak', JSON.stringify(SOAK));
});

test('the optional fields are described as well', (t) => {
  const evidence = [{ signature: 'a', file: 'b', timeline: ['c'], timelineSvg: '<svg/>' }];
  isDescribed(t, 'run', JSON.stringify({ ...HELD, evidence }));
  for (const kind of ['verify', 'tune', 'replay', 'bench', 'bench-compare'])
    t.true(schemas.get(`${kind}.schema.json`)?.properties?.['unwritten'] !== undefined, kind);
});

test('a schema has its file name as its identity, names no host, and allows fields that are added later', (t) => {
  for (const [file, schema] of schemas) {
    t.is(schema.$id, file);
    t.notRegex(JSON.stringify({ ...schema, $schema: '' }), /https?:/);
    // A campaign is typed by hand: there a field that nobody knows is a mistake.
    if (file === 'campaign.schema.json') continue;
    t.notRegex(JSON.stringify(schema), /"additionalProperties":false|unevaluated/);
  }
});

test('the check of names finds one that the schema lacks', (t) => {
  const schema = schemas.get('run.schema.json')!;
  const document = { ...HELD, host: { ...HELD.host, numa: 2 }, novelty: 1 };
  t.deepEqual(unnamed(document, schema, schema), ['/host/numa', '/novelty']);
});
