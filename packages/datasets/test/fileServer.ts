import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How the server treats its next requests; whole and honest by default. */
interface Behaviour {
  /** Close the connection after so many bytes of the body. */
  breakAfter?: number;
  /** Ignore ranges. */
  noRanges?: boolean;
  /** Answer with this status and nothing else. */
  status?: number;
  /** Send other bytes. */
  content?: Uint8Array;
  /** Announce a range that was not asked for. */
  wrongRange?: boolean;
}

/** A server of one file on 127.0.0.1 that can be told to fail; it remembers the ranges that it was asked for. */
export async function serveFile(content: Uint8Array) {
  let behaviour: Behaviour = {};
  const ranges: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    const { breakAfter, noRanges, status, wrongRange } = behaviour;
    const bytes = behaviour.content ?? content;
    ranges.push(request.headers.range);
    if (status !== undefined) {
      response.writeHead(status).end();
      return;
    }
    const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const start = noRanges ? 0 : from;
    const body = bytes.subarray(start);
    const claimed = wrongRange ? start + 1 : start;
    response.writeHead(start > 0 ? 206 : 200, {
      'content-length': body.length,
      ...(start > 0 && {
        'content-range': `bytes ${claimed}-${bytes.length - 1}/${bytes.length}`,
      }),
    });
    if (breakAfter === undefined) response.end(body);
    else response.write(body.subarray(0, breakAfter), () => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ranges,
    behave: (next: Behaviour) => {
      behaviour = next;
      ranges.length = 0;
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
