/** The errors of WASI's calls on files of the system, where openat2 may be missing. */
import { compareErrnos, withFolder } from '../wasi_errnos';

void withFolder(compareErrnos).then(({ count, problems }) => {
  console.log(problems.join('\n'));
  console.log(problems.length === 0 && count > 250 ? 'ok' : `${String(count)} compared`);
});
