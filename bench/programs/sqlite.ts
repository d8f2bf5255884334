/** A database in memory: rows in, searched, joined, sorted and out again. */
import { required } from '../../test/packages/program.js';

interface Database {
  run(sql: string, values?: readonly unknown[]): void;
  exec(sql: string): unknown;
}

export async function start(): Promise<() => unknown> {
  const sql = await required<() => Promise<{ Database: new () => Database }>>('sql.js')();
  const database = new sql.Database();
  database.run('CREATE TABLE a (id INTEGER PRIMARY KEY, name TEXT, weight REAL)');
  database.run('CREATE TABLE b (id INTEGER PRIMARY KEY, a INTEGER, note TEXT)');
  const rows = (count: number): string =>
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})`;
  return () => {
    database.run('BEGIN');
    database.run(`INSERT INTO a ${rows(2000)} SELECT i, 'thing ' || (i * 7919 % 2003), i / 3.0 FROM n`);
    database.run(`INSERT INTO b ${rows(2000)} SELECT i, i * 31 % 2000, hex(i * i) FROM n`);
    database.run('CREATE INDEX names ON a (name)');
    const found = database.exec(
      `SELECT count(*), sum(a.weight), max(b.note) FROM a JOIN b ON b.a = a.id WHERE a.name LIKE '%99%'
       UNION ALL SELECT count(DISTINCT name), avg(weight), min(name) FROM a WHERE name > 'thing 5'`,
    );
    const sorted = database.exec('SELECT note FROM b ORDER BY note DESC LIMIT 5 OFFSET 1000');
    database.run('ROLLBACK');
    return [found, sorted];
  };
} // prettier-ignore
