/** The thread in which a module is imported before the main thread imports it (rehearsal.ts). */

import { parentPort, workerData } from 'node:worker_threads';
import { ownTid } from '../ownTid.js';
import { REHEARSAL_WORD, type RehearsalTask } from './rehearsal.js';
import { every } from './timers.js';

const BEAT_MS = 20;

const { url, words } = workerData as RehearsalTask;
words[REHEARSAL_WORD.tid] = ownTid();
const beat = (): void => void Atomics.add(words, REHEARSAL_WORD.beats, 1);
beat();
// It keeps no thread whose module waits for what never comes.
every(BEAT_MS, beat, () => {}).release();
await import(url);
parentPort?.postMessage('loaded');
