/** Draws one timeline in a thread of its own, which timelines.ts starts and ends: the search may take seconds. */

import { parentPort, workerData } from 'node:worker_threads';
import { EvidenceReader } from '../../run/evidence/decodeEvidence.js';
import { timelineOfFile } from './timelineOfFile.js';

parentPort?.postMessage(timelineOfFile(new EvidenceReader(), workerData as Uint8Array));
