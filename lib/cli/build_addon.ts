/** `wembed build-addon`: the addon compiled here, for systems that the package has no binary for. */
import { Command } from 'commander';
import { compileAddon } from '../addon/compile.js';
import { compiledPath, packageFolder } from '../addon/file.js';
import { Failure } from './failure.js';

export function buildAddonCommand(): Command {
  return new Command('build-addon')
    .summary('compile the addon on this system')
    .description(
      'Compiles the addon from the sources in the package, which takes minutes. It stays in the ' +
        "package's folder and is preferred to the binary that came with the package. python3, make " +
        'and a C++20 compiler are needed.',
    )
    .action(() => {
      if (packageFolder === undefined) throw new Failure('this is not an installed package');
      compileAddon(packageFolder, true);
      console.log(`wembed: compiled ${compiledPath ?? ''}`);
    });
}
