/**
 * Is get() and then set() of a SharedMap an increment? No: each call is safe by itself, and both together need the map's own lock.
 * Run: npm install; npx racehammer run ./sharedmap.js
 */
import { hammer } from 'racehammer/js';
import SharedMap from 'sharedmap';
export default hammer({
  name: 'sharedmap',
  question: 'Is get() and set() of a SharedMap an increment?',
  share: () => new SharedMap(64, 16, 16),
  open: (shared) => Object.setPrototypeOf(shared, SharedMap.prototype),
  before: ({ state: map }) => map.set('n', '0'),
  variants: { plain: { fails: 'lost-update' }, locked: {} },
  threads: { hit: 2 },
  actors: {
    hit({ state: map, variant }) {
      const options = variant === 'locked' ? { lockExclusive: true } : undefined;
      if (variant === 'locked') map.lockExclusive();
      map.set('n', String(Number(map.get('n', options)) + 1), options);
      if (variant === 'locked') map.unlockExclusive();
    },
  },
  after: ({ state: map }) => map.get('n') === '2' || `lost-update: n is ${map.get('n')}`,
});
