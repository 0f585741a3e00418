// The SMS of every phone of the page: what arrived, what was read, what is written.

import { post, read, Refused } from "./api.js";
import { byId, hour, make } from "./dom.js";
import { showMessageLength } from "./length.js";
import { phone } from "./phone.js";
import { define, label, show, shown } from "./screen.js";
import { say, whenSpoken } from "./words.js";

const text = byId("write-text");
const boxes = new Map();
const watchers = [];
let shortCode = "";
let opened = null;
let measuring = 0;

const box = (number) => {
  if (!boxes.has(number)) boxes.set(number, { messages: [], seen: 0 });
  return boxes.get(number);
};

/** How many messages of a number nobody has looked at. */
export const unread = (number) =>
  box(number).messages.filter(({ box: way, sequence }) => way === "in" && sequence > box(number).seen).length;

/** Call `redraw` each time a message arrives or is read. */
export const whenChanged = (redraw) => watchers.push(redraw);

/** Messages go to this number unless another is typed. */
export function prepare({ short_code: code }) {
  shortCode = code;
}

/** A message came, or one was written: show it where its phone is. */
export function arrived(message) {
  const { messages } = box(message.phone);
  if (messages.some(({ sequence }) => sequence === message.sequence)) return;
  messages.push(message);
  messages.sort((one, other) => one.sequence - other.sequence);
  redraw();
}

/** Read the messages of the phone in hand again. */
export async function load(number = phone.number) {
  const { messages } = await read(`phones/${encodeURIComponent(number)}/messages`);
  box(number).messages = messages;
  redraw();
}

/** Every handset was emptied. */
export function clear() {
  boxes.clear();
  redraw();
}

/** Write a message that begins with `words`. */
export function write(words = "", to = shortCode) {
  byId("write-to").value = to;
  text.value = words;
  show("write");
  measure();
}

function redraw() {
  if (shown() === "messages") box(phone.number).seen = Infinity;
  drawList();
  drawBadges();
  label();
  watchers.forEach((watcher) => watcher());
}

function drawList() {
  const { messages } = box(phone.number);
  byId("inbox-empty").hidden = messages.length > 0;
  byId("inbox").replaceChildren(...[...messages].reverse().map(row));
}

function row(message) {
  const way = message.box === "in" ? "in" : "out";
  const button = make(
    "button",
    { type: "button", className: `message ${way}`, onclick: () => open(message) },
    make("span", { className: "peer" }, `${way === "in" ? "" : "→ "}${message.peer}`),
    make("time", { dateTime: message.at }, hour(message.at)),
    make("span", { className: "start" }, message.text),
  );
  return make("li", {}, button);
}

function drawBadges() {
  const count = unread(phone.number);
  const latest = box(phone.number).messages.findLast(({ box: way }) => way === "in");
  byId("envelope").hidden = byId("arrived").hidden = count === 0;
  byId("unread").textContent = String(count);
  byId("envelope").setAttribute("aria-label", say("unread", { n: count }));
  byId("arrived").textContent = count && latest ? say("new_message", { peer: latest.peer }) : "";
}

/** A sender that is a name cannot be answered: the answer goes to the service's number. */
const reply = () => write("", /^\+?\d+$/.test(opened.peer) ? opened.peer : shortCode);

function openList() {
  show("messages");
  redraw();
}

function open(message) {
  opened = message;
  show("read");
  drawOpened();
}

function openLatest() {
  const latest = box(phone.number).messages.findLast(({ box: way }) => way === "in");
  box(phone.number).seen = Infinity;
  redraw();
  if (latest) open(latest);
}

function drawOpened() {
  if (!opened) return;
  byId("read-title").textContent = say(opened.box === "in" ? "from" : "sent_to", { peer: opened.peer });
  byId("read-text").textContent = opened.text;
  measured(opened.text, byId("read-length"));
}

async function measured(words, place) {
  const mine = (measuring += 1);
  const length = await post("measure", { text: words });
  if (mine === measuring) showMessageLength(place, length);
}

const measure = () => measured(text.value, byId("write-length")).catch(() => {});

async function send() {
  if (!text.value.trim()) return text.focus();
  try {
    const to = byId("write-to").value.trim() || shortCode;
    arrived(await post("sms", { from: phone.number, text: text.value, to }));
    openList();
  } catch (error) {
    byId("notice").textContent = error instanceof Refused ? error.message : say("lost");
  }
}

phone.inboxWords = () => {
  const count = unread(phone.number);
  return count ? say("soft_messages_new", { n: count }) : say("soft_messages");
};
phone.openInbox = openList;
byId("envelope").onclick = openList;
byId("arrived").onclick = openLatest;
text.addEventListener("input", measure);
text.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) send();
});

const home = () => show("idle");
define("messages", {
  end: home,
  left: [() => say("soft_write"), () => write()],
  right: [() => say("soft_back"), home],
  focus: () => document.querySelector("#inbox button") ?? byId("soft-left"),
});
define("read", {
  end: home,
  call: reply,
  left: [() => say("soft_answer"), reply],
  right: [() => say("soft_back"), openList],
  focus: () => byId("read-title"),
});
define("write", {
  field: text,
  end: home,
  call: send,
  left: [() => say("soft_send"), send],
  right: [() => say("soft_back"), openList],
});
whenSpoken(() => {
  drawBadges();
  drawOpened();
});
