/** The site: what is searched, and its side bar, which follows the page of links in docs/README.md. Read by VitePress. */

import { readFileSync } from 'node:fs';
import { linksOf } from '../pages.mjs';

const docs = readFileSync(new URL('../../docs/README.md', import.meta.url), 'utf8');

export default {
  title: 'racehammer',
  description: 'A parallel stress tester: worker threads as the CPUs of a simulated SMP machine',
  srcDir: 'pages',
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [
      { text: 'Documentation', link: '/docs/' },
      { text: 'SDK and API', link: '/sdk/modules' },
      { text: 'Races', link: '/stress/' },
      { text: 'Changes', link: '/CHANGELOG' },
    ],
    sidebar: [
      { text: 'Documentation', items: linksOf('docs/README.md', docs) },
      { text: 'Reference', items: [{ text: 'SDK and API', link: '/sdk/modules' }] },
    ],
  },
};
