/** What the sockets of guests may reach. */
import { UsageError } from '../base/errors.js';
import { type OptionNames, optionsOf } from '../base/options.js';
import { requireNetwork } from '../load/permission.js';
import { textOf } from './directory.js';

/** Addresses and names that the sockets of a guest may use: none that is not here. */
export interface WasiNetwork {
  /**
   * Addresses to be bound to, connected to and sent to, as ranges: `10.0.0.0/8`, `::1/128`. Those of
   * version 4 count however a guest writes them.
   */
  readonly addresses?: readonly string[] | undefined;
  /**
   * Names that may be looked up: `example.org`, `*.example.org`, `*`. What is found has to be among
   * `addresses` as well, before a guest can speak to it.
   */
  readonly names?: readonly string[] | undefined;
}

const networkNames: OptionNames<WasiNetwork> = { addresses: true, names: true };

function textsOf(texts: readonly string[] | undefined, what: string): string[] {
  if (texts === undefined) return [];
  if (!Array.isArray(texts)) throw new UsageError(`${what} has to be an array of strings`);
  return texts.map((text, index) => textOf(text, `${what}[${index}]`));
}

/** As the addon takes it. */
export interface GivenNetwork {
  readonly addresses: readonly string[];
  readonly hostNames: readonly string[];
}

export function networkOf(network: WasiNetwork | undefined): GivenNetwork {
  const { addresses, names } = optionsOf<WasiNetwork>(network, networkNames, 'network');
  const made = {
    addresses: textsOf(addresses, 'network.addresses'),
    hostNames: textsOf(names, 'network.names'),
  };
  if (made.addresses.length + made.hostNames.length > 0) requireNetwork();
  return made;
}
