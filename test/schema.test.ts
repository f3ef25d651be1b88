// Goal: the published schemas describe what the program prints, all of it. Method: real documents of every command, validated by ajv;
// then every field of them is looked up in the schema, so that a new one cannot be forgotten. Those of `run` and `tune` are in e2e/.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { EvidenceReader } from '../lib/run/evidence/decodeEvidence.js';
import { encodeEvidence } from '../lib/evidence/evidenceFile.js';
import { FOLDER as EVIDENCE_FOLDER, Racehammer, fixture } from './e2e/cli.js';
import { runKept } from './e2e/keptProgram.js';
import { isDescribed, schemas, unnamed } from './described.js';
import { DocumentFolder } from './report/documentFolder.js';
import { HELD } from './report/run/madeUpRun.js';
import { SOAK } from './report/soak/madeUpSoak.js';

const OUTCOMES = fixture('outcomes');

test.serial('explore: one variant that fails, one that is bounded, and several', async (t) => {
  isDescribed(t, 'explore', (await runKept('explore', 'xen-pin:buggy', '--json')).stdout);
  isDescribed(t, 'explore', (await runKept('explore', 'xen-pin:pte-lock', '--states', '100', '--json')).stdout);
  isDescribed(t, 'explorations', (await runKept('explore', 'pgd-lock', '--json')).stdout);
});

test.serial('run with evidence, and its replay, as it was and with another variant', async (t) => {
  const run = await runKept('run', 'pgd-lock:buggy', '--trials', '300', '--json');
  isDescribed(t, 'run', run.stdout);
  const [{ file }] = (JSON.parse(run.stdout) as { evidence: readonly { file: string }[] }).evidence;
  isDescribed(t, 'replay', (await runKept('replay', file, '--json')).stdout);
  const from = await runKept('run', 'pgd-lock', '--from', file, '--trials', '64', '--no-evidence', '--json');
  isDescribed(t, 'run', from.stdout);
  const classes = ['run', 'pgd-lock:plain-lock', '--trials', '192', '--classes', '--no-twin', '--json'];
  isDescribed(t, 'run', (await runKept(...classes)).stdout);
  const path = join(EVIDENCE_FOLDER, file);
  writeFileSync(path, encodeEvidence({ ...new EvidenceReader().decode(readFileSync(path)), variant: 'plain-lock' }));
  isDescribed(t, 'replay', (await runKept('replay', file, '--json')).stdout);
});

test.serial('run, several variants, and what compare and plan make of them', async (t) => {
  const { stdout } = await runKept('run', OUTCOMES, '--trials', '400', '--json');
  isDescribed(t, 'runs', stdout);
  const folder = new DocumentFolder();
  const path = folder.put('runs.json', stdout);
  isDescribed(t, 'compare', (await runKept('compare', path, '--json')).stdout);
  isDescribed(t, 'plan', (await runKept('plan', '1e-6', path, '--json')).stdout);
});

test.serial('verify, with rows of second tries', async (t) => {
  isDescribed(t, 'verify', (await runKept('verify', OUTCOMES, '--budget', '50ms', '--json')).stdout);
});

test.serial('verify, with what all states say', async (t) => {
  const row = ['--row', 'merged fix, fork', '--budget', '100ms'];
  isDescribed(t, 'verify', (await runKept('verify', 'xen-pin', ...row, '--prove', '--json')).stdout);
});

test.serial('verify, with mutants', async (t) => {
  const { code, stdout } = await runKept('verify', fixture('mutated'), '--mutants', '--budget', '50ms', '--json');
  isDescribed(t, 'mutants', stdout);
  t.is(code, 1);
});

test.serial('doctor', async (t) => {
  isDescribed(t, 'doctor', (await runKept('doctor', '--json')).stdout);
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

test.serial('litmus: a file that is explored', async (t) => {
  const file = new DocumentFolder().put('sb.litmus', 'C sb\n{}\nP0(int *x) { WRITE_ONCE(*x, 1); }\nexists (x=1)\n');
  isDescribed(t, 'litmus', (await runKept('litmus', file, '--trials', '10', '--json')).stdout);
});

test.serial('list, bench, and what becomes of a comparison', async (t) => {
  isDescribed(t, 'list', (await runKept('list', '--json')).stdout);
  for (const race of ['hash-batch', 'store-buffer'])
    isDescribed(t, 'explain', (await runKept('explain', race, '--json')).stdout);
  const bench = (await runKept('bench', '--only', 'op', '--repeat', '1', '--json')).stdout;
  isDescribed(t, 'bench', bench);
  const path = new DocumentFolder().put('bench.json', bench);
  const compared = await runKept('bench', '--from', path, '--compare', path, '--json');
  isDescribed(t, 'bench-compare', compared.stdout);
});

test.serial('soak, its status, and two soaks beside each other', async (t) => {
  const store = join(EVIDENCE_FOLDER, 'soak.db');
  const soak = await runKept('soak', 'pgd-lock:buggy', '--duration', '400ms', '--store', store, '--json');
  isDescribed(t, 'soak', soak.stdout);
  isDescribed(t, 'soak', (await runKept('soak', 'status', store, '--json')).stdout);
  isDescribed(t, 'soak-diff', (await runKept('soak', 'diff', store, store, '--json')).stdout);
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
    // These are typed by hand: there a field that nobody knows is a mistake.
    if (['campaign.schema.json', 'config.schema.json'].includes(file)) continue;
    t.notRegex(JSON.stringify(schema), /"additionalProperties":false|unevaluated/);
  }
});

test('the check of names finds one that the schema lacks', (t) => {
  const schema = schemas.get('run.schema.json')!;
  const document = { ...HELD, host: { ...HELD.host, numa: 2 }, novelty: 1 };
  t.deepEqual(unnamed(document, schema, schema), ['/host/numa', '/novelty']);
});
