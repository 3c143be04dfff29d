import { afterAll } from '@jest/globals';
import nock from 'nock';

/** No test reaches anything but this machine: `fetch` and `node:http` to another host fail at once. */
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/;

nock.disableNetConnect();
nock.enableNetConnect((host) => LOOPBACK.test(host));

// `node:http` is shared by all test files of one worker: without this, each file would wrap the one before.
afterAll(() => nock.restore());
