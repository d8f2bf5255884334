/** Sockets that guests open. Everything stays on the machine. */
import { readFileSync } from 'node:fs';
import { type AddressInfo, type Server, type Socket, createServer } from 'node:net';
import { join } from 'node:path';
import { type Instance, Runtime, Trap, UsageError, type WasiNetwork } from '../../lib';
import { assemble } from './assemble';

type Calls = Record<string, (...args: (number | bigint)[]) => number>;

const runtime = new Runtime();
let bytes: Uint8Array;
let server: Server;
const connections: Socket[] = [];

beforeAll(async () => {
  bytes = await assemble(readFileSync(join(__dirname, '../modules/wasi_calls.wat'), 'utf8'));
  server = createServer((socket) => {
    connections.push(socket);
    socket.on('data', (chunk) => socket.write(chunk.toString().toUpperCase()));
    socket.on('error', () => undefined);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
});
afterAll(async () => {
  for (const socket of connections) socket.destroy();
  await new Promise((done) => server.close(done));
  runtime.close();
});

const ADDRESS = 0x60;
const BUFFER = 0x4000;
const RESULT = 0x10;
const VECTOR = 0x20;

function guestOf(network: WasiNetwork | undefined): Instance<Calls, unknown> {
  return runtime.load(bytes).instantiate<Calls>({ wasi: { network } });
}

function viewOf(instance: Instance<Calls, unknown>): DataView {
  return new DataView(instance.memory.buffer);
}

/** 127.0.0.1, and the server's port. */
function address(instance: Instance<Calls, unknown>): number {
  const view = viewOf(instance);
  view.setUint32(ADDRESS, 0, true);
  view.setUint32(ADDRESS + 4, 0x0100007f, true);
  view.setUint16(ADDRESS + 8, (server.address() as AddressInfo).port, true);
  return ADDRESS;
}

function open(instance: Instance<Calls, unknown>): number {
  expect(instance.call('sock_open', [0, 0, 1, RESULT])).toBe(0);
  return viewOf(instance).getUint32(RESULT, true);
}

test('nothing is reached that was not given', () => {
  for (const network of [undefined, {}, { addresses: ['10.0.0.0/8'] }, { names: ['*'] }]) {
    const instance = guestOf(network);
    const socket = open(instance);
    expect(instance.call('sock_connect', [socket, address(instance)])).toBe(2);
    expect(instance.call('sock_bind', [socket, address(instance)])).toBe(2);
    instance.close();
  }
});

test('a guest talks to a server of the same process', async () => {
  const instance = guestOf({ addresses: ['127.0.0.1/32'] });
  const socket = open(instance);
  expect(await instance.callAsync('sock_connect', [socket, address(instance)])).toBe(0);
  // A call on another thread takes the memory's buffer with it, so each has a view of its own.
  const vector = (size: number): number => {
    viewOf(instance).setUint32(VECTOR, BUFFER, true);
    viewOf(instance).setUint32(VECTOR + 4, size, true);
    return VECTOR;
  };
  new Uint8Array(instance.memory.buffer).set(Buffer.from('hello'), BUFFER);
  expect(await instance.callAsync('fd_write', [socket, vector(5), 1, RESULT])).toBe(0);
  expect(await instance.callAsync('fd_read', [socket, vector(100), 1, RESULT])).toBe(0);
  const length = viewOf(instance).getUint32(RESULT, true);
  expect(Buffer.from(instance.memory.buffer, BUFFER, length).toString()).toBe('HELLO');
  // Nothing more comes, and who waits for it can be stopped.
  const waiting = instance.callAsync('fd_read', [socket, VECTOR, 1, RESULT], { deadline: 20 });
  await expect(waiting).rejects.toThrow(Trap);
  expect(instance.call('fd_close', [socket])).toBe(0);
});

test('ranges and names are checked', () => {
  for (const range of ['localhost/8', '10.0.0.1', '10.0.0.0/33', '']) {
    expect(() => guestOf({ addresses: [range] })).toThrow(UsageError);
  }
  const wrong: unknown[] = [{ addresses: '127.0.0.1/32' }, { names: [1] }, { hosts: [] }];
  for (const network of wrong) expect(() => guestOf(network as WasiNetwork)).toThrow(UsageError);
});
