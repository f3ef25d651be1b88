/** `racehammer fleet work`: a host of a fleet. Called by program.ts. */

import { INTERRUPTED_EXIT } from '../../statistics/verdict.js';
import { KnownRaces } from '../../fleet/knownRaces.js';
import { fleetKeys } from '../../fleet/names.js';
import { Spool } from '../../fleet/spool.js';
import { FleetWorker } from '../../fleet/worker.js';
import { hostName, parseCores, parseHours, workerFacts } from '../../fleet/workerHost.js';
import { hostFacts } from '../../run/hostFacts.js';
import { fingerprintOf } from '../../harness/host/fingerprint.js';
import { UsageError, quoted } from '../../run/usageError.js';
import { isRaceFile } from '../../harness/host/raceFiles.js';
import { chooseRace } from '../chooseRace.js';
import { catchInterrupts } from '../interrupts.js';
import { tell } from '../output.js';
import { connectFleet } from './connect.js';
import type { WorkFlags } from './options.js';
import { counted } from '../../report/format/numbers.js';

/** The module that runs a slice, in a process of its own. */
const SLICE_MAIN = new URL('./sliceMain.js', import.meta.url);
const NAME_MAX = 100;

/** Works until it is interrupted. Returns the exit code. Throws UsageError. */
export async function fleetWorkCommand(flags: WorkFlags): Promise<number> {
  const { fleet, nice } = flags;
  fleetKeys(fleet);
  const cores = flags.cores === undefined ? null : parseCores(flags.cores);
  const hours = flags.hours === undefined ? null : parseHours(flags.hours);
  const name = flags.name ?? hostName();
  if (name === '' || name.length > NAME_MAX) {
    throw new UsageError(`--name ${quoted(name)}: must have from 1 to ${NAME_MAX} characters`);
  }
  const files = flags.races.filter((path) => !isRaceFile(path));
  if (files.length > 0) throw new UsageError(`--races ${quoted(files[0])}: must be the file of a race`);
  const { engine, redis } = await connectFleet(flags);
  const races = new KnownRaces(await Promise.all(flags.races.map((path) => chooseRace(path))));
  const spool = new Spool(flags.spool, flags.keepDelivered);
  const interrupts = catchInterrupts();
  try {
    const facts = workerFacts(cores);
    tell(
      `worker ${name}: ${counted(facts.cores, 'core')}, fleet ${fleet} at redis ${redis.address.shown}, spool ${flags.spool}`,
    );
    const limits = { cores, nice: nice ?? 0 };
    const worker = new FleetWorker({
      engine,
      redis,
      fleet,
      name,
      facts,
      // Threads find as many cores as the worker may use.
      print: { ...fingerprintOf(hostFacts()), cores: facts.cores },
      spool,
      races,
      limits,
      hours,
      main: SLICE_MAIN,
      tell,
      signal: interrupts.signal,
    });
    await worker.work();
  } finally {
    interrupts.release();
  }
  const left = spool.isEmpty ? 'everything has arrived' : `what has not arrived stays in ${flags.spool}`;
  tell(`worker ${name}: has ended; ${left}`);
  return INTERRUPTED_EXIT;
}
