// A USSD session as the caller lives it: dial, wait, read, answer, hang up.

import { post, Refused, remove } from "./api.js";
import { byId } from "./dom.js";
import { showScreenLength } from "./length.js";
import { phone } from "./phone.js";
import { define, label, show, shown } from "./screen.js";
import { say, whenSpoken } from "./words.js";

const dialled = byId("dialled");
const answer = byId("answer");
const patience = byId("patience");

let session = null;
let last = null;
let turn = 0;

/** Whether the screen waits for an answer. */
export const inSession = () => session !== null && shown() === "ussd";

/** Dial what is in the field of the idle view. */
export function dial() {
  const code = dialled.value.replace(/\s/g, "");
  if (!code) return dialled.focus();
  if (!phone.number) return byId("other-number").focus();
  return ask(() => post("ussd", { phone: phone.number, code, network: phone.network }));
}

/** The red key, or another phone taken in hand: end what is under way. */
export function hangUp() {
  turn += 1;
  if (session) remove(`ussd/${session}`).catch(() => {});
  session = null;
  show("idle");
}

/** The network ended a session by itself. */
export function closedByNetwork({ session: id, trouble }) {
  if (id !== session) return;
  session = null;
  last = { ...last, open: false, trouble };
  draw();
}

function send() {
  if (!session) return hangUp();
  const path = `ussd/${session}`;
  const input = answer.value;
  return ask(() => post(path, { input }));
}

async function ask(request) {
  const mine = (turn += 1);
  show("waiting");
  try {
    const data = await request();
    if (mine === turn) meet(data);
    else if (data.open) remove(`ussd/${data.session}`).catch(() => {});
  } catch (error) {
    if (mine === turn) meet({ screen: "", open: false, failure: reason(error) });
  }
}

const reason = (error) => (error instanceof Refused ? error.message : say("lost"));

function meet(data) {
  last = data;
  session = data.open ? data.session : null;
  answer.value = "";
  patience.value = patience.max;
  show("ussd");
  draw();
}

function draw() {
  if (!last) return;
  const trouble = last.failure ?? (last.trouble && say(`trouble_${last.trouble}`));
  byId("ussd-text").textContent = last.screen;
  byId("trouble").textContent = trouble || "";
  byId("trouble").hidden = !trouble;
  byId("ussd-length").hidden = !last.length || Boolean(last.trouble);
  if (last.length) showScreenLength(byId("ussd-length"), last.length);
  answer.hidden = patience.hidden = !session;
  byId("over").hidden = Boolean(session);
  if (!session && shown() === "ussd") byId("ussd-text").focus({ preventScroll: true });
  label();
}

/** Propose the code, and know how patient the network is. */
export function prepare({ service_codes: codes, idle_limit_s: limit }) {
  dialled.value = dialled.defaultValue = codes[0];
  patience.max = patience.value = limit;
  setInterval(() => (patience.value -= 1), 1000);
}

define("idle", {
  field: dialled,
  fresh: () => dialled.value === dialled.defaultValue,
  call: dial,
  end: () => (dialled.value = dialled.defaultValue),
  left: [() => phone.inboxWords(), () => phone.openInbox()],
  right: [() => say("soft_clear"), () => (dialled.value = "")],
});
define("waiting", { end: hangUp, right: [() => say("soft_quit"), hangUp] });
define("ussd", {
  get field() {
    return session ? answer : null;
  },
  focus: () => (session ? answer : byId("ussd-text")),
  call: send,
  end: hangUp,
  get left() {
    return session ? [() => say("soft_send"), send] : undefined;
  },
  right: [() => say(session ? "soft_quit" : "soft_ok"), hangUp],
});
whenSpoken(draw);
