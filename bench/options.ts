/** What every benchmark understands. */
export interface BenchOptions {
  /** Prints one JSON object instead of a table. */
  readonly json: boolean;
  /** How many loops each round drives. */
  readonly loops: number;
  /** How often each way to run is measured, in turn with the others. */
  readonly rounds: number;
}
