/** SQLite. */
import { required, tell } from '../program.js';

interface Database {
  run(sql: string, values?: readonly unknown[]): void;
  exec(sql: string): unknown;
  create_function(name: string, fn: (...args: number[]) => unknown): void;
  export(): Uint8Array;
}

export async function run(): Promise<void> {
  const sql = await required<() => Promise<{ Database: new () => Database }>>('sql.js')();
  const database = new sql.Database();
  database.run('CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT, weight REAL)');
  for (let i = 0; i < 500; i++) {
    database.run('INSERT INTO things VALUES (?, ?, ?)', [i, `thing ${i * 7919}`, i / 3]);
  }
  database.create_function('twice', (x) => x * 2);
  tell('sum', database.exec('SELECT sum(twice(weight)), count(*), max(name) FROM things'));
  tell('rows', database.exec('SELECT * FROM things WHERE name LIKE "%99%" ORDER BY name LIMIT 9'));
  try {
    database.exec('SELECT * FROM nothing');
  } catch (error) {
    tell('error', (error as Error).message);
  }
  tell('file', database.export());
}
