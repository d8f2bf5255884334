/** Perl's interpreter: a script and what it requires, from a directory of the system's. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bytesOf, tell } from '../program.js';
import { startGuest } from '../wasi_guest.js';

const script = `
use strict; use warnings; use List::Util qw(sum);
use lib '/src/lib'; require Greet;
print "perl $^V on $^O\\n", Greet::hello('wembed'), "\\n";
print sum(grep { $_ % 2 == 0 } map { $_ * $_ } 1..20), "\\n";
open(my $out, '>', '/src/out.txt') or die; print $out join(',', sort { $a <=> $b } 3, 1, 2); close $out;
open(my $in, '<', '/src/out.txt') or die; print <$in>, "\\n"; close $in;
opendir(my $folder, '/src') or die; print join(' ', sort grep { !/^\\./ } readdir $folder), "\\n";
print -e '/src/missing' ? "there\\n" : "missing: $!\\n";
my %count; $count{$_}++ for split ' ', 'the quick brown fox the lazy dog the end';
my ($most) = sort { $count{$b} <=> $count{$a} || $a cmp $b } keys %count; print "$most $count{$most}\\n";
(my $text = 'a1b22') =~ s/(\\d+)/$1*2/ge; print "$text ", sprintf('%.3f %05d %x', 3.14159, 42, 255), "\\n";
eval { die "from perl\\n" }; print "caught $@";
1;
`;

export async function run(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'wembed-perl-'));
  try {
    writeFileSync(join(directory, 'main.pl'), script);
    mkdirSync(join(directory, 'lib'));
    writeFileSync(
      join(directory, 'lib', 'Greet.pm'),
      'package Greet; sub hello { "hello, $_[0]" } 1;\n',
    );
    const bytes = bytesOf('@6over3/zeroperl-ts/dist/esm/zeroperl.wasm');
    const imports = () => ({ env: { call_host_function: () => 0 } });
    const { functions, memory, end } = await startGuest({ bytes, imports, directory });
    tell('begun', functions['zeroperl_init']?.());
    const path = '/src/main.pl\0';
    const at = functions['malloc']?.(path.length) ?? 0;
    memory().write(path, at);
    tell('state', functions['zeroperl_run_file']?.(at, 0, 0));
    tell('flushed', functions['zeroperl_flush']?.());
    tell('output', end());
  } finally {
    rmSync(directory, { recursive: true });
  }
}
