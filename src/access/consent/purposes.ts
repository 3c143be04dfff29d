/** Purposes within others. @see http://terminology.hl7.org/CodeSystem/v3-ActReason */
const WITHIN: Readonly<Record<string, string>> = {
  COC: 'TREAT',
  ETREAT: 'TREAT',
  BTG: 'ETREAT',
  ERTREAT: 'ETREAT',
  CLINTRL: 'TREAT',
  POPHLTH: 'TREAT',
  CAREMGT: 'HOPERAT',
  MEMADMIN: 'HOPERAT',
  HQUALIMP: 'HOPERAT',
  CLMATTCH: 'HPAYMT',
  COVAUTH: 'HPAYMT',
  ELIGVER: 'HPAYMT',
};

/** Why the hub passes on what belongs to a referral. @see http://terminology.hl7.org/CodeSystem/v3-ActReason */
export const COORDINATION_OF_CARE = 'COC';

/** Whether what is done for a purpose is within another one. Pure. */
export function serves(purpose: string, wanted: string | undefined): boolean {
  for (let at: string | undefined = purpose; at !== undefined; at = WITHIN[at]) if (at === wanted) return true;
  return false;
}
