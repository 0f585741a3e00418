// The phone in hand: whose it is. Shared by the views, so that none needs to import the others.

/** `number`, `network` and `name` of the phone in hand; the rest is filled in by the inbox. */
export const phone = {
  number: "",
  network: "",
  name: "",
  inboxWords: () => "",
  openInbox: () => {},
};
