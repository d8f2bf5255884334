/**
 * A host function that waits: the guest asks for records which the host looks up asynchronously.
 * It has its own data and the guest's memory in one call, across every `await`, and no longer.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type AsyncCaller, Runtime, Trap, UsageError } from 'wembed';
import { assemble } from '../assemble';

interface Functions {
  collect(at: number): number;
  missing(): number;
}

/** The host's data of each instance. */
interface Session {
  readonly user: string;
  readonly records: ReadonlyMap<number, string>;
  log: string[];
}

type SessionCaller = AsyncCaller<Session>;

let kept: SessionCaller | undefined;

/** fetch(id, at, room): the record's bytes are written where the guest wants them. */
async function fetchRecord(
  caller: SessionCaller,
  id: number,
  at: number,
  room: number,
): Promise<number> {
  kept = caller;
  const { data, memory } = caller.dataAndMemory();
  data.log.push(`${data.user} asks for ${id}`);
  await sleep(5); // a database, a file, another machine
  const text = data.records.get(id);
  if (text === undefined) throw new Error(`there is no record ${id}`);
  const bytes = new TextEncoder().encode(text).subarray(0, room);
  memory.writeBytes(at, bytes);
  return bytes.length;
}

async function main(): Promise<void> {
  const runtime = new Runtime();
  const module = runtime.load(await assemble('examples/node/async_host.wat'));
  const session: Session = {
    user: 'ada',
    records: new Map([
      [1, 'one, '],
      [2, 'two, '],
      [3, 'three'],
    ]),
    log: [],
  };
  // asyncOnly: whoever has the instance cannot call it in a way in which the guest cannot wait.
  const instance = module.instantiate<Functions, Session>({
    asyncOnly: true,
    data: session,
    imports: { host: { fetch: fetchRecord } },
  });

  const length = await instance.callAsync('collect', [256]);
  console.log(`the guest collected '${instance.memory.readString(256, length)}'`);
  console.log(session.log.join('; '));

  const error: unknown = await instance.callAsync('missing').catch((reason: unknown) => reason);
  if (!(error instanceof Trap)) throw new Error('it should have trapped');
  console.log(`a failure is the cause of a trap: ${String(error.cause)}`);

  try {
    kept?.dataAndMemory();
  } catch (late) {
    if (late instanceof UsageError) console.log(`afterwards: ${late.message}`);
  }
  runtime.close();
}

void main();
