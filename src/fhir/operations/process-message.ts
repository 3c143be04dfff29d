import type { Bundle, MessageHeader, ParametersParameter } from '@medplum/fhirtypes';
import { AppError } from '../../errors.ts';
import { validate } from '../validate/validate.ts';
import { inputsOf, type Operation, type OperationAnswer, type OperationCall } from './operation.ts';

/** What is done with a message of one event. It is given a message whose shape is checked, and answers as the operation. */
export interface MessageHandler {
  /** `system|code` of the event's coding, or its address. */
  readonly event: string;
  readonly run: (message: Bundle, header: MessageHeader, call: OperationCall) => Promise<OperationAnswer>;
}

/**
 * `$process-message`: takes a message and does what its event asks. Without handlers there is no such operation for the
 * metadata to list; called all the same, it says which events it knows.
 * @see https://hl7.org/fhir/R4/messageheader-operation-process-message.html
 */
export function processMessageOperation(handlers: readonly MessageHandler[]): Operation {
  return {
    name: 'process-message',
    definition: 'http://hl7.org/fhir/OperationDefinition/MessageHeader-process-message',
    levels: ['system'],
    types: [],
    affectsState: true,
    ...(handlers.length === 0 ? { unlisted: true } : {}),
    run: async (call) => {
      const { message, header } = messageOf(call);
      const event = eventOf(header);
      const handler = handlers.find((each) => each.event === event);
      if (handler) return handler.run(message, header, call);
      throw unknownEvent(handlers);
    },
  };
}

function messageOf(call: OperationCall): { message: Bundle; header: MessageHeader } {
  const inputs = inputsOf(call);
  const other = inputs.find((input) => input.name === 'response-url' || (input.name === 'async' && !isFalse(input)));
  if (other) {
    throw refused(
      'message.async',
      'Messages are answered at once here, to who sends them. Leave out async and response-url.',
      `Parameters.parameter.where(name='${other.name}')`,
    );
  }
  const message = inputs.find(({ name }) => name === 'content' || name === 'resource')?.resource;
  if (message?.resourceType !== 'Bundle' || message.type !== 'message') {
    throw refused(
      'message.bundle',
      'Send a Bundle of type message, or Parameters with one as "content".',
      'Bundle.type',
    );
  }
  const header = message.entry?.[0]?.resource;
  if (header?.resourceType !== 'MessageHeader') {
    throw refused('message.header', 'The first entry of a message is its MessageHeader.', 'Bundle.entry[0].resource');
  }
  validate(message);
  return { message, header };
}

function isFalse({ valueBoolean, valueString }: ParametersParameter): boolean {
  return valueBoolean === false || valueString === 'false';
}

function eventOf({ eventCoding, eventUri }: MessageHeader): string | undefined {
  return eventCoding ? `${eventCoding.system ?? ''}|${eventCoding.code ?? ''}` : eventUri;
}

function unknownEvent(handlers: readonly MessageHandler[]): AppError {
  const known = handlers.map(({ event }) => event).join(', ') || 'none yet';
  const text = `This hub does nothing with messages of this event. It knows: ${known}. Nothing was stored.`;
  const expression = 'Bundle.entry[0].resource.event';
  return new AppError('unprocessable', 'message.event', text, {
    issues: [{ text, expression, code: 'not-supported' }],
  });
}

function refused(code: string, text: string, expression: string): AppError {
  return new AppError('invalid', code, text, { issues: [{ text, expression }] });
}
