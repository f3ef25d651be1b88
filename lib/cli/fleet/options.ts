/** The options of `fleet` and of its commands. */

import { FLEET_NAME, FLEET_PAGE, FLEET_SLICE_MS, FLEET_SPOOL, SOAK_MS } from '../../run/defaults.js';
import { formatDuration } from '../../run/duration.js';
import { command, type Flags } from '../options/command.js';
import { JSON_ONLY, RESULTS } from '../options/manyCommands.js';
import { countOption, duration, orNone, plainText, seed, texts, withDefault, yes } from '../options/option.js';
import { CAMPAIGN, ROWS } from '../soak/options.js';

/** How each command finds its fleet. */
const CONNECTION = {
  redis: plainText('<url>', 'an address: redis://HOST:PORT, or rediss:// for TLS', {
    help: 'use this Redis; a password comes from RACEHAMMER_REDIS_PASSWORD or a file',
    usual: 'RACEHAMMER_REDIS',
  }),
  passwordFile: plainText('<file>', 'a file', { help: 'read the password of Redis from a file' }),
  ca: plainText('<file>', 'a file', { help: 'take certificates of this authority as valid (with rediss://)' }),
  fleet: withDefault(plainText('<name>', 'a word', { help: 'take part in the fleet of this name' }), FLEET_NAME),
};

/** Alone it does nothing: its commands do. */
export const FLEET = command({
  name: 'fleet',
  about: 'hammer one campaign on many hosts: hub, work, status, stop, drain, pause, resume',
  operands: [],
  options: {},
});

export const FLEET_HUB = command({
  name: 'fleet hub',
  about: 'keep the store of a campaign that many hosts hammer; survives crashes and can be resumed',
  operands: ROWS,
  options: {
    ...CONNECTION,
    ...CAMPAIGN,
    duration: duration({
      help: 'soak for so long, by the clock of the hub: 60h, 2d',
      usual: formatDuration(SOAK_MS.duration),
    }),
    slice: duration({
      help: 'hammer a row for so long before the next job: 1m to 5m',
      usual: formatDuration(FLEET_SLICE_MS),
    }),
    proveEvery: duration({
      help: 'show so often on each host that a row which should fail does fail',
      usual: formatDuration(SOAK_MS.proveEvery),
    }),
    classes: yes(
      'count how many classes of orders each row meets on all hosts together, of all that there are (also with --resume, from then on)',
    ),
    seed: seed('set the seed of the delays'),
    tuned: texts('<file>', 'a file of settings', {
      help: 'use the settings that tune has found on hosts like that of the file, on those hosts; give a file for each kind of host',
    }),
    anyHost: yes('use the settings of the file on all hosts (with one --tuned)'),
    stopOnFailure: yes('end all slices and the hub on the first failure that is not expected'),
    page: orNone(
      withDefault(
        plainText('<address>', 'a port, or HOST:PORT', {
          help: 'serve the live page at / and figures for Prometheus at /metrics there',
        }),
        FLEET_PAGE,
      ),
      'serve no page',
    ),
    json: JSON_ONLY,
  },
  notes: RESULTS,
});

export const FLEET_WORK = command({
  name: 'fleet work',
  about: 'hammer what the hub queues, on this host, until it is interrupted',
  operands: [],
  options: {
    ...CONNECTION,
    name: plainText('<name>', 'a word', {
      help: 'set the name of this host in reports',
      usual: 'the name of the host',
    }),
    spool: withDefault(
      plainText('<folder>', 'a folder', { help: 'keep what the hub has not confirmed there' }),
      FLEET_SPOOL,
    ),
    keepDelivered: yes('keep the files of the spool when all of them has arrived'),
    races: texts('<file>', 'a file of a race', {
      help: 'let jobs name this file as well; otherwise they name built-in races alone',
    }),
    cores: plainText('<list>', 'numbers of cores: 0-3,6', { help: 'hammer on these cores alone (by taskset)' }),
    nice: withDefault(
      countOption({
        unit: 'steps of priority',
        range: { min: 0, max: 19 },
        help: 'let other processes go first, from 0 to 19',
      }),
      '5',
    ),
    hours: plainText('<from-to>', 'hours: 22-6', { help: 'hammer in these hours of the day alone' }),
  },
});

export const FLEET_STATUS = command({
  name: 'fleet status',
  about: 'show hub, workers and queues',
  operands: [],
  options: { ...CONNECTION, json: JSON_ONLY },
});

const SAID = { ...CONNECTION };

export const FLEET_STOP = command({
  name: 'fleet stop',
  about: 'end all running slices and the hub; what was counted is kept',
  operands: [],
  options: SAID,
});

export const FLEET_DRAIN = command({
  name: 'fleet drain',
  about: 'let the running slices end by themselves, and then the hub',
  operands: [],
  options: SAID,
});

export const FLEET_PAUSE = command({
  name: 'fleet pause',
  about: 'end all running slices and start none until fleet resume',
  operands: [],
  options: SAID,
});

export const FLEET_RESUME = command({
  name: 'fleet resume',
  about: 'go on after fleet pause',
  operands: [],
  options: SAID,
});

export type ConnectionFlags = Flags<typeof FLEET_STOP>;
export type HubFlags = Flags<typeof FLEET_HUB>;
export type WorkFlags = Flags<typeof FLEET_WORK>;
export type FleetStatusFlags = Flags<typeof FLEET_STATUS>;
