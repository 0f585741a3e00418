// The page: reads what the simulator offers, then listens to what happens.

import { address, read } from "./api.js";
import { byId, hour } from "./dom.js";
import * as inbox from "./inbox.js";
import "./keys.js";
import { record } from "./log.js";
import * as people from "./people.js";
import { show } from "./screen.js";
import * as ussd from "./ussd.js";
import { say, whenSpoken } from "./words.js";

let line = "waiting";

function drawLine(state = line) {
  line = state;
  byId("line").dataset.state = state;
  byId("line").textContent = say(`line_${state}`);
}

function drawClock() {
  byId("clock").textContent = hour(new Date());
}

function listen() {
  const events = new EventSource(address("events"));
  const on = (kind, act) => events.addEventListener(kind, ({ data }) => act(JSON.parse(data)));
  events.onopen = () => {
    drawLine("live");
    inbox.load().catch(() => {});
  };
  events.onerror = () => drawLine("lost");
  on("message", inbox.arrived);
  on("exchange", record);
  on("people", (data) => people.introduce(data.people));
  on("ussd-closed", ussd.closedByNetwork);
  on("reset", inbox.clear);
}

async function start() {
  const [config, known] = await Promise.all([read("config"), read("people")]);
  ussd.prepare(config);
  inbox.prepare(config);
  people.prepare(config);
  people.introduce(known.people);
  show("idle");
  listen();
}

whenSpoken(() => drawLine());
drawClock();
setInterval(drawClock, 5000);
start().catch(() => drawLine("lost"));
