/** Connects a command to its fleet. Called by all commands of this folder. */

import { fleetRedis, type FleetRedis } from '../../fleet/connection.js';
import { loadEngine, type Engine } from '../../fleet/engine.js';
import { redisAddress } from '../../fleet/redisAddress.js';
import type { ConnectionFlags } from './options.js';

export interface Connected {
  readonly engine: Engine;
  readonly redis: FleetRedis;
}

/** Throws UsageError where no Redis can be used. */
export async function connectFleet({ redis, passwordFile, ca }: ConnectionFlags): Promise<Connected> {
  const address = redisAddress({ redis, passwordFile, ca, env: process.env });
  const engine = await loadEngine();
  return { engine, redis: await fleetRedis(engine, address) };
}
