/** What the pages say about reading, in an emergency, what is not for one's role. */
export const en = {
  'nav.emergency': 'Emergency access',
  'emergency.title': 'Emergency access',
  'emergency.lead': 'Reading what is not for one’s role, for a time and for a reason. Supervisors are told at once.',
  'emergency.begin': 'Read everything for a time',
  'emergency.beginLead':
    'Only in an emergency, and when nobody is there whose role it is. All that you read is recorded.',
  'emergency.reason': 'Why',
  'emergency.reasonHint': 'At least 10 characters. A supervisor reads it; name the emergency, not the client.',
  'emergency.minutes': 'For how many minutes',
  'emergency.minutesHint': '60 at most.',
  'emergency.do': 'Begin',
  'emergency.underWay': 'You are reading everything until {{when}}.',
  'emergency.end': 'End it now',
  'emergency.ended': 'Emergency access is ended',
  'emergency.list': 'When it was used',
  'emergency.none': 'It was never used.',
  'emergency.span': '{{from}} to {{until}}',
  'emergency.active': 'going on',
  'emergency.unseen': 'Nobody has looked at it',
  'emergency.seen': 'Looked at {{when}}',
  'emergency.lookedAt': 'What was looked at',
  'emergency.lookedAtNothing': 'Nothing yet.',
  'emergency.refused': '(refused)',
  'emergency.more': 'Beside these, {{number}} more in the audit.',
  'emergency.see': 'I have looked at it',
  'emergency.seeLabel': 'I have looked at it: {{name}}, {{when}}',
  'emergency.seeDone': 'It is kept that you have looked at it',
  'emergency.endLabel': 'End it now: {{name}}, {{when}}',
  'emergency.notice': 'Emergency access was used, and no supervisor has looked at it yet.',
  'emergency.noticeDo': 'Look at it',
} as const;

/** Every language says all of it. */
export type EmergencyDictionary = Record<keyof typeof en, string>;
