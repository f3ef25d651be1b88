/** What `explore` cannot search, with the reason in one line. Thrown by lib/explore, shown by commands. */

import { RunFault } from '../../machine/fault.js';

/** The race has something of which a search of all states would say what is not true. */
export class ExploreRefusal extends RunFault {
  override readonly name: string = 'ExploreRefusal';
}
