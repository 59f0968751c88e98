/** Where one subscription stands on the page; `rest` is the page of it, or its first. */
export const subscriptionPlace = (id: string, rest = ''): string => `/subscriptions/${id}${rest && `/${rest}`}`
