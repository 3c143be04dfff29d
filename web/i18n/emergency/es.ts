import type { EmergencyDictionary } from './en.ts';

export const es: EmergencyDictionary = {
  'nav.emergency': 'Acceso de emergencia',
  'emergency.title': 'Acceso de emergencia',
  'emergency.lead':
    'Leer lo que no corresponde a la propia función, por un tiempo y con un motivo. Se avisa enseguida a los supervisores.',
  'emergency.begin': 'Leer todo por un tiempo',
  'emergency.beginLead':
    'Solo en una emergencia, y cuando no hay nadie a quien le corresponda. Todo lo que lea queda registrado.',
  'emergency.reason': 'Por qué',
  'emergency.reasonHint':
    'Al menos 10 caracteres. Lo lee un supervisor; nombre la emergencia, no a la persona atendida.',
  'emergency.minutes': 'Durante cuántos minutos',
  'emergency.minutesHint': '60 como máximo.',
  'emergency.do': 'Empezar',
  'emergency.underWay': 'Está leyendo todo hasta las {{when}}.',
  'emergency.end': 'Terminar ahora',
  'emergency.ended': 'El acceso de emergencia ha terminado',
  'emergency.list': 'Cuándo se usó',
  'emergency.none': 'Nunca se ha usado.',
  'emergency.span': '{{from}} a {{until}}',
  'emergency.active': 'en curso',
  'emergency.unseen': 'Nadie lo ha revisado',
  'emergency.seen': 'Revisado {{when}}',
  'emergency.lookedAt': 'Lo que se consultó',
  'emergency.lookedAtNothing': 'Nada todavía.',
  'emergency.refused': '(rechazado)',
  'emergency.more': 'Además de esto, {{number}} más en el registro de auditoría.',
  'emergency.see': 'Lo he revisado',
  'emergency.seeLabel': 'Lo he revisado: {{name}}, {{when}}',
  'emergency.seeDone': 'Queda registrado que lo ha revisado',
  'emergency.endLabel': 'Terminar ahora: {{name}}, {{when}}',
  'emergency.notice': 'Se usó el acceso de emergencia y ningún supervisor lo ha revisado todavía.',
  'emergency.noticeDo': 'Revisarlo',
};
