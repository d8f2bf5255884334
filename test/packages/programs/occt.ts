/** A CAD kernel in C++ whose module has 48,497 handlers of the legacy kind. */
import { required, tell } from '../program.js';
import { stepFile } from '../step_file.js';

type Read = (content: Uint8Array, parameters: object | null) => unknown;

interface Occt {
  readonly ReadStepFile: Read;
  readonly ReadBrepFile: Read;
  readonly ReadIgesFile: Read;
}

export async function run(): Promise<void> {
  const occt = await required<() => Promise<Occt>>('occt-import-js')();
  const text = (lines: readonly string[]): Uint8Array => new TextEncoder().encode(lines.join('\n'));
  const file = stepFile();
  tell('step', occt.ReadStepFile(text(file), null));
  tell('in metres', occt.ReadStepFile(text(file), { linearUnit: 'meter' }));
  tell('nothing', occt.ReadStepFile(text(['not a step file']), null));
  tell('cut short', occt.ReadStepFile(text(file.slice(0, 30)), null));
  tell('brep', occt.ReadBrepFile(text(['DBRep_DrawableShape', '', 'CASCADE Topology V1']), null));
  tell('iges', occt.ReadIgesFile(text(['not an iges file']), null));
}
