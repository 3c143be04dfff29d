import type { Resource, Task } from '@medplum/fhirtypes';

/** What a party has on its own server of a Task. */
export interface Copy {
  readonly task: Task & { readonly id: string };
  /** The status that the hub knows of it there: as it put it, or as it has taken it since. */
  readonly known: string | undefined;
  /** Whether it was written, by whomever, since the hub has read it. */
  readonly isUnread: boolean;
}

/** A server that is not the hub's, as its people use it. */
export interface Elsewhere {
  copyOf(taskId: string): Copy | undefined;
  change(taskId: string, change: Partial<Task>): void;
  /** Writes something down. @returns where it stands: `Type/id` */
  keep(resource: Resource): string;
  /** What the hub has read of a copy, it has taken. */
  wasTaken(taskId: string): void;
}

/** How a hub has asked for a copy. */
export interface Asked {
  /** Whether it had to look at what it has read before, too. */
  readonly isAgain: boolean;
  /** Why what stands there was not taken, by its address there: what the hub shows of that. */
  readonly findings: ReadonlyMap<string, string>;
}
