// The keypad, the green and the red key, and the same keys on the computer's keyboard.

import { byId, make } from "./dom.js";
import { active, show } from "./screen.js";
import { say, whenSpoken } from "./words.js";

const LETTERS = { 2: "abc", 3: "def", 4: "ghi", 5: "jkl", 6: "mno", 7: "pqrs", 8: "tuv", 9: "wxyz", 0: "+" };
const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];
const buttons = new Map();

/** Put text where the caret is in the field of the shown view; a proposed code gives way to it. */
export function type(text) {
  const { field, fresh } = active();
  if (!field) return;
  if (fresh?.()) field.value = "";
  const { selectionStart: start, selectionEnd: end } = field;
  field.setRangeText(text, start ?? field.value.length, end ?? field.value.length, "end");
  field.dispatchEvent(new Event("input"));
}

function erase() {
  const { field } = active();
  if (!field) return;
  const end = field.selectionEnd ?? field.value.length;
  const start = field.selectionStart === end ? Math.max(end - 1, 0) : field.selectionStart;
  field.setRangeText("", start, end, "end");
  field.dispatchEvent(new Event("input"));
}

const call = () => (active().call ?? (() => show("idle")))();
const end = () => active().end?.();

function flash(button) {
  button.classList.add("pressed");
  setTimeout(() => button.classList.remove("pressed"), 120);
}

function onKeyboard(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("#log")) return;
  if (event.key === "Escape") return flash(byId("end")), end();
  if (event.target.matches("input, textarea, select")) return;
  if (buttons.has(event.key)) {
    flash(buttons.get(event.key));
    type(event.key);
  } else if (event.key === "Backspace") {
    flash(byId("clear"));
    erase();
  } else if (event.key === "Enter" && !event.target.matches("button, summary, a")) {
    flash(byId("call"));
    call();
  }
}

for (const key of KEYS) {
  const button = make("button", { type: "button", onclick: () => type(key) }, make("b", {}, key));
  if (LETTERS[key]) button.append(make("small", {}, LETTERS[key]));
  buttons.set(key, button);
}
byId("keypad").replaceChildren(...buttons.values());
byId("call").onclick = call;
byId("end").onclick = end;
byId("clear").onclick = erase;
document.addEventListener("keydown", onKeyboard);
whenSpoken(() => {
  for (const [key, button] of buttons) button.setAttribute("aria-label", say("key", { key }));
});
