/**
 * Checks a whole store: pages, schema, values, relations. Called by openFile.ts when a store is opened, and by
 * database.ts.
 */

import { wrongContents } from './contents.js';
import { MIGRATIONS } from './migrations.js';
import { RowReader } from './rowReader.js';
import { openSqlite } from './sqlite.js';

/**
 * Returns the first fault of a store of the newest version, in one line; null if there is none. It checks in this order: pages, tables
 * and indexes by SQLite itself; tables and columns of the version; type and range of every value; references between rows. A plausible
 * wrong value cannot be detected.
 */
export function unsoundness(reader: RowReader): string | null {
  return wrongPages(reader) ?? wrongSchema(reader, MIGRATIONS.length) ?? wrongContents(reader);
}

/** Returns the fault that SQLite itself finds in the file; null if there is none. */
export function wrongPages(reader: RowReader): string | null {
  const [{ what }] = reader.all('SELECT integrity_check AS what FROM pragma_integrity_check');
  if (what !== 'ok') return String(what).replace('*** in database main ***', '').trim().replaceAll('\n', '; ');
  const [{ encoding }] = reader.all('SELECT encoding FROM pragma_encoding');
  return encoding === 'UTF-8' ? null : `its texts are ${String(encoding)}, must be UTF-8`;
}

/** Returns how the tables differ from those of a version; null if they do not. Other tables and indexes are allowed. */
export function wrongSchema(reader: RowReader, version: number): string | null {
  const db = openSqlite(':memory:');
  try {
    for (const migration of MIGRATIONS.slice(0, version)) db.exec(migration);
    const known = new RowReader(db);
    for (const name of tablesOf(known)) {
      const [columns, found] = [known, reader].map((each) => JSON.stringify(columnsOf(each, name)));
      if (columns !== found) return `its table ${name} differs from that of version ${version}`;
    }
  } finally {
    db.close();
  }
  const [trigger] = reader.all("SELECT 1 AS found FROM sqlite_schema WHERE type = 'trigger' LIMIT 1");
  return trigger === undefined ? null : 'it has a trigger, and no version has one';
}

function tablesOf(reader: RowReader): string[] {
  const sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name";
  return reader.all(sql).map(({ name }) => String(name));
}

function columnsOf(reader: RowReader, table: string): unknown {
  const isTable =
    reader.all("SELECT 1 AS found FROM sqlite_schema WHERE type = 'table' AND name = ?", table).length === 1;
  const sql = 'SELECT name, type, "notnull", dflt_value, pk, hidden FROM pragma_table_xinfo(?)';
  return isTable ? reader.all(sql, table) : null;
}
