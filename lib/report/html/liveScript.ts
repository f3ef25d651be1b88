/**
 * The script of a page that is served while its soak runs: it takes updates from the server, sorts and filters the rows. Used by
 * page/live.ts. It is a text, since it runs in a browser as it is; all that is shown is made on the server.
 */

/** Expects `data-id` and `data-since` on the body, and the elements that page/live.ts makes. */
export const LIVE_SCRIPT = `
'use strict';
(() => {
  const { id, since } = document.body.dataset;
  const at = (name) => document.getElementById(name);
  const rows = at(id + '-rows');
  const table = at(id + '-table');
  const say = (words) => { at('live').textContent = words; };
  const make = (text) => {
    const template = document.createElement('template');
    template.innerHTML = text;
    return template.content.firstElementChild;
  };
  const numberOf = (line) => line.id.slice((id + '-line-').length);

  // Which rows are shown, and in which order.
  let key = 'rank';
  let down = false;
  let sought = '';
  const shown = document.createElement('output');
  const compare = (a, b) => {
    const by = key === 'name'
      ? a.cells[0].textContent.localeCompare(b.cells[0].textContent)
      : Number(a.dataset[key]) - Number(b.dataset[key]);
    return (down ? -by : by) || Number(a.dataset.rank) - Number(b.dataset.rank) || Number(a.dataset.place) - Number(b.dataset.place);
  };
  const sort = () => {
    const lines = [...rows.rows];
    const sorted = [...lines].sort(compare);
    if (sorted.every((line, i) => line === lines[i])) return;
    const focused = document.activeElement;
    rows.append(...sorted);
    if (rows.contains(focused)) focused.focus({ preventScroll: true });
  };
  const choose = (line) => {
    line.hidden = !line.textContent.toLowerCase().includes(sought);
    const card = at(id + '-' + numberOf(line))?.closest('details.card');
    if (card) card.hidden = line.hidden;
  };
  const filter = () => {
    for (const line of rows.rows) choose(line);
    for (const race of document.querySelectorAll('details.race')) race.hidden = !race.querySelector('details.card:not([hidden])');
    const count = [...rows.rows].filter((line) => !line.hidden).length;
    shown.textContent = sought === '' ? '' : count + ' of ' + rows.rows.length + ' rows';
  };
  const heads = [...table.tHead.querySelectorAll('th[data-sort]')];
  for (const head of heads) {
    const button = document.createElement('button');
    button.type = 'button';
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener('click', () => {
      const first = head.dataset.sort !== 'name' && head.dataset.sort !== 'rank';
      down = key === head.dataset.sort ? !down : first;
      key = head.dataset.sort;
      for (const other of heads) other.removeAttribute('aria-sort');
      head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
      sort();
    });
  }
  const finder = make('<p class="finder"><label>Find rows <input type="search" spellcheck="false" autocomplete="off"></label></p>');
  finder.append(shown);
  finder.querySelector('input').addEventListener('input', ({ target }) => {
    sought = target.value.trim().toLowerCase();
    filter();
  });
  table.parentElement.before(finder);

  // The section of a row is loaded when it is opened, and again when its row has changed.
  const stale = new Set();
  const openIn = (part) => new Set([...part.querySelectorAll('details[open] > summary')].map((one) => one.textContent));
  const load = async (part) => {
    stale.delete(part);
    const answer = await fetch('row?id=' + part.dataset.row).catch(() => null);
    if (!answer || !answer.ok) {
      if (part.childElementCount === 0) part.textContent = 'The server does not answer.';
      return;
    }
    const text = await answer.text();
    if (part.contains(document.activeElement)) { stale.add(part); return; }
    const open = openIn(part);
    part.innerHTML = text;
    for (const summary of part.querySelectorAll('details > summary')) if (open.has(summary.textContent)) summary.parentElement.open = true;
  };
  const isOpen = (part) => part.closest('details.card').open;
  document.addEventListener('toggle', ({ target }) => {
    if (!target.matches('details.card') || !target.open) return;
    const part = target.querySelector('.row-body');
    if (part.childElementCount === 0 || stale.has(part)) load(part);
  }, true);
  setInterval(() => {
    for (const part of stale) if (isOpen(part) && !part.contains(document.activeElement)) load(part);
  }, 5000);
  // A link to a row opens its section, and all that it is folded into.
  const reveal = () => {
    const part = at(decodeURIComponent(location.hash.slice(1)));
    if (!part || !part.matches('.row-body')) return;
    for (let fold = part.closest('details'); fold; fold = fold.parentElement.closest('details')) fold.open = true;
    part.closest('details.card').scrollIntoView({ block: 'start' });
  };
  addEventListener('hashchange', reveal);
  reveal();

  // What has changed on the server takes the place of what is here.
  const swap = (name, text) => {
    const old = at(name);
    const fresh = make(text);
    if (!old) {
      if (fresh.matches('tr')) { rows.append(fresh); choose(fresh); }
      return;
    }
    const focused = old.contains(document.activeElement) ? document.activeElement : null;
    const href = focused && focused.getAttribute('href');
    old.replaceWith(fresh);
    fresh.scrollLeft = old.scrollLeft;
    if (focused) [...fresh.querySelectorAll('a')].find((link) => link.getAttribute('href') === href)?.focus({ preventScroll: true });
    if (fresh.matches('tr')) {
      choose(fresh);
      const part = at(id + '-' + numberOf(fresh));
      if (part && part.childElementCount > 0) stale.add(part);
    }
    const card = fresh.matches('.title') ? fresh.closest('details.card') : null;
    if (card) card.dataset.state = fresh.dataset.state;
  };
  const source = new EventSource('events?since=' + encodeURIComponent(since));
  const on = (kind, take) => source.addEventListener(kind, ({ data }) => take(JSON.parse(data)));
  on('parts', ({ parts, cards }) => {
    for (const text of cards) at(id + '-cards').append(make(text));
    for (const [name, text] of Object.entries(parts)) swap(name, text);
    document.title = at('title').textContent;
    sort();
    if (sought !== '') filter();
  });
  on('event', ({ line, words }) => {
    const events = at(id + '-events');
    events.querySelector('.nothing')?.remove();
    events.prepend(make(line));
    while (events.rows.length > 100) events.lastElementChild.remove();
    at('said').textContent = words;
  });
  on('now', ({ words, row }) => {
    at('now').textContent = words;
    for (const line of rows.querySelectorAll('tr[aria-current]')) line.removeAttribute('aria-current');
    at(id + '-line-' + row)?.setAttribute('aria-current', 'true');
  });
  on('end', ({ words }) => {
    source.close();
    at('now').textContent = '';
    say(words);
  });
  on('again', () => location.reload());
  source.addEventListener('open', () => say('Live.'));
  source.addEventListener('error', () => say('No connection since ' + new Date().toLocaleTimeString() + '; trying again.'));
})();
`;
