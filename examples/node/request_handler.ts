/**
 * A server's request handler: each request has an instance of its own, lent by a pool. An instance
 * that is given back is reset at once, so that the next request sees nothing of the one before.
 */
import { type Caller, InstancePool, type Offset, Runtime, UsageError, type u8 } from 'wembed';
import { assemble } from '../assemble';

interface Handler {
  handle(at: Offset<u8>, length: number): void;
}

/** What the host knows of a request; its host functions get it from their caller. */
interface Request {
  readonly user: string;
}

async function main(): Promise<void> {
  // Slots for the memories, so that taking and cleaning one is quick.
  using runtime = new Runtime({
    memory: { strategy: 'ladder', pool: { slots: 16 } },
    log: (_level, line) => {
      console.log(line);
    },
  });
  const module = runtime.load(await assemble('examples/node/request_handler.wat'));
  const log = (caller: Caller<Request>, handled: number): void => {
    console.log(`${caller.data.user}: request ${handled} of this instance`);
    if (handled !== 1) process.exitCode = 1;
  };
  await using pool = new InstancePool<Handler, Request>(module, {
    instantiate: { heapSize: 16384, data: { user: 'nobody' }, imports: { env: { log } } },
    max: 2,
    minIdle: 1,
    recycleAfterUses: 1000,
    waitTimeout: 5000,
  });

  async function serve(user: string, text: string): Promise<string> {
    // Waits here when both instances are lent.
    using instance = await pool.acquire({ data: { user } });
    using body = instance.dup(new TextEncoder().encode(text));
    instance.exports.handle(body.offset, body.length);
    return new TextDecoder().decode(body.view.slice());
  }

  const answers = await Promise.all([
    serve('ada', 'first'),
    serve('ben', 'second'),
    serve('cid', 'third'),
    serve('dan', 'fourth'),
  ]);
  console.log(answers.join(' '));

  // What a handler keeps by mistake is of no use to it.
  const instance = await pool.acquire();
  const { memory } = instance;
  const { bytes } = memory;
  instance.release();
  try {
    memory.readBytes(0, 16);
    process.exitCode = 1;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.log(`after release: ${bytes.length} bytes to see, "${error.message}"`);
  }
  const { created, reused } = pool.stats;
  console.log(`${created} instances served ${created + reused} times`);
}

void main();
