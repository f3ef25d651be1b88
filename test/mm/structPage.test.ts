/**
 * Goal: a page counts its references and mappings, and belongs to nobody once the last reference is gone; what is taken
 * away too often shows in the counts. Method: one CPU takes a page through its life.
 */
import test from 'ava';
import {
  PAGE_MAPPING_ANON,
  PG_swapbacked,
  PG_uptodate,
  STRUCT_PAGE,
  page_add_new_anon_rmap,
  page_remove_rmap,
  put_page,
} from '../../lib/mm/structPage.js';
import { boot } from '../machine/boot.js';

test('mapped, unmapped, freed', (t) => {
  const { cpus, mem, at } = boot({ cpus: 1 });
  const [cpu] = cpus;
  page_add_new_anon_rmap(cpu, at, 100);
  t.is(mem[at + STRUCT_PAGE.mapping], 200 | PAGE_MAPPING_ANON);
  t.is(mem[at + STRUCT_PAGE.flags], PG_uptodate | PG_swapbacked);
  t.is(page_remove_rmap(cpu, at), 0);
  t.is(put_page(cpu, at), 0);
  t.deepEqual([mem[at + STRUCT_PAGE.mapping], mem[at + STRUCT_PAGE.flags]], [0, 0]);
});

test('a page that others refer to stays; one mapping too many taken away is a negative count', (t) => {
  const { cpus, mem, at } = boot({ cpus: 1 });
  const [cpu] = cpus;
  page_add_new_anon_rmap(cpu, at, 100);
  mem[at + STRUCT_PAGE.count] = 2;
  t.is(put_page(cpu, at), 1);
  t.not(mem[at + STRUCT_PAGE.mapping], 0);
  t.is(page_remove_rmap(cpu, at), 0);
  t.is(page_remove_rmap(cpu, at), -1);
  t.is(put_page(cpu, at), 0);
  t.is(put_page(cpu, at), -1);
});
