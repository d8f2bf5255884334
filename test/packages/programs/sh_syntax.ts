/** A parser of shell scripts, compiled by TinyGo. */
import { required, tell } from '../program.js';

interface Package {
  readonly parse: (text: string, options?: object) => Promise<object>;
  readonly print: (text: string, options?: object) => Promise<string>;
}

const script = `#!/bin/sh
# counts words
for f in "$@" ; do
if [ -f "$f" ]
then wc -w <"$f" | awk '{ print $1 }'; else echo "no $f" >&2; fi
done
`;

export async function run(): Promise<void> {
  const { parse, print } = required<Package>('sh-syntax');
  const tree = await parse(script, { filepath: 'count.sh' });
  tell('tree', JSON.stringify(tree).slice(0, 4000));
  tell('printed', await print(script, { filepath: 'count.sh', indent: 2 }));
  try {
    await parse('if true; then', { filepath: 'broken.sh' });
  } catch (error) {
    tell('error', (error as Error).message);
  }
}
