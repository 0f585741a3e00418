// Who calls: the demonstration people, any other number, the network, and what to try.

import { byId, make } from "./dom.js";
import { load, unread, whenChanged, write } from "./inbox.js";
import { phone } from "./phone.js";
import { active, show, shown } from "./screen.js";
import { hangUp, inSession } from "./ussd.js";
import { say, whenSpoken } from "./words.js";

const CODE = /^\*[\d*#]+#$/;
// What a hint may offer to type: a USSD code, a number or a reference, words between « ».
const TYPEABLE = /(\*[\d*]+#|«[^»]+»|(?<![\w+.,/-])[A-Z0-9-]*\d{4,}[A-Z0-9-]*(?![\w/]))/u;

const LANGUAGES = { fr: "français", bm: "bamanankan", en: "English" };

const network = byId("network");
const otherNumber = byId("other-number");
const other = byId("other");
const badges = new Map();
let people = [];
let networks = [];

/** Offer these people; the first is taken in hand unless the one in hand is among them. */
export function introduce(given) {
  people = given;
  badges.clear();
  byId("people").replaceChildren(...people.map(card));
  const kept = people.find(({ number }) => number === phone.number);
  if (!other.checked || !phone.number) take(kept ?? people[0] ?? stranger());
}

/** Offer these networks. */
export function prepare({ networks: offered }) {
  networks = offered;
  network.replaceChildren(
    ...networks.map(({ code, name }) => make("option", { value: code }, `${name} · ${code}`)),
  );
}

const stranger = () => ({ name: "", number: otherNumber.value, network: network.value, hints: [] });

function card(person) {
  const radio = make("input", { type: "radio", name: "person", value: person.number });
  radio.addEventListener("change", () => take(person));
  const badge = make("span", { className: "badge", hidden: true });
  badges.set(person.number, badge);
  const plain = person.name.replace(/\s*\(d[ée]mo\)\s*$/i, "");
  return make(
    "label",
    { className: "person" },
    radio,
    make(
      "span",
      { className: "who" },
      make("span", { className: "name" }, plain, " ", make("span", { className: "tag demo" }, say("demo"))),
      make("span", { className: "number" }, spaced(person.number)),
      person.language ? make("span", { className: "quiet" }, LANGUAGES[person.language] ?? person.language) : null,
    ),
    badge,
  );
}

/** `+223 70 00 00 01`. */
function spaced(number) {
  return number.replace(/^(\+223)(\d\d)(\d\d)(\d\d)(\d\d)$/, "$1 $2 $3 $4 $5");
}

function take(person) {
  hangUp();
  const number = person.number.replace(/[\s.-]/g, "");
  const valid = /^\+[1-9]\d{6,14}$/.test(number);
  byId("notice").textContent = valid ? "" : say("bad_number");
  otherNumber.setAttribute("aria-invalid", String(!valid));
  if (!valid) {
    phone.number = ""; // nobody else's phone may answer for a number that was mistyped
    byId("caller").textContent = say("bad_number");
    return;
  }
  Object.assign(phone, { number, network: person.network, name: person.name });
  const radio = document.querySelector(`input[name=person][value="${CSS.escape(person.number)}"]`);
  (radio ?? other).checked = true;
  join(person.network);
  drawHints(person);
  load().catch(() => {});
}

function join(code) {
  if (![...network.options].some(({ value }) => value === code)) {
    network.append(make("option", { value: code }, code));
  }
  network.value = phone.network = code;
  byId("operator").textContent = networks.find((one) => one.code === code)?.name ?? code;
  byId("caller").textContent = spaced(phone.number);
}

function drawHints({ name, number, hints }) {
  byId("try-name").textContent = name || spaced(number);
  byId("no-hints").hidden = hints.length > 0;
  byId("hints").replaceChildren(...hints.map(hint));
}

function hint({ text, value }) {
  const parts = text.split(TYPEABLE).map((part, place) => (place % 2 ? chip(part) : part));
  return make("li", {}, ...parts, ...(value === null ? [] : [" ", chip(value)]));
}

function chip(value) {
  const words = value.replace(/^«\s*|\s*»$/g, "");
  const button = make("button", { type: "button", className: "chip", onclick: () => offer(words) }, words);
  button.setAttribute("aria-label", say("type", { value: words }));
  return button;
}

/** Type a hint's value where it belongs: a code to dial, an answer, or a message. */
function offer(value) {
  byId("notice").textContent = "";
  if (CODE.test(value)) {
    if (shown() !== "idle") hangUp();
    byId("dialled").value = value;
  } else if (inSession() || shown() === "write") {
    active().field.value = value;
    active().field.dispatchEvent(new Event("input"));
  } else if (/\p{L}{2}/u.test(value) && !/\d/.test(value)) {
    return write(value);
  } else {
    byId("notice").textContent = say("dial_first");
  }
  show(shown());
}

function drawBadges() {
  for (const [number, badge] of badges) {
    const count = unread(number);
    badge.hidden = count === 0;
    badge.textContent = String(count);
    badge.setAttribute("aria-label", say("unread", { n: count }));
  }
}

other.addEventListener("change", () => take(stranger()));
otherNumber.addEventListener("focus", () => (other.checked = true));
otherNumber.addEventListener("change", () => take(stranger()));
network.addEventListener("change", () => join(network.value));
whenChanged(drawBadges);
whenSpoken(() => {
  drawBadges();
  for (const tag of document.querySelectorAll(".demo")) tag.textContent = say("demo");
  for (const button of document.querySelectorAll(".chip")) {
    button.setAttribute("aria-label", say("type", { value: button.textContent }));
  }
});
