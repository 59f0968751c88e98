import en from '@securemailmerge/shared/languages/reasons.en.json' with { type: 'json' }
import fr from '@securemailmerge/shared/languages/reasons.fr.json' with { type: 'json' }

/** What the services call faults by codes, in English: of lines of a list, of a text, and of fields of a request. */
export const englishFaults = {
  lines: en.lines as Record<string, string>,
  template: en.template as Record<string, string>,
  fields: {
    'body.name': 'the name',
    'body.subject': 'the subject',
    'body.html': 'the text',
    'body.from': 'the shared mailbox',
    'body.to': 'the address of the test mail',
    'body.at': 'the time of the start',
  } as Record<string, string>,
  input: {
    missing: 'missing',
    too_small: 'missing',
    too_big: 'too long',
    invalid_format: 'not a valid one',
    not_an_address: 'Microsoft does not accept it',
    more_than_30_days_ahead: 'more than 30 days ahead',
  } as Record<string, string>,
}

/** The same in French. */
export const frenchFaults: typeof englishFaults = {
  lines: fr.lines,
  template: fr.template,
  fields: {
    'body.name': 'le nom',
    'body.subject': "l'objet",
    'body.html': 'le texte',
    'body.from': 'la boîte partagée',
    'body.to': "l'adresse du message de test",
    'body.at': 'le moment du départ',
  },
  input: {
    missing: 'manque',
    too_small: 'manque',
    too_big: 'trop long',
    invalid_format: 'non valable',
    not_an_address: "Microsoft ne l'accepte pas",
    more_than_30_days_ahead: 'plus de 30 jours à venir',
  },
}
