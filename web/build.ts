// Builds the console into dist/web, only when a source is newer than the last build. Run: node web/build.ts
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const web = fileURLToPath(new URL('.', import.meta.url));
const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
const out = join(dist, 'web');
const stamp = join(out, '.stamp');

/** Names the state of the sources: a folder's own time changes when a file in it is removed. */
function sourceStamp(): string {
  const times = readdirSync(web, { recursive: true, withFileTypes: true }).map(
    (entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs,
  );
  const lock = statSync(join(root, 'package-lock.json')).mtimeMs;
  return `${times.length} sources, newest ${Math.max(lock, ...times)}`;
}

function lastStamp(): string | undefined {
  try {
    return readFileSync(stamp, 'utf8');
  } catch {
    return undefined; // never built
  }
}

/** Builds beside the old build and then takes its place, so that a running server never serves half of one. */
async function build(): Promise<void> {
  const { build: viteBuild } = await import('vite');
  const beside = join(dist, `.web-${process.pid}`);
  const before = sourceStamp();
  const started = performance.now();
  try {
    await viteBuild({ configFile: join(web, 'vite.config.ts'), logLevel: 'warn', build: { outDir: beside } });
    writeFileSync(join(beside, '.stamp'), before);
    takePlace(beside, before);
  } finally {
    rmSync(beside, { recursive: true, force: true });
  }
  // Beside what a command prints: that may be read by a program.
  console.error(`The console was built into dist/web in ${((performance.now() - started) / 1000).toFixed(1)} s`);
}

function takePlace(beside: string, built: string): void {
  rmSync(out, { recursive: true, force: true });
  try {
    renameSync(beside, out);
  } catch (error) {
    if (lastStamp() !== built) throw error; // else another process built the same sources at the same moment
  }
}

mkdirSync(dist, { recursive: true });
if (lastStamp() !== sourceStamp()) await build();
