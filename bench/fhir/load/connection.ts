import { connect, type Socket } from 'node:net';
import type { Wanted } from './requests.ts';

export interface Said {
  readonly status: number;
  readonly body: string;
}

/**
 * One connection that is kept until the server says that it closes it, and asked one thing after another: a client as cheap as it
 * can be, so that the machine is left to what is measured. It understands answers with a Content-Length, which is what is
 * measured here.
 */
export class Connection {
  readonly #origin: URL;
  readonly #head: string;
  #socket: Socket;
  #isClosing = false;
  #answer: Buffer = Buffer.alloc(0);
  #waiting: { resolve: (said: Said) => void; reject: (error: Error) => void } | undefined;

  constructor(origin: URL, token: string) {
    this.#origin = origin;
    this.#head = `host: ${origin.host}\r\nauthorization: Bearer ${token}\r\naccept: application/fhir+json\r\n`;
    this.#socket = this.#open();
  }

  ask({ method, path, body }: Wanted): Promise<Said> {
    const about =
      body === undefined ? '' : `content-type: application/fhir+json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n`;
    if (this.#isClosing) this.#socket = this.#open();
    const { promise, resolve, reject } = Promise.withResolvers<Said>();
    this.#waiting = { resolve, reject };
    this.#socket.write(`${method} ${path} HTTP/1.1\r\n${this.#head}${about}\r\n${body ?? ''}`);
    return promise;
  }

  close(): void {
    this.#waiting = undefined;
    this.#socket.destroy();
  }

  #open(): Socket {
    this.#isClosing = false;
    this.#answer = Buffer.alloc(0);
    const socket = connect({ host: this.#origin.hostname, port: Number(this.#origin.port), noDelay: true });
    const fail = (error: Error): void => {
      if (socket === this.#socket) this.#waiting?.reject(error);
    };
    socket.on('data', (chunk) => this.#take(chunk));
    socket.on('error', fail);
    socket.on('close', () => fail(new Error('The server closed the connection.')));
    return socket;
  }

  #take(chunk: Buffer): void {
    this.#answer = this.#answer.length === 0 ? chunk : Buffer.concat([this.#answer, chunk]);
    const headEnd = this.#answer.indexOf('\r\n\r\n');
    if (headEnd < 0) return;
    const head = this.#answer.toString('latin1', 0, headEnd);
    const bodyAt = headEnd + 4;
    const end = bodyAt + Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0);
    if (this.#answer.length < end) return;
    const said = { status: Number(head.slice(9, 12)), body: this.#answer.toString('utf8', bodyAt, end) };
    this.#answer = this.#answer.subarray(end);
    this.#isClosing = /\r\nconnection: close/i.test(head);
    const asked = this.#waiting;
    this.#waiting = undefined;
    asked?.resolve(said);
  }
}
