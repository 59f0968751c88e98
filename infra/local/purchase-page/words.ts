/** Texts of the waiting page; the script finds them in its attributes. */
export const words = {
  en: {
    title: 'Your purchase',
    waiting: 'The payment is being confirmed. This page goes on by itself.',
    arrived: '{quantity} licences for {name}. {assigned} of {quantity} assigned.',
    open: 'The purchase was not finished.',
    expired: 'This purchase has expired. Nothing was charged.',
    unknown: 'This page knows purchases only that were begun on this machine since it was started.',
    assign: 'Assign licences',
    back: 'Back',
  },
  fr: {
    title: 'Ton achat',
    waiting: 'Le paiement est en cours de confirmation. Cette page continue d’elle-même.',
    arrived: '{quantity} licences pour {name}. {assigned} sur {quantity} attribuées.',
    open: 'L’achat n’est pas terminé.',
    expired: 'Cet achat a expiré. Rien n’a été débité.',
    unknown: 'Cette page ne connaît que les achats commencés sur cette machine depuis son démarrage.',
    assign: 'Attribuer des licences',
    back: 'Retour',
  },
}
