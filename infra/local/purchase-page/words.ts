/** Texts of the waiting page; its script finds them in the page. `{n|one|many}` is a number and what it counts. */
export const words = {
  en: {
    title: 'Your purchase',
    waiting: 'The payment is being confirmed. This page goes on by itself.',
    arrived: '{quantity|licence|licences} for {name}. {assigned} of {quantity} assigned.',
    pending:
      '{quantity|licence|licences} for {name}: ordered, not paid yet. A debit takes days, mostly five. Licences can be assigned when the money is there; nothing more is to be done here.',
    over: '{name} licenses nobody at the moment ({state}).',
    open: 'The purchase was not finished.',
    expired: 'This purchase has expired. Nothing was charged.',
    unknown: 'This page knows purchases only that were begun on this machine since it was started.',
    mine: 'Assign one to me',
    done: 'You have a licence. Your mails carry no footer from the next opening of the add-in on.',
    refused: 'That did not work: {reason}',
    others: 'Assign to others',
    back: 'Back',
  },
  fr: {
    title: 'Ton achat',
    waiting: 'Le paiement est en cours de confirmation. Cette page continue d’elle-même.',
    arrived: '{quantity|licence|licences} pour {name}. Attribuées : {assigned} sur {quantity}.',
    pending:
      '{quantity|licence|licences} pour {name} : commandé, pas encore payé. Un prélèvement prend des jours, cinq le plus souvent. Les licences pourront être attribuées quand l’argent sera là ; il n’y a plus rien à faire ici.',
    over: '{name} ne donne de licence à personne en ce moment ({state}).',
    open: 'L’achat n’est pas terminé.',
    expired: 'Cet achat a expiré. Rien n’a été débité.',
    unknown: 'Cette page ne connaît que les achats commencés sur cette machine depuis son démarrage.',
    mine: 'M’en attribuer une',
    done: 'Tu as une licence. Tes messages ne portent plus de pied de page dès la prochaine ouverture du complément.',
    refused: 'Cela n’a pas marché : {reason}',
    others: 'Attribuer à d’autres',
    back: 'Retour',
  },
}
