// How long a text is: measured by the simulator, shown with a bar and a word of warning.

import { make } from "./dom.js";
import { say } from "./words.js";

/** What every network takes; 182 is the most a USSD string holds. */
export const BUDGET = 160;

const letters = (length) => length.letters.slice(0, 6).join(" ");

/** Show the length of a USSD screen in `place`. */
export function showScreenLength(place, length) {
  const { encoding, units, limit } = length;
  const gsm7 = encoding === "gsm7";
  const budget = gsm7 ? BUDGET : limit;
  const words = [gsm7 ? "length_ussd" : "length_ussd_ucs2"];
  if (units > limit) words.splice(0, gsm7 ? 1 : 0, "over_limit");
  else if (units > budget) words[0] = "over_budget";
  const state = units > limit ? "bad" : units > budget || !gsm7 ? "doubtful" : "good";
  const values = { units, limit, budget, letters: letters(length) };
  draw(place, state, units / budget, words.map((key) => say(key, values)));
}

/** Show the length and the parts of an SMS in `place`. */
export function showMessageLength(place, length) {
  const gsm7 = length.encoding === "gsm7";
  const values = { units: length.units, segments: length.segments, letters: letters(length) };
  draw(place, gsm7 ? "good" : "doubtful", null, [say(gsm7 ? "length_sms" : "length_sms_ucs2", values)]);
}

function draw(place, state, share, lines) {
  place.dataset.state = state;
  const bar = make("meter", { className: "bar", max: 1, value: share ?? 0, ariaHidden: "true" });
  place.replaceChildren(
    ...(share === null ? [] : [bar]),
    ...lines.map((line) => make("span", {}, line)),
  );
}
