// The wire, for integrators: each request with its answer, newest first.

import { byId, hour, make } from "./dom.js";
import { say, whenSpoken } from "./words.js";

const KEEP = 100;
const list = byId("exchanges");
let count = 0;

/** Add an exchange to the log. */
export function record(exchange) {
  count += 1;
  byId("log-count").textContent = String(count);
  byId("log-empty").hidden = true;
  list.prepend(row(exchange));
  if (list.children.length > KEEP) list.lastChild.remove();
}

function row(exchange) {
  const outgoing = exchange.direction === "out";
  const good = exchange.status !== null && exchange.status < 400;
  const summary = make(
    "summary",
    {},
    make("time", { dateTime: exchange.at }, hour(exchange.at, { seconds: true })),
    make("span", { className: `way ${exchange.direction}` }, outgoing ? "→" : "←", " ", words(exchange.direction)),
    make("code", { className: "path" }, `${exchange.method} ${path(exchange.url)}`),
    make("span", { className: `status ${good ? "good" : "bad"}` }, String(exchange.status ?? "×")),
    make("span", { className: "quiet" }, `${exchange.milliseconds} ms`),
  );
  const body = make(
    "div",
    { className: "bodies" },
    side("request", requestText(exchange)),
    side("response", answerText(exchange)),
  );
  return make("li", {}, make("details", {}, summary, body));
}

function words(direction) {
  const node = make("span");
  node.dataset.way = direction === "out" ? "to_app" : "from_app";
  node.textContent = say(node.dataset.way);
  return node;
}

const path = (url) => url.replace(/^https?:\/\/[^/]+/, "");

function side(key, text) {
  const title = make("h3", {}, say(key));
  title.dataset.way = key;
  return make("div", {}, title, make("pre", { tabIndex: 0 }, text));
}

function requestText(exchange) {
  const headers = Object.entries(exchange.request_headers).map(([name, value]) => `${name}: ${value}`);
  return [`${exchange.method} ${exchange.url}`, ...headers, "", exchange.request, ...fields(exchange)].join("\n");
}

/** The fields of a form once more, decoded, one a line. */
function fields(exchange) {
  const type = Object.entries(exchange.request_headers).find(([name]) => name.toLowerCase() === "content-type");
  if (!type?.[1].startsWith("application/x-www-form-urlencoded")) return [];
  return ["", ...[...new URLSearchParams(exchange.request)].map(([name, value]) => `${name} = ${value}`)];
}

function answerText(exchange) {
  if (exchange.status === null) return exchange.error ?? say("no_response");
  return [String(exchange.status), `Content-Type: ${exchange.content_type}`, "", exchange.response].join("\n");
}

whenSpoken(() => {
  for (const node of list.querySelectorAll("[data-way]")) node.textContent = say(node.dataset.way);
});
