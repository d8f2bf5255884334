/**
 * A command of WASI that is given files in memory: what it prints is kept, its exit code is no error,
 * and what it was given for one run is there again for the next.
 */
import { Output, Runtime, hostDirectory, memoryDirectory } from 'wembed';
import { assemble } from '../assemble';

async function main(): Promise<void> {
  using runtime = new Runtime();
  // Reads note.txt in the first directory, prints it and ends with its length.
  const module = runtime.load(await assemble('examples/c/wasi.wat'));
  const stdout = new Output();
  const files = memoryDirectory({ 'note.txt': 'from memory\n', docs: { 'a.txt': 'text' } });
  const instance = module.instantiate({
    wasi: {
      args: ['reader'],
      preopens: { '/': files, '/examples': hostDirectory(__dirname, { readOnly: true }) },
      stdout,
    },
  });
  const { exitCode } = instance.start({ deadline: 1000 });
  console.log(`it printed ${JSON.stringify(stdout.text)} and ended with ${exitCode}`);

  // The instance's own files, seen by the host.
  const directory = instance.directory('/');
  directory.writeFile('note.txt', 'by the host\n');
  console.log(
    directory
      .list()
      .map(({ name, kind }) => `${name} (${kind})`)
      .join(', '),
  );

  // As it was in the beginning.
  instance.reset();
  stdout.clear();
  console.log(
    `again: ${instance.start().exitCode}, ${instance.directory('/').readText('note.txt')}`,
  );
}

void main();
