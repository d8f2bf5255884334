/** `node main.js NAME`: runs one program. */
import { createRequire } from 'node:module';
import { join } from 'node:path';

const name = process.argv[2] ?? '';
const path = join(__dirname, 'programs', `${name}.js`);
const program = createRequire(__filename)(path) as { run(): Promise<void> };

program.run().then(
  // Some packages keep workers.
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
