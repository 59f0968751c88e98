/** What can be done with licences. */
export type SeatAct = 'withdraw' | 'hand_on' | 'rebind'
