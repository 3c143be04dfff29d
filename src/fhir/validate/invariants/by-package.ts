import { createRequire } from 'node:module';
import { bool, type Evaluate, truth } from '../fhirpath/evaluate.ts';

const require = createRequire(import.meta.url);

interface Engine {
  readonly fhirpath: {
    readonly compile: (path: object, model: object) => (value: unknown, variables: object) => unknown;
  };
  readonly model: object;
}

let engine: Engine | undefined;

/**
 * An expression of a foreign profile that uses what our compiler does not cover, evaluated by the `fhirpath` package,
 * which is loaded at the first of them. An expression that cannot be evaluated at all refuses nothing.
 */
export function compileByPackage(expression: string): Evaluate {
  const { fhirpath, model } = load();
  return ([node], { resource, root }) => {
    try {
      const path = node?.model?.name ?? '';
      const run = fhirpath.compile({ base: path, expression }, model);
      const found: unknown = run(node?.value, { resource, rootResource: root, context: node?.value });
      const values = (Array.isArray(found) ? found : []).map((value) => ({
        value,
        model: undefined,
        extra: undefined,
      }));
      return bool(truth(values));
    } catch {
      return bool(true);
    }
  };
}

function load(): Engine {
  engine ??= { fhirpath: require('fhirpath'), model: require('fhirpath/fhir-context/r4') } as Engine;
  return engine;
}
