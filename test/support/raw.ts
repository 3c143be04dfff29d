import { connect, type Socket } from 'node:net';

/** What one connection says. */
export interface Raw {
  readonly socket: Socket;
  /** All that was heard on it until now. */
  heard(): string;
  /** What was heard when it is closed by the other side. */
  readonly closed: Promise<string>;
}

/** Opens a connection to a server on this machine, to say on it what no client library would. */
export function openRaw(url: string): Raw {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  let heard = '';
  socket.setEncoding('utf8').on('data', (chunk) => {
    heard += String(chunk);
  });
  socket.on('error', () => undefined);
  const closed = new Promise<string>((resolve) => void socket.once('close', () => resolve(heard)));
  return { socket, heard: () => heard, closed };
}

/** Says something on a connection of its own that the other side closes after the last answer. @returns all it answered */
export function sayRaw(url: string, ...said: readonly (string | Uint8Array)[]): Promise<string> {
  const raw = openRaw(url);
  for (const each of said) raw.socket.write(each);
  return raw.closed;
}

/** An answer as it came over a connection. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The answers in what was heard on a connection, by the lengths they announce. @param toHead those, from 0, that HEAD was answered by */
export function answersIn(heard: string, toHead: readonly number[] = []): RawAnswer[] {
  const answers: RawAnswer[] = [];
  let rest = Buffer.from(heard);
  for (let end = rest.indexOf('\r\n\r\n'); end >= 0; end = rest.indexOf('\r\n\r\n')) {
    const [first = '', ...lines] = rest.subarray(0, end).toString().split('\r\n');
    const headers = Object.fromEntries(lines.map((line) => line.split(/: (.*)/s).slice(0, 2) as [string, string]));
    const named = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
    const to = end + 4 + (toHead.includes(answers.length) ? 0 : Number(named['content-length'] ?? 0));
    answers.push({
      status: Number(first.split(' ')[1]),
      headers: named,
      body: rest.subarray(end + 4, to).toString(),
    });
    rest = rest.subarray(to);
  }
  return answers;
}
