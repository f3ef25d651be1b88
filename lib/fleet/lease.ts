/** The lease of the hub: of two on one fleet, one is refused. Used by hub.ts. */

import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { isAlive, self } from '../soak/owner.js';
import { UsageError } from '../run/usageError.js';
import { parsed, type HubLease } from './messages.js';
import type { FleetKeys } from './names.js';

/** A hub that has not renewed its lease for so long has lost it. */
const LEASE_MS = 20_000;

/** Extends or gives up the lease only where it is still ours. */
const RENEW = `
  local held = redis.call('get', KEYS[1])
  if held and held ~= ARGV[1] then return 0 end
  redis.call('set', KEYS[1], ARGV[1], 'PX', ARGV[2])
  return 1`;
const RELEASE = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0";

/** The lease of this process. */
export class HubClaim {
  readonly #redis: Redis;
  readonly #key: string;
  readonly #held: string;

  private constructor(redis: Redis, key: string, held: HubLease) {
    this.#redis = redis;
    this.#key = key;
    this.#held = JSON.stringify(held);
  }

  /** Throws UsageError if another hub has the lease, unless that process is dead. */
  static async take(redis: Redis, keys: FleetKeys, fleet: string, campaign: string): Promise<HubClaim> {
    const claim = new HubClaim(redis, keys.hub, { token: randomUUID(), campaign, ...self() });
    for (;;) {
      if ((await redis.set(keys.hub, claim.#held, 'PX', LEASE_MS, 'NX')) !== null) return claim;
      const json = await redis.get(keys.hub);
      const holder = parsed('lease', json);
      if (holder !== null && isAlive(holder)) {
        const where = `process ${holder.pid} on ${holder.host}`;
        throw new UsageError(
          `fleet ${fleet}: ${where} is its hub; if it is gone for good, try again in ${LEASE_MS / 1000} seconds, or give this one another name by --fleet`,
        );
      }
      // Only the lease that was looked at: another hub may have been quicker.
      if (json !== null) await redis.eval(RELEASE, 1, keys.hub, json);
    }
  }

  /** Returns whether the lease is still held: another hub may have it after an outage. */
  async renew(): Promise<boolean> {
    return (await this.#redis.eval(RENEW, 1, this.#key, this.#held, LEASE_MS)) === 1;
  }

  async release(): Promise<void> {
    await this.#redis.eval(RELEASE, 1, this.#key, this.#held);
  }
}
