// Parts of FHIRPath Patches, and what they change.
export const OBSERVATION = { resourceType: 'Observation', status: 'final', code: { text: 'Weight' } };
export const WEIGHED = { ...OBSERVATION, valueQuantity: { value: 70, unit: 'kg' } };

export const value = (given: object): object => ({ name: 'value', ...given });
export const operation = (type: string, path: string, ...parts: object[]): object => ({
  name: 'operation',
  part: [{ name: 'type', valueCode: type }, { name: 'path', valueString: path }, ...parts],
});
export const named = (name: string): object => ({ name: 'name', valueString: name });
export const place = (name: string, valueInteger: number): object => ({ name, valueInteger });
