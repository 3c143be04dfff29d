import type { Expression, Extension } from '@medplum/fhirtypes';
import { choiceValue } from '../inputs.ts';

const SDC = 'http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-';

/** The address of an extension of Structured Data Capture. @see http://hl7.org/fhir/uv/sdc/ */
export function sdc(name: string): string {
  return SDC + name;
}

/** The extensions of SDC that are read here, and those of FHIR that go with them. */
export const EXTENSIONS = {
  launchContext: sdc('launchContext'),
  variable: 'http://hl7.org/fhir/StructureDefinition/variable',
  initialExpression: sdc('initialExpression'),
  calculatedExpression: sdc('calculatedExpression'),
  itemPopulationContext: sdc('itemPopulationContext'),
  observationLinkPeriod: sdc('observationLinkPeriod'),
  observationExtract: sdc('observationExtract'),
  observationCategory: sdc('observation-extract-category'),
  itemExtractionContext: sdc('itemExtractionContext'),
  definitionExtract: sdc('definitionExtract'),
  definitionExtractValue: sdc('definitionExtractValue'),
  allocateId: sdc('extractAllocateId'),
  templateExtract: sdc('templateExtract'),
  templateContext: sdc('templateExtractContext'),
  templateValue: sdc('templateExtractValue'),
  sourceQueries: sdc('sourceQueries'),
  sourceStructureMap: sdc('sourceStructureMap'),
  targetStructureMap: sdc('targetStructureMap'),
  enableWhenExpression: sdc('enableWhenExpression'),
  subQuestionnaire: sdc('subQuestionnaire'),
  unit: 'http://hl7.org/fhir/StructureDefinition/questionnaire-unit',
} as const;

/** What may have extensions. */
export interface Extended {
  readonly extension?: readonly Extension[] | undefined;
}

/** An extension, and its place in what it extends. */
export interface PlacedExtension {
  readonly extension: Extension;
  readonly at: number;
}

/** All extensions of an element by address. */
export function extensionsOf(element: Extended, url: string): PlacedExtension[] {
  return (element.extension ?? []).flatMap((extension, at) => (extension.url === url ? [{ extension, at }] : []));
}

/** The value of the first extension of an address. */
export function extensionValue<T>(element: Extended, url: string): T | undefined {
  const [first] = extensionsOf(element, url);
  return first && (choiceValue(first.extension) as T | undefined);
}

/** An Expression, and where it stands. */
export interface PlacedExpression {
  readonly name: string | undefined;
  readonly language: string;
  readonly expression: string;
  readonly place: string;
}

/**
 * The expressions of an element under an address. A plain text is an Expression in FHIRPath.
 * @param place the element's own, as a FHIRPath
 */
export function expressionsOf(element: Extended, url: string, place: string): PlacedExpression[] {
  return extensionsOf(element, url).flatMap(({ extension, at }) => {
    const value = choiceValue(extension) as Expression | string | undefined;
    const read: Expression =
      typeof value === 'string' ? { language: 'text/fhirpath', expression: value } : (value ?? ({} as Expression));
    if (typeof read.expression !== 'string') return [];
    const { name, language, expression } = read;
    return [{ name, language: String(language), expression, place: `${place}.extension[${at}]` }];
  });
}
