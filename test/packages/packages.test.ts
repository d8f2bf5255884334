/** Programs with packages that are development dependencies; `npm run test:packages` has the others. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { compare, compileAll, root } from './compare';
import { programs } from './programs';

const small = Object.entries(programs).filter(([, program]) => program.small);

beforeAll(() => {
  if (!existsSync(join(root, 'dist'))) throw new Error('npm run compile comes first');
  compileAll();
});

test.each(small)('%s says on wembed what it says on Node', async (name) => {
  await compare(name, root);
});
