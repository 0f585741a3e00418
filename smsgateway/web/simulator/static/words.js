// The words of the page, in French and in English, and the language chosen.

const WORDS = {
  fr: {
    title: "Téléphone d’essai",
    subtitle: "Un faux réseau : rien n’est facturé, personne n’est appelé.",
    callers: "Qui appelle ?",
    demo: "démo",
    other: "Un autre numéro",
    other_number: "Autre numéro, comme +22370000001",
    network: "Réseau",
    phone: "Téléphone",
    dial: "Numéro à composer",
    nudge: "Appuyez sur la touche verte",
    running: "Exécution du code USSD…",
    patience: "Temps restant pour répondre",
    your_answer: "Votre réponse",
    over: "Session terminée",
    messages: "Messages",
    no_messages: "Aucun message.",
    to: "À",
    your_message: "Votre message",
    call: "Appeler, envoyer (touche verte)",
    clear: "Effacer un caractère",
    end: "Raccrocher (touche rouge)",
    keypad: "Clavier",
    how: "Comment faire",
    how_1: "Le code est déjà composé : appuyez sur la touche verte.",
    how_2: "Lisez l’écran, tapez le chiffre de votre choix, puis de nouveau la touche verte.",
    how_3: "La touche rouge raccroche. Les SMS arrivent tout seuls dans Messages.",
    try: "À essayer avec",
    no_hints: "Rien de noté pour ce numéro.",
    log: "Journal des échanges HTTP",
    log_for: "pour qui intègre",
    log_empty: "Rien encore. Composez le code : chaque requête et sa réponse s’affichent ici.",
    soft_messages: "Messages",
    soft_messages_new: "Messages ({n})",
    soft_send: "Envoyer",
    soft_quit: "Quitter",
    soft_ok: "OK",
    soft_write: "Écrire",
    soft_answer: "Répondre",
    soft_back: "Retour",
    soft_clear: "Effacer",
    new_message: "Nouveau message de {peer} — lire",
    unread: "{n} message(s) non lu(s)",
    from: "De {peer}",
    sent_to: "Envoyé à {peer}",
    type: "Taper {value}",
    dial_first: "Composez d’abord le code ; touchez ensuite cette valeur pour l’écrire.",
    length_ussd: "{units} sur {budget} caractères",
    length_ussd_ucs2: "{units} sur {limit} (UCS-2 à cause de {letters})",
    over_budget: "{units} sur {budget} : certains réseaux coupent.",
    over_limit: "{units} sur {limit} : l’écran n’arrivera pas entier.",
    length_sms: "{units} caractères · {segments} SMS",
    length_sms_ucs2: "{units} caractères · {segments} SMS (UCS-2 à cause de {letters})",
    key: "Touche {key}",
    line_live: "En ligne",
    line_waiting: "Connexion…",
    line_lost: "Simulateur arrêté",
    bad_number: "Écrivez le numéro comme +22370000001.",
    lost: "Le simulateur ne répond pas.",
    trouble_unknown_code: "Ce code n’est servi par personne.",
    trouble_no_address: "Aucune adresse USSD : lancez le simulateur avec --callback-base ou --ussd-url.",
    trouble_no_answer: "L’application n’a pas répondu. Voyez le journal en bas de page.",
    trouble_http_error: "L’application a répondu par une erreur HTTP. Voyez le journal en bas de page.",
    trouble_not_con_or_end: "La réponse ne commence ni par CON ni par END. Voyez le journal.",
    trouble_idle: "Sans réponse de votre part, le réseau a fermé la session.",
    trouble_too_long: "La session a duré trop longtemps : le réseau l’a fermée.",
    to_app: "vers l’application",
    from_app: "de l’application",
    request: "Requête",
    response: "Réponse",
    no_response: "aucune réponse",
  },
  en: {
    title: "Test phone",
    subtitle: "A pretend network: nothing is charged, nobody is called.",
    callers: "Who is calling?",
    demo: "demo",
    other: "Another number",
    other_number: "Another number, like +22370000001",
    network: "Network",
    phone: "Phone",
    dial: "Number to dial",
    nudge: "Press the green key",
    running: "Running the USSD code…",
    patience: "Time left to answer",
    your_answer: "Your answer",
    over: "Session ended",
    messages: "Messages",
    no_messages: "No messages.",
    to: "To",
    your_message: "Your message",
    call: "Call, send (green key)",
    clear: "Delete one character",
    end: "Hang up (red key)",
    keypad: "Keypad",
    how: "How to use it",
    how_1: "The code is already there: press the green key.",
    how_2: "Read the screen, type the number of your choice, then the green key again.",
    how_3: "The red key hangs up. SMS arrive by themselves under Messages.",
    try: "To try with",
    no_hints: "Nothing noted for this number.",
    log: "Log of the HTTP exchange",
    log_for: "for integrators",
    log_empty: "Nothing yet. Dial the code: each request and its answer shows here.",
    soft_messages: "Messages",
    soft_messages_new: "Messages ({n})",
    soft_send: "Send",
    soft_quit: "Quit",
    soft_ok: "OK",
    soft_write: "Write",
    soft_answer: "Reply",
    soft_back: "Back",
    soft_clear: "Clear",
    new_message: "New message from {peer} — read",
    unread: "{n} unread message(s)",
    from: "From {peer}",
    sent_to: "Sent to {peer}",
    type: "Type {value}",
    dial_first: "Dial the code first; then press this value to type it.",
    length_ussd: "{units} of {budget} characters",
    length_ussd_ucs2: "{units} of {limit} (UCS-2 because of {letters})",
    over_budget: "{units} of {budget}: some networks cut.",
    over_limit: "{units} of {limit}: the screen will not arrive whole.",
    length_sms: "{units} characters · {segments} SMS",
    length_sms_ucs2: "{units} characters · {segments} SMS (UCS-2 because of {letters})",
    key: "Key {key}",
    line_live: "Online",
    line_waiting: "Connecting…",
    line_lost: "Simulator stopped",
    bad_number: "Write the number like +22370000001.",
    lost: "The simulator does not answer.",
    trouble_unknown_code: "Nobody serves this code.",
    trouble_no_address: "No USSD address: start the simulator with --callback-base or --ussd-url.",
    trouble_no_answer: "The application did not answer. See the log below.",
    trouble_http_error: "The application answered with an HTTP error. See the log below.",
    trouble_not_con_or_end: "The answer begins with neither CON nor END. See the log.",
    trouble_idle: "You did not answer, so the network ended the session.",
    trouble_too_long: "The session lasted too long: the network ended it.",
    to_app: "to the application",
    from_app: "from the application",
    request: "Request",
    response: "Answer",
    no_response: "no answer",
  },
};

const KEPT = "simulator-language";
const listeners = [];
let language = localStorage.getItem(KEPT) === "en" ? "en" : "fr";

/** The words of `key`, with `{name}` replaced by `values.name`. */
export function say(key, values = {}) {
  return WORDS[language][key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/** Call `redraw` now and each time the language changes. */
export function whenSpoken(redraw) {
  listeners.push(redraw);
  redraw();
}

function speak(chosen) {
  language = chosen;
  localStorage.setItem(KEPT, chosen);
  listeners.forEach((redraw) => redraw());
}

whenSpoken(() => {
  document.documentElement.lang = language;
  document.title = say("title");
  for (const node of document.querySelectorAll("[data-say]")) node.textContent = say(node.dataset.say);
  for (const node of document.querySelectorAll("[data-label]")) node.setAttribute("aria-label", say(node.dataset.label));
  for (const node of document.querySelectorAll("[data-hint]")) node.placeholder = say(node.dataset.hint);
  for (const node of document.querySelectorAll("[data-language]")) {
    node.setAttribute("aria-pressed", String(node.dataset.language === language));
    node.onclick = () => speak(node.dataset.language);
  }
});
