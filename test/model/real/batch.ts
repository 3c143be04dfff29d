import type { Command, Sequence } from '../commands.ts';
import { Differs, run } from '../run.ts';
import { meeting } from './meeting.ts';
import { type RealWorld, realHub } from './real-hub.ts';

/**
 * Lets many sequences happen at the same time, on one hub with one clock.
 * @returns what differs from the model, with what happened
 */
export async function runTogether(world: RealWorld, sequences: readonly Sequence[]): Promise<Different[]> {
  const clock = meeting(sequences.length, ['ask in vain', 'ask', 'time', 'doctor']);
  const all = sequences.map(async (sequence): Promise<Different[]> => {
    const played = { ...sequence, commands: sequence.commands.flatMap(onOneHub) };
    try {
      await run({ hub: realHub(world, clock), isClose: true }, played);
      return [];
    } catch (thrown) {
      return [{ sequence: played, text: thrown instanceof Differs ? thrown.message : String((thrown as Error).stack) }];
    } finally {
      clock.leave();
    }
  });
  return (await Promise.all(all)).flat();
}

export interface Different {
  readonly sequence: Sequence;
  readonly text: string;
}

/** What is for all of a hub is not for one of them to change, and whenever time passes what is due is done. */
function onOneHub(command: Command): Command[] {
  if (command.do === 'policy' || command.do === 'staff') return [];
  return [command.do === 'wait' ? { ...command, sweeps: Math.max(1, command.sweeps) } : command];
}

/** The shortest part of what happened that differs, too, by leaving out one thing after another. */
export async function shrunk(world: RealWorld, different: Different): Promise<Different> {
  for (const [at] of different.sequence.commands.entries()) {
    const commands = different.sequence.commands.toSpliced(at, 1);
    const [still] = await runTogether(world, [{ ...different.sequence, commands }]);
    if (still) return shrunk(world, still);
  }
  return different;
}
