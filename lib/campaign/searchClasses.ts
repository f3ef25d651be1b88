/** The search for the classes of orders of a row. Called by soaks, and by the processes of a fleet's slices. */

import type { ClassesOf } from '../soak/classBook.js';

/** Explores a row. The search is loaded only where it is asked for. */
export const searchClasses: ClassesOf = async ({ race, plan }, hooks) => {
  const { meterFor } = await import('../run/order/meter.js');
  const meter = await meterFor(race, plan, hooks);
  return 'reason' in meter ? (meter.reason ?? '') : meter;
};
