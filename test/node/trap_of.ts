/** What a call traps with. */
import { Trap } from '../../lib';

export function trapOf(run: () => unknown): Trap {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(Trap);
    return error as Trap;
  }
  throw new Error('there was no trap');
}
