// Making elements. Data goes in as text, never as markup.

/** The element with this id. */
export const byId = (id) => document.getElementById(id);

/** An element with properties and children; a child that is a string becomes text. */
export function make(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children.filter((child) => child !== null));
  return node;
}

/** `14:05` of a date, or `14:05:09`, in the reader's zone. */
export function hour(date, { seconds = false } = {}) {
  return new Date(date).toTimeString().slice(0, seconds ? 8 : 5);
}
