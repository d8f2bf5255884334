/** A script parsed and printed, by a program that TinyGo has compiled. */
import { required } from '../../test/packages/program.js';

interface Package {
  readonly print: (text: string, options?: object) => Promise<string>;
}

const part = `for f in "$@" ; do
if [ -f "$f" ]
then wc -w <"$f" | awk '{ print $1 }'; else echo "no $f" >&2; fi
done
`;

export function start(): Promise<() => unknown> {
  const { print } = required<Package>('sh-syntax');
  const script = part.repeat(100);
  return Promise.resolve(async () => (await print(script, { filepath: 'many.sh' })).length);
}
