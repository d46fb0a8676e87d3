import { describe, expect, it } from 'vitest';
import { accountFrom, serverAccount } from '../../../../src/local/engine/account.js';

describe('the account of a server that root starts', () => {
  it('is nobody', () => {
    const passwd =
      'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65533::/:/sbin/nologin\nann:x:1000:1000::/home/ann:/bin/sh\n';
    expect(accountFrom(passwd)).toEqual({ uid: 65534, gid: 65533 });
  });
  it('is nobody where that has a negative number, as on macOS', () => {
    expect(accountFrom('nobody:*:-2:-2:Unprivileged User:/var/empty:/usr/bin/false\n')).toEqual({
      uid: -2,
      gid: -2,
    });
  });
  it('is another account that is not root where there is no nobody', () => {
    expect(accountFrom('root:x:0:0::/:/bin/sh\ntoor:x:0:0::/:/bin/sh\nann:x:1000:100::/:/bin/sh\n')).toEqual({
      uid: 1000,
      gid: 100,
    });
  });
  it.each(['', '\n\n', '# a comment\nroot:x:0:0::/:/bin/sh', ':::', 'x:x:a:b::'])(
    'is 65534 where the file names none: %j',
    (passwd) => {
      expect(accountFrom(passwd)).toEqual({ uid: 65534, gid: 65534 });
    },
  );
  it('is only for root', () => {
    expect(serverAccount() === undefined).toBe(process.geteuid?.() !== 0);
  });
});
