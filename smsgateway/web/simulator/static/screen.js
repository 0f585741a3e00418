// The screen of the handset: one view at a time, each with its field, its keys and its soft keys.

import { byId } from "./dom.js";
import { whenSpoken } from "./words.js";

const views = new Map(
  [...document.querySelectorAll("[data-view]")].map((node) => [node.dataset.view, node]),
);
const behaviours = new Map();
let current = "idle";

/**
 * Say what a view does: `field` is what keys type into, `call` and `end` are the green and the red
 * key, `left` and `right` are soft keys as `[words, action]`, `focus` gives what takes the focus
 * when it is not the field, `fresh` says that the field holds only what was proposed.
 */
export function define(view, behaviour) {
  behaviours.set(view, behaviour);
  const node = views.get(view);
  if (node instanceof HTMLFormElement) {
    node.addEventListener("submit", (event) => {
      event.preventDefault();
      behaviour.call?.();
    });
  }
}

/** The name of the view that is shown. */
export const shown = () => current;

/** What the shown view does. */
export const active = () => behaviours.get(current) ?? {};

/** Show a view and give it the focus, unless the caret is elsewhere on the page. */
export function show(view) {
  current = view;
  for (const [name, node] of views) node.hidden = name !== view;
  label();
  if (mayTakeFocus()) (active().focus?.() ?? active().field)?.focus({ preventScroll: true });
}

/** Redraw the soft keys: their words may have changed. */
export function label() {
  for (const side of ["left", "right"]) {
    const button = byId(`soft-${side}`);
    const [words, action] = active()[side] ?? [];
    button.textContent = words?.() ?? "";
    button.disabled = !action;
    button.onclick = () => action();
  }
}

function mayTakeFocus() {
  const focused = document.activeElement;
  const touch = matchMedia("(pointer: coarse)").matches;
  return !touch && (!focused || focused === document.body || byId("handset").contains(focused));
}

whenSpoken(label);
