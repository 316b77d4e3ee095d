'use strict';
(() => {
const data = JSON.parse(document.getElementById('data').textContent);
const NS = 'http://www.w3.org/2000/svg';
const SCHEMA = 'formcheck.decisions/1';
const INSIDE_S = 0.0015;  // seeking lands this far inside a picture, so that rounding never shows the one before
const MINUS = '\u2212';
const MARKS = {stop: '\u25a0', correct: '\u25b2', improve: '\u25c6', log: '\u25cf'};
const WEIGHTS = {stop: 'stop', correct: 'to correct', improve: 'to improve', log: 'for the record'};
const ORDER = ['log', 'improve', 'correct', 'stop'];  // of weight
const LEVELS = {stop: 'to correct', correct: 'to correct', improve: 'to improve', log: 'noted'};
const LEVEL_SIGNS = {
  'to correct': '\u25b2', 'to improve': '\u25c6', 'noted': '\u25cf', 'nothing found': '\u2713', 'not judged': '?',
  'partial': '\u25d0', 'not counted': '\u2013',
};
const MOST_FINDINGS = 3;
const MOST_PRAISED = 3;
const RANGE_LIMIT = 'range_limit';
const DECIDED = {confirmed: 'Confirmed', rejected: 'Rejected', missed: 'Missed by the software'};
document.documentElement.classList.remove('no-script');

// Small tools

const all = (selector, within = document) => [...within.querySelectorAll(selector)];

function make(name, className, words) {
  const element = document.createElement(name);
  if (className) element.className = className;
  if (words !== undefined) element.textContent = words;
  return element;
}

function shape(name, attributes) {
  const element = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

function number(value, decimals) {
  const text = value.toFixed(decimals);
  return (Number(text) === 0 ? text.replace('-', '') : text).replace('-', MINUS);
}

function clamp(value, low, high) { return Math.min(high, Math.max(low, value)); }

// The last index whose time is not after t, at least 0
function indexAt(times, t) {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] <= t + 1e-4) low = middle + 1; else high = middle;
  }
  return Math.max(0, low - 1);
}

const capital = words => words.slice(0, 1).toUpperCase() + words.slice(1);

function inReps(reps) {
  const sorted = [...reps].sort((a, b) => a - b);
  if (sorted.length === 1) return `repetition ${sorted[0]}`;
  return `repetitions ${sorted.slice(0, -1).join(', ')} and ${sorted[sorted.length - 1]}`;
}

function summed(steps) {
  let total = 0;
  return steps.map(step => (total += step) / data.ticks);
}

// What the therapist decides, one of these for each recording

const clean = text => (typeof text === 'string' ? text : '');

class Book {
  constructor(raw, element) {
    this.raw = raw;
    this.element = element;
    this.place = `formcheck:${raw.key}`;
    this.faults = new Map();
    this.reps = new Map();
    this.added = 0;
    this.note = '';
    this.patient = '';
    this.forPatient = '';
    this.savedAt = null;
    this.newer = false;
    this.read(raw.decisions);
    this.readKept();
  }

  read(kept) {
    if (!kept) return;
    this.faults.clear();
    this.reps.clear();
    for (const one of Array.isArray(kept.faults) ? kept.faults : []) {
      this.faults.set(`${one.rep}/${one.code}`, {decision: one.decision || null, note: clean(one.note)});
    }
    for (const [index, one] of Object.entries(kept.reps || {})) {
      this.reps.set(String(index), {count: one.count ?? null, note: clean(one.note)});
    }
    this.added = Number(kept.added_reps) || 0;
    this.note = clean(kept.note);
    this.patient = clean(kept.patient);
    this.forPatient = clean(kept.for_patient);
    this.savedAt = kept.saved_at || null;
  }

  // What the browser kept wins over the file that was given, if it is younger
  readKept() {
    let kept = null;
    try { kept = JSON.parse(localStorage.getItem(this.place)); } catch { return; }
    if (!kept) return;
    const given = Date.parse(this.savedAt || '') || 0;
    this.newer = (Date.parse(kept.changed_at || '') || 0) > given;
    if (this.newer) this.read(kept);
  }

  keep() {
    const kept = {...this.document(), changed_at: new Date().toISOString()};
    kept.saved_at = this.savedAt;
    try { localStorage.setItem(this.place, JSON.stringify(kept)); return true; } catch { return false; }
  }

  fault(key) { return this.faults.get(key) || {decision: null, note: ''}; }

  rep(index) { return this.reps.get(String(index)) || {count: null, note: ''}; }

  counts(index) {
    const own = this.rep(index).count;
    return own === null ? Boolean(this.raw.reps[index]) : own;
  }

  changeFault(key, change) {
    const now = {...this.fault(key), ...change};
    if (now.decision || now.note) this.faults.set(key, now); else this.faults.delete(key);
    changed(this);
  }

  changeRep(index, change) {
    const now = {...this.rep(index), ...change};
    if (now.count === Boolean(this.raw.reps[index])) now.count = null;
    if (now.count !== null || now.note) this.reps.set(String(index), now); else this.reps.delete(String(index));
    changed(this);
  }

  document() {
    const reps = {};
    for (const [index, one] of this.reps) reps[index] = {count: one.count, note: one.note};
    return {
      schema: SCHEMA,
      source_sha256: this.raw.sha256,
      reps,
      added_reps: this.added || null,
      faults: [...this.faults].map(([key, one]) => {
        const [rep, code] = key.split('/');
        return {rep: Number(rep), code, decision: one.decision, note: one.note};
      }),
      note: this.note,
      ...(this.patient && {patient: this.patient}),
      ...(this.forPatient && {for_patient: this.forPatient}),
      saved_at: new Date().toISOString(),
    };
  }
}

const books = data.recordings.map((raw, index) =>
  new Book(raw, document.querySelector(`[data-recording="${index}"]`)));
const saidSaved = document.querySelector('.saved');
let unsaved = false;

function changed(book) {
  unsaved = true;
  const kept = book.keep();
  saidSaved.textContent = kept ? 'Kept in this browser, not yet saved to a file' : 'Not yet saved to a file';
  show(book);
}

function save() {
  const documents = books.map(book => book.document());
  const content = documents.length === 1 ? documents[0] : {schema: SCHEMA, recordings: documents};
  const link = make('a');
  link.href = URL.createObjectURL(new Blob([JSON.stringify(content, null, 2) + '\n'], {type: 'application/json'}));
  link.download = 'decisions.json';
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  unsaved = false;
  books.forEach((book, index) => { book.savedAt = documents[index].saved_at; book.keep(); });
  saidSaved.textContent = 'Saved as decisions.json';
}

// What stands after the decisions: the same sentences as told.py and record.py write, from the same pieces

class Standing {
  constructor(part) {
    this.part = part;
    this.book = books[part.recording];
    this.found = new Map();
    for (const code of part.codes) {
      const own = part.findings.filter(one => one.code === code && this.decision(one.rep, code) !== 'rejected');
      const missed = part.reps.filter(rep => this.decision(rep.index, code) === 'missed')
        .filter(rep => !own.some(one => one.rep === rep.index))
        .map(rep => ({rep: rep.index, code, severity: 'correct', missed: true, worst: rep.peak}));
      const all = [...own, ...missed].sort((a, b) => a.rep - b.rep);
      if (all.length) this.found.set(code, all);
    }
    const weight = code => Math.max(...this.found.get(code).map(one => ORDER.indexOf(one.severity)));
    this.codes = [...this.found.keys()].sort((a, b) => (a !== RANGE_LIMIT) - (b !== RANGE_LIMIT) ||
      weight(b) - weight(a) || this.found.get(b).length - this.found.get(a).length);
  }

  decision(rep, code) { return this.book.fault(`${rep}/${code}`).decision; }

  gravest(found) { return ORDER[Math.max(...found.map(one => ORDER.indexOf(one.severity)))]; }

  base(code) {
    const {judged, unjudged} = this.part.checks[code];
    return judged + unjudged.filter(rep => this.decision(rep, code) === 'missed').length;
  }

  level(rep) {
    const own = [...this.found.values()].flat().filter(one => one.rep === rep.index);
    if (own.length) return LEVELS[this.gravest(own)];
    return rep.judged ? 'nothing found' : 'not judged';
  }

  sentence(code) {
    const found = this.found.get(code);
    const check = this.part.checks[code];
    const missed = found.filter(one => one.missed).map(one => one.rep);
    if (missed.length === found.length) {
      return `${check.found} in ${inReps(missed)}: seen by the therapist, not by the software.`;
    }
    const base = this.base(code);
    let of = `${base} repetition${base === 1 ? '' : 's'}`;
    if (base < this.part.reps.length) of = `the ${of} judged`;
    const only = this.part.reps.length === 1;
    let said = only ? check.found : `${check.found} in ${found.length} of ${of}`;
    const measured = found.filter(one => one.value);
    if (measured.length) {
      const worst = measured.reduce((a, b) =>
        (b.beyond[0] - a.beyond[0] || b.beyond[1] - a.beyond[1]) > 0 ? b : a);
      const between = measured.length === 1 ? ': ' : `, ${worst.most}`;
      const where = only ? '' : ` in repetition ${worst.rep}`;
      said += `${between}${worst.value}${where} (${worst.limit})`;
    }
    said += `. ${capital(WEIGHTS[this.gravest(found)])}.`;
    if (missed.length) said += ` ${capital(inReps(missed))}: seen by the therapist only.`;
    const confirmed = found.filter(one => !one.missed && this.decision(one.rep, code) === 'confirmed');
    if (confirmed.length + missed.length === found.length) said += ' Confirmed by the therapist.';
    return said;
  }

  clear() { return this.part.codes.filter(code => this.part.checks[code].clear && !this.found.has(code)); }

  listed(codes) { return [...new Set(codes.map(code => this.part.checks[code].name))].join(', '); }

  nothing() {
    const clear = this.clear();
    if (!clear.length) {
      return this.part.findings.length ? 'No finding stands.' : 'Form could not be judged in this recording; see below why.';
    }
    return `Nothing found in ${clear.length} check${clear.length === 1 ? '' : 's'}: ${this.listed(clear)}.`;
  }

  matters() {
    const said = this.codes.length ? this.codes.map(code => this.sentence(code)) : [this.nothing()];
    const {trend} = this.part;
    return trend ? [...said.slice(0, MOST_FINDINGS - 1), trend] : said.slice(0, MOST_FINDINGS);
  }

  rejected() {
    const found = new Map();
    for (const one of this.part.findings) found.set(one.code, [...(found.get(one.code) || []), one]);
    const weight = code => Math.max(...found.get(code).map(one => ORDER.indexOf(one.severity)));
    const said = this.part.codes.filter(code => found.has(code)).sort((a, b) =>
      (a !== RANGE_LIMIT) - (b !== RANGE_LIMIT) || weight(b) - weight(a) || found.get(b).length - found.get(a).length)
      .map(code => [code, found.get(code).filter(one => this.decision(one.rep, code) === 'rejected')])
      .filter(([, gone]) => gone.length)
      .map(([code, gone]) => `${this.part.checks[code].rejected} (${inReps(gone.map(one => one.rep))})`);
    return said.length ? `Rejected by the therapist: ${said.join(', ')}.` : '';
  }

  counted() { return this.part.reps.filter(rep => this.book.counts(rep.index)); }

  count() { return this.counted().length + (this.part.leads ? this.book.added : 0); }

  software() { return this.part.reps.filter(rep => this.book.raw.reps[rep.index]).length; }

  countNote() {
    const software = this.software();
    return this.count() === software ? this.part.note : `by the therapist; ${software} by the software`;
  }

  form() {
    const levels = new Map();
    for (const rep of this.counted()) levels.set(this.level(rep), (levels.get(this.level(rep)) || 0) + 1);
    const some = names => names.map(one => `${levels.get(one)} ${one === 'nothing found' ? 'with ' : ''}${one}`).join(', ');
    const found = ['to correct', 'to improve', 'noted'].filter(one => levels.get(one));
    const total = this.counted().length;
    if (!found.length) {
      const value = levels.get('nothing found') ? 'nothing found' : 'not judged';
      if (value === 'not judged') return [capital(value), ''];
      return [capital(value), [this.judgedChecks(), ...(levels.get('not judged') ? [some(['not judged'])] : [])].join(', ')];
    }
    const rest = [...found.slice(1), ...['nothing found', 'not judged'].filter(one => levels.get(one))];
    return [`${levels.get(found[0])} of ${total} ${found[0]}`, some(rest)];
  }

  judgedChecks() {
    const assessed = this.counted().map(rep => rep.assessed);
    const [low, high] = [Math.min(...assessed), Math.max(...assessed)];
    return `in ${low === high ? low : `${low} to ${high}`} of ${Math.max(...this.counted().map(rep => rep.of))} checks`;
  }

  record() {
    const {head, range, tail} = this.part.record;
    if (!this.part.reps.length || !this.part.codes.length) return null;
    const count = this.count();
    const note = this.countNote();
    const clear = this.clear();
    return [
      ...head, `${count} complete repetition${count === 1 ? '' : 's'}${note ? ` (${note})` : ''}.`, ...range,
      ...this.codes.map(code => `- ${this.sentence(code)}`),
      this.codes.length ? (clear.length ? `Checked, nothing found: ${this.listed(clear)}.` : '') : this.nothing(),
      this.rejected(), ...tail,
    ].filter(Boolean).join('\n');
  }
}

// Showing decisions: everything is drawn from the book again

function show(book) {
  book.parts = new Map();
  data.parts.forEach((part, place) => { if (books[part.recording] === book) book.parts.set(place, new Standing(part)); });
  for (const [place, standing] of book.parts) showPart(document.getElementById(`part-${place}`), standing);
  for (const item of all('.finding', book.element)) showFinding(book, item);
  for (const tile of all('.tile', book.element)) showTile(book, tile);
  for (const row of all('.reps tr[data-rep]', book.element)) showRow(book, row);
  showMissed(book);
  showTally(book);
  showRecord(book);
  showPatient(book);
}

function showPart(element, standing) {
  const list = element.querySelector('.matters-list');
  if (standing.part.reps.length && standing.part.codes.length) {
    list.replaceChildren(...standing.matters().map(words => make('li', '', words)));
    const rejected = element.querySelector('.matters .rejected');
    rejected.textContent = standing.rejected();
    rejected.hidden = !rejected.textContent;
  }
  const tell = (key, value, note) => {
    const box = element.querySelector(`.numbers [data-key="${key}"]`);
    if (!box) return;
    box.querySelector('b').textContent = value;
    box.querySelector('small').textContent = note;
  };
  tell('count', standing.count(), standing.countNote());
  tell('form', ...standing.form());
  const reps = new Map(standing.part.reps.map(rep => [String(rep.index), rep]));
  for (const holder of all('.tile, .reps tr[data-rep]', element)) showVerdict(standing, reps.get(holder.dataset.rep), holder);
  for (const chip of all('.chip', element)) {
    chip.classList.toggle('rejected', standing.decision(chip.dataset.rep, chip.dataset.code) === 'rejected');
  }
  for (const row of all('.checks tr[data-code]', element)) {
    const counts = {confirmed: 0, rejected: 0, missed: 0};
    for (const rep of standing.part.reps) {
      const own = standing.decision(rep.index, row.dataset.code);
      if (own) counts[own] += 1;
    }
    row.querySelector('.by-therapist').textContent =
      [[counts.confirmed, 'confirmed'], [counts.rejected, 'rejected'], [counts.missed, 'seen by the therapist only']]
        .filter(([count]) => count).map(([count, words]) => `${count} ${words}`).join(', ');
  }
}

function showVerdict(standing, rep, holder) {
  const {book} = standing;
  const level = book.counts(rep.index) ? standing.level(rep) : book.raw.reps[rep.index] ? 'not counted' : 'partial';
  const box = holder.querySelector('.verdict');
  box.className = `verdict ${level.replace(' ', '-')}`;
  box.querySelector('.sign').textContent = LEVEL_SIGNS[level];
  box.querySelector('.level').textContent = level;
}

function patientName() { return (books.find(book => book.patient) || {}).patient || data.patient; }

function showRecord(book) {
  const box = book.element.querySelector('.record');
  const blocks = [...book.parts.values()].map(standing => standing.record() ?? standing.part.record.whole);
  const name = book.patient || book.raw.patient;
  box.textContent = [
    name && `Patient: ${name}`, ...blocks, book.note && `Note: ${book.note}`, book.raw.measured_by,
  ].filter(Boolean).join('\n\n');
}

// The clipboard where the browser allows it; the text is selected in any case
async function copy(box) {
  const range = document.createRange();
  range.selectNodeContents(box);
  getSelection().removeAllRanges();
  getSelection().addRange(range);
  const said = box.closest('.record-box').querySelector('.copied');
  let done = false;
  try { await navigator.clipboard.writeText(box.textContent); done = true; } catch { done = document.execCommand('copy'); }
  said.textContent = done ? 'Copied' : 'Selected: copy it with Ctrl + C';
}

function setValue(field, value) { if (field && document.activeElement !== field) field.value = value; }

function showFinding(book, item) {
  const own = book.fault(`${item.dataset.rep}/${item.dataset.code}`);
  for (const button of all('[data-decide]', item)) {
    button.setAttribute('aria-pressed', String(own.decision === button.dataset.decide));
  }
  setValue(item.querySelector('.note'), own.note);
  const said = [own.decision && `${DECIDED[own.decision]} by the therapist`, own.note].filter(Boolean);
  item.querySelector('.decided').textContent = said.join(': ');
  item.classList.toggle('rejected', own.decision === 'rejected');
}

function showTile(book, tile) {
  const index = tile.dataset.rep;
  tile.querySelector('.counts').checked = book.counts(index);
  tile.classList.toggle('changed', book.rep(index).count !== null);
}

function showRow(book, row) {
  const own = book.rep(row.dataset.rep);
  const counts = book.counts(row.dataset.rep) ? 'yes' : 'no';
  row.querySelector('.counted').textContent = own.count === null ? counts : `${counts} (therapist)`;
  setValue(row.querySelector('.rep-note'), own.note);
  row.querySelector('.noted').textContent = own.note;
}

function missedOf(book) { return [...book.faults].filter(([, one]) => one.decision === 'missed'); }

function showMissed(book) {
  const list = book.element.querySelector('.missed-list');
  list.replaceChildren(...missedOf(book).map(([key]) => {
    const [rep, code] = key.split('/');
    const words = `Repetition ${rep}, ${data.words[code] || code}: seen by you, not by the software`;
    const item = make('li', '', words);
    const button = make('button', 'needs-script', 'Remove');
    button.type = 'button';
    button.setAttribute('aria-label', `Remove: ${words}`);
    button.addEventListener('click', () => book.changeFault(key, {decision: null}));
    item.append(button);
    return item;
  }));
}

function showTally(book) {
  const found = all('.finding', book.element).map(item => `${item.dataset.rep}/${item.dataset.code}`);
  const decided = found.filter(key => book.fault(key).decision).length;
  const software = Object.values(book.raw.reps).filter(Boolean).length;
  const own = Object.keys(book.raw.reps).filter(index => book.counts(index)).length + book.added;
  const counted = own === software ? `${software} complete repetition${software === 1 ? '' : 's'}` :
    `${own} complete repetitions by your count, ${software} by the software`;
  book.element.querySelector('.tally').textContent =
    `${decided} of ${found.length} findings decided; ${counted}.`;
  setValue(book.element.querySelector('.added'), book.added);
  setValue(book.element.querySelector('.whole-note'), book.note);
  book.element.querySelector('.whole-noted').textContent = book.note ? `Note: ${book.note}` : '';
  book.element.querySelector('.whole-noted').hidden = !book.note;
  showAgreement(book, found);
}

// Per check: how often therapist and software say the same of what the software found or the therapist saw
function showAgreement(book, found) {
  const rows = new Map();
  const row = code => {
    if (!rows.has(code)) rows.set(code, {found: 0, confirmed: 0, rejected: 0, missed: 0});
    return rows.get(code);
  };
  for (const key of found) {
    const one = row(key.split('/')[1]);
    one.found += 1;
    const decision = book.fault(key).decision;
    if (decision) one[decision] += 1;
  }
  for (const [key] of missedOf(book)) row(key.split('/')[1]).missed += 1;
  const box = book.element.querySelector('.agreement');
  const decided = [...rows].filter(([, one]) => one.confirmed + one.rejected + one.missed);
  box.replaceChildren();
  if (!decided.length) return;
  const table = make('table');
  const head = make('tr');
  for (const words of ['Check', 'Found', 'Confirmed', 'Rejected', 'Missed', 'Agreement']) {
    const cell = make('th', '', words);
    cell.scope = 'col';
    head.append(cell);
  }
  table.append(make('caption', 'unseen', 'Agreement between therapist and software'), make('thead'), make('tbody'));
  table.tHead.append(head);
  for (const [code, one] of decided) {
    const judged = one.confirmed + one.rejected + one.missed;
    const line = make('tr');
    const name = make('th', '', data.words[code] || code);
    name.scope = 'row';
    line.append(name);
    for (const value of [one.found, one.confirmed, one.rejected, one.missed]) line.append(make('td', '', value));
    line.append(make('td', '', `${one.confirmed} of ${judged}`));
    table.tBodies[0].append(line);
  }
  box.append(table);
}

function showPatient(book) {
  for (const box of all('#patient [data-parts]')) {
    const places = box.dataset.parts.split(' ').map(Number);
    if (!places.some(place => books[data.parts[place].recording] === book)) continue;
    const group = places.map(place => new Standing(data.parts[place]));
    const count = group.reduce((sum, one) => sum + one.count(), 0);
    const done = box.querySelector('.done-count');
    if (count) {
      done.replaceChildren('You did ', make('b', 'own-count', count), ` full repetition${count === 1 ? '' : 's'}.`);
    } else done.replaceChildren('No full repetition was counted this time.');
    const stands = code => group.some(one => one.found.has(code));
    let praised = 0;
    for (const line of all('.praise', box)) {
      line.hidden = stands(line.dataset.code) || praised >= MOST_PRAISED;
      if (!line.hidden) praised += 1;
    }
    const first = toWorkOn(group)[0];
    const things = box.querySelector('.things');
    const noted = group.some(one => one.codes.length);
    things.querySelector('.thing').textContent = first ? first.cue : noted ? things.dataset.noted : things.dataset.nothing;
    const often = things.querySelector('.how-often');
    often.textContent = first && first.of > 1 ? `Seen in ${first.seen} of ${first.of} repetitions.` : '';
    often.hidden = !often.textContent;
  }
}

// As patient.py: a limit of the plan, then what the therapist confirmed or added, then by weight and how often
function toWorkOn(group) {
  const things = new Map();
  for (const standing of group) {
    for (const code of standing.codes) {
      const thing = things.get(code) || {code, cue: '', seen: 0, of: 0, endorsed: false, weight: 0};
      const found = standing.found.get(code);
      thing.cue = standing.part.checks[code].cue;
      thing.seen += found.length;
      thing.weight = Math.max(thing.weight, ORDER.indexOf(standing.gravest(found)));
      thing.endorsed ||= found.some(one => one.missed || standing.decision(one.rep, code) === 'confirmed');
      things.set(code, thing);
    }
  }
  for (const thing of things.values()) {
    thing.of = group.reduce((sum, one) => sum + (one.part.checks[thing.code] ? one.base(thing.code) : 0), 0);
  }
  return [...things.values()].filter(one => one.cue && (one.endorsed || one.weight > 0)).sort((a, b) =>
    (a.code !== RANGE_LIMIT) - (b.code !== RANGE_LIMIT) || b.endorsed - a.endorsed || b.weight - a.weight || b.seen - a.seen);
}

// The checks that a repetition can be given depend on its exercise
function offerChecks(book) {
  const reps = book.element.querySelector('.missed-rep');
  if (!reps) return;
  const part = data.parts.find(one => books[one.recording] === book && one.reps.some(rep => String(rep.index) === reps.value));
  const offered = part ? part.offered : [];
  book.element.querySelector('.missed-code').replaceChildren(...offered.map(code => {
    const words = data.words[code] || code;
    const option = make('option', '', words[0].toUpperCase() + words.slice(1));
    option.value = code;
    return option;
  }));
}

function listen(book) {
  book.element.querySelector('.missed-rep')?.addEventListener('change', () => offerChecks(book));
  offerChecks(book);
  book.element.addEventListener('click', event => {
    const button = event.target.closest('button');
    if (!button) return;
    const item = button.closest('.finding');
    if (button.dataset.decide && item) {
      const key = `${item.dataset.rep}/${item.dataset.code}`;
      const same = book.fault(key).decision === button.dataset.decide;
      book.changeFault(key, {decision: same ? null : button.dataset.decide});
    } else if (button.dataset.do === 'copy') copy(book.element.querySelector('.record'));
    else if (button.dataset.do === 'missed') {
      const rep = book.element.querySelector('.missed-rep').value;
      const code = book.element.querySelector('.missed-code').value;
      const key = `${rep}/${code}`;
      const known = all('.finding', book.element).find(one => `${one.dataset.rep}/${one.dataset.code}` === key);
      if (known) known.querySelector('.go').click(); else book.changeFault(key, {decision: 'missed'});
    }
  });
  book.element.addEventListener('input', event => {
    const field = event.target;
    const holder = field.closest('[data-rep]');
    if (field.classList.contains('note')) {
      book.changeFault(`${holder.dataset.rep}/${holder.dataset.code}`, {note: field.value});
    } else if (field.classList.contains('rep-note')) book.changeRep(holder.dataset.rep, {note: field.value});
    else if (field.classList.contains('counts')) book.changeRep(holder.dataset.rep, {count: field.checked});
    else if (field.classList.contains('added')) { book.added = clamp(Math.round(Number(field.value)) || 0, 0, 999); changed(book); }
    else if (field.classList.contains('whole-note')) { book.note = field.value; changed(book); }
  });
}

// Video and traces, one of these for each part

class Player {
  constructor(part, element, place) {
    this.part = part;
    this.element = element;
    this.place = place;
    this.raw = data.recordings[part.recording];
    this.times = (this.raw.read ||= summed(this.raw.times));
    this.video = element.querySelector('video');
    this.offset = 0;
    this.index = 0;
    this.end = this.times.length ? this.times[this.times.length - 1] : 0;
    this.window = [part.span[0], Math.max(part.span[1], part.span[0] + 0.1)];
    this.graphs = [];
    if (this.times.length) this.draw();
    this.listen();
    this.move(indexAt(this.times, part.span[0]), false);
  }

  // Time

  listen() {
    const video = this.video;
    if (video) {
      video.controls = false;
      video.addEventListener('loadeddata', () => this.align());
      if (video.readyState >= 2) this.align();
      video.addEventListener('click', () => this.toggle());
      for (const name of ['play', 'pause', 'ended']) video.addEventListener(name, () => this.showPlaying());
      video.addEventListener('seeked', () => this.follow(video.currentTime));
      if ('requestVideoFrameCallback' in HTMLVideoElement.prototype) {
        const each = (now, frame) => {
          this.follow(this.mediaTime(frame.mediaTime));
          video.requestVideoFrameCallback(each);
        };
        video.requestVideoFrameCallback(each);
      } else video.addEventListener('timeupdate', () => this.follow(video.currentTime));
    }
    this.element.addEventListener('pointerdown', () => { active = this; });
    this.element.addEventListener('focusin', () => { active = this; });
    this.element.addEventListener('click', event => this.click(event));
    const speed = this.element.querySelector('[data-do="speed"]');
    speed.addEventListener('change', () => { if (video) video.playbackRate = Number(speed.value); });
  }

  // Where the recording was reviewed from later on, browsers let its video begin at that time, or at 0
  align() {
    const first = this.times[0] || 0;
    const {currentTime, duration} = this.video;
    const own = currentTime > first / 2 || duration > this.end - first / 2;
    this.offset = first < 0.5 || own ? 0 : first;
    if (this.index) this.seekVideo();
  }

  // Pictures may carry their own time even where the video's clock begins at 0
  mediaTime(time) {
    const now = this.video.currentTime;
    return Math.abs(time - this.offset - now) < Math.abs(time - now) ? time - this.offset : time;
  }

  seekVideo() {
    if (!this.video || !this.times.length) return;
    this.video.currentTime = this.times[this.index] - this.offset + INSIDE_S;
  }

  follow(videoTime) {
    if (this.video.seeking) return;
    this.move(indexAt(this.times, videoTime + this.offset), false);
  }

  // Go to a picture; the video is told unless it was the one to say so
  move(index, tell = true) {
    this.index = clamp(index, 0, Math.max(0, this.times.length - 1));
    this.showTime();
    if (tell) this.seekVideo();
  }

  goto(time, pause = true) {
    if (pause && this.video) this.video.pause();
    this.move(indexAt(this.times, time));
  }

  step(by) {
    if (this.video) this.video.pause();
    this.move(this.index + by);
  }

  stepRep(by) {
    const now = this.times[this.index];
    const peaks = this.part.reps.map(rep => this.times[indexAt(this.times, rep.peak)]);
    const next = by > 0 ? peaks.find(peak => peak > now + 1e-3) : peaks.filter(peak => peak < now - 1e-3).pop();
    if (next !== undefined) this.goto(next);
  }

  toggle() {
    if (!this.video) return;
    if (this.video.paused) this.video.play().catch(() => {}); else this.video.pause();
  }

  showPlaying() {
    const button = this.element.querySelector('[data-do="play"]');
    button.textContent = this.video.paused ? 'Play' : 'Pause';
  }

  click(event) {
    const button = event.target.closest('button');
    if (!button) return;
    const doing = {
      'rep-back': () => this.stepRep(-1), 'rep-on': () => this.stepRep(1),
      'frame-back': () => this.step(-1), 'frame-on': () => this.step(1),
      'play': () => this.toggle(), 'zoom-in': () => this.zoom(0.5), 'zoom-out': () => this.zoom(2),
    }[button.dataset.do];
    if (doing) doing();
    else if (button.dataset.seek) {
      this.goto(Number(button.dataset.seek));
      const holder = button.closest('[data-code]') || button;
      if (holder.dataset.code) this.choose(holder.dataset.rep, holder.dataset.code, !button.closest('.finding'));
      else if (button.closest('.strip') && matchMedia('(max-width: 60rem)').matches) this.bringIntoView();
    }
  }

  bringIntoView() { this.element.querySelector('.screen').scrollIntoView({block: 'start'}); }

  // Mark a finding and show its rule below it
  choose(rep, code, scroll) {
    for (const item of all('.finding.chosen')) item.classList.remove('chosen');
    const item = all('.finding', this.element).find(one => one.dataset.rep === String(rep) && one.dataset.code === code);
    if (!item) return;
    item.classList.add('chosen');
    const group = item.closest('.group');
    for (const rule of all('.rule', this.element.querySelector('.findings'))) rule.open = group.contains(rule);
    item.append(group.querySelector('.rule'));
    const list = item.closest('.findings');
    const [inner, outer] = [item.getBoundingClientRect(), list.getBoundingClientRect()];
    const below = Math.min(inner.bottom - outer.bottom + 12, inner.top - outer.top - 12);
    if (inner.top < outer.top || below > 0) list.scrollTop += inner.top < outer.top ? inner.top - outer.top - 12 : below;
    if (scroll && matchMedia('(max-width: 60rem)').matches) this.bringIntoView();
  }

  // Drawing

  x(time) { return 100 * (time - this.window[0]) / (this.window[1] - this.window[0]); }

  zoom(factor) {
    const middle = this.times[this.index];
    const [low, high] = [this.times[0], this.end];
    const width = clamp((this.window[1] - this.window[0]) * factor, 0.5, Math.max(0.5, high - low));
    const start = clamp(middle - width / 2, low, Math.max(low, high - width));
    this.window = [start, start + width];
    this.layout();
  }

  whole() {
    this.window = [this.part.span[0], Math.max(this.part.span[1], this.part.span[0] + 0.1)];
    this.layout();
  }

  keepInWindow(time) {
    const [low, high] = this.window;
    if (time >= low - 1e-6 && time <= high + 1e-6) return;
    const width = high - low;
    const start = clamp(time - width / 10, this.times[0], Math.max(this.times[0], this.end - width));
    this.window = [start, start + width];
    this.layout();
  }

  draw() {
    const box = this.element.querySelector('.graphs');
    box.tabIndex = 0;
    box.setAttribute('role', 'slider');
    box.setAttribute('aria-label', `Time in the recording, ${this.part.name}. Arrow keys go frame by frame.`);
    box.setAttribute('aria-valuemin', '0');
    box.setAttribute('aria-valuemax', this.end.toFixed(2));
    this.box = box;
    for (const trace of this.part.traces) this.graphs.push(new Graph(this, trace, box));
    this.lanes = make('div');
    box.after(this.lanes);
    if (!this.part.traces.length) {
      box.append(make('p', 'novideo', 'No angle could be measured in this recording.'));
    }
    this.dragging();
    this.layout();
  }

  dragging() {
    const at = event => {
      const plane = this.graphs[0].plane.getBoundingClientRect();
      const share = clamp((event.clientX - plane.left) / plane.width, 0, 1);
      return this.window[0] + share * (this.window[1] - this.window[0]);
    };
    let held = false;
    this.box.addEventListener('pointerdown', event => {
      if (event.button || !event.target.closest('.plane')) return;
      held = true;
      this.box.setPointerCapture(event.pointerId);
      this.box.focus({preventScroll: true});
      this.goto(this.nearest(at(event)));
    });
    this.box.addEventListener('pointermove', event => { if (held) this.goto(this.nearest(at(event))); });
    for (const name of ['pointerup', 'pointercancel']) this.box.addEventListener(name, () => { held = false; });
  }

  nearest(time) {
    const index = indexAt(this.times, time);
    const next = this.times[index + 1];
    return next !== undefined && next - time < time - this.times[index] ? next : this.times[index];
  }

  layout() {
    for (const graph of this.graphs) graph.layout();
    if (!this.lanes) return;
    const [low, high] = this.window;
    const inside = (from, to) => to >= low && from <= high;
    const width = this.lanes.clientWidth || 800;
    const reps = make('div', 'lane');
    reps.append(make('span', 'lane-name', 'reps'));
    for (const rep of this.part.reps.filter(one => inside(one.start, one.end))) {
      const button = make('button', '', rep.index);
      const [left, right] = [Math.max(0, this.x(rep.start)), Math.min(100, this.x(rep.end))];
      button.type = 'button';
      button.style.left = `${left}%`;
      button.style.width = `${right - left}%`;
      button.dataset.seek = rep.peak;
      button.setAttribute('aria-label', `Repetition ${rep.index}, to its peak`);
      if ((right - left) * width / 100 < 16) button.textContent = '';
      reps.append(button);
    }
    const faults = make('div', 'lane faults');
    faults.append(make('span', 'lane-name', 'found'));
    for (const one of this.part.findings.filter(each => inside(each.worst, each.worst))) {
      const button = make('button', `mark ${one.severity}`, MARKS[one.severity] || MARKS.log);
      button.type = 'button';
      button.style.left = `${this.x(one.worst)}%`;
      button.dataset.seek = one.worst;
      button.dataset.rep = one.rep;
      button.dataset.code = one.code;
      button.title = `${one.words}, repetition ${one.rep}`;
      button.setAttribute('aria-label', `${one.words}, repetition ${one.rep}: to its worst moment`);
      faults.append(button);
    }
    const times = make('div', 'times');
    times.setAttribute('aria-hidden', 'true');
    for (const tick of ticks(low, high, Math.max(2, Math.floor(width / 90)))) {
      const label = make('span', '', `${Number(tick.toFixed(2))} s`);
      label.style.left = `${clamp(this.x(tick), 1.5, 97.5)}%`;
      times.append(label);
    }
    const parts = [times];
    if (this.part.reps.length) parts.push(reps);
    if (this.part.findings.length) parts.push(faults);
    this.lanes.replaceChildren(...parts, this.legend());
    this.showCursor();
  }

  legend() {
    const kinds = new Set(this.part.traces.flatMap(trace => trace.lines.map(line => line.kind)));
    const box = make('div', 'legend');
    const add = (name, words) => {
      const item = make('span', '', '');
      item.append(make('i', name), words);
      box.append(item);
    };
    if (kinds.has('target')) add('l-target', 'target of the plan');
    if (kinds.has('limit')) add('l-limit', 'limit of a check');
    if (this.part.traces.some(trace => trace.bands.length)) add('l-band', 'error of the angle: 9 of 10 true values lie inside');
    if (this.part.reps.length) add('l-rep', 'repetition');
    if (this.raw.gaps.length) add('l-gap', 'not measurable');
    return box;
  }

  // Showing the moment

  showTime() {
    if (!this.times.length) return;
    const time = this.times[this.index];
    this.keepInWindow(time);
    this.showCursor();
    const rep = this.part.reps.find(one => time >= one.start && time <= one.end);
    const gap = this.raw.gaps.find(one => this.index >= one.from && this.index <= one.to);
    const said = [`${time.toFixed(2)} s`, `frame ${this.index + 1} of ${this.times.length}`];
    if (rep) said.push(`repetition ${rep.index}`);
    if (gap) said.push(`not measurable${gap.reason ? `: ${gap.reason}` : ''}`);
    this.element.querySelector('.now').textContent = said.join(' · ');
    for (const tile of all('.tile', this.element)) {
      tile.classList.toggle('now-playing', Boolean(rep) && tile.dataset.rep === String(rep.index));
    }
    const values = this.graphs.map(graph => graph.read(this.index));
    if (this.box) {
      this.box.setAttribute('aria-valuenow', time.toFixed(2));
      this.box.setAttribute('aria-valuetext', [said[0], ...said.slice(2), ...values].join(', '));
    }
  }

  showCursor() {
    const left = `${this.x(this.times[this.index])}%`;
    for (const graph of this.graphs) graph.cursor.style.left = left;
  }
}

function ticks(low, high, most) {
  const rough = (high - low) / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map(factor => factor * power).find(one => one >= rough - 1e-9);
  const found = [];
  for (let tick = Math.ceil(low / step) * step; tick <= high + 1e-9; tick += step) found.push(tick);
  return found;
}

// One trace

class Graph {
  constructor(player, trace, box) {
    this.player = player;
    this.trace = trace;
    this.values = trace.values.map(value => (value === null ? null : value / trace.scale));
    this.bounds();
    const graph = make('div', 'graph');
    const head = make('div', 'graph-name');
    this.said = make('span', 'read');
    head.append(make('span', '', `${trace.label}, ${trace.unit}`), this.said);
    this.plane = make('div', 'plane');
    this.cursor = make('div', 'cursor');
    this.picture = shape('svg', {preserveAspectRatio: 'none', 'aria-hidden': 'true'});
    this.plane.append(this.picture, this.cursor);
    graph.append(head, this.plane);
    box.append(graph);
    this.graph = graph;
    this.fill();
  }

  bounds() {
    const known = this.values.filter(value => value !== null);
    const seen = known.length ? [known.reduce((a, b) => Math.min(a, b)), known.reduce((a, b) => Math.max(a, b))] : [0, 1];
    const lines = this.trace.lines.map(line => line.y);
    let [low, high] = seen;
    this.trace.bands.forEach((half, place) => {
      const value = this.values[place];
      if (half === null || value === null || value === undefined) return;
      low = Math.min(low, value - half);
      high = Math.max(high, value + half);
    });
    const reach = (high - low) || 1;
    for (const y of lines) if (y > low - reach && y < high + reach) { low = Math.min(low, y); high = Math.max(high, y); }
    const space = 0.1 * ((high - low) || 1);
    this.low = low - space;
    this.high = high + space;
  }

  y(value) { return 100 * (this.high - value) / (this.high - this.low); }

  time(place) {
    const times = this.player.times;
    return times[Math.min(place * this.trace.step, times.length - 1)];
  }

  // x is in seconds, y in percent of the height: changing the view box is all that zooming takes
  fill() {
    const {part, raw, times} = this.player;
    const band = (name, from, to) => this.picture.append(
      shape('rect', {class: name, x: from, width: Math.max(to - from, 0), y: 0, height: 100}));
    for (const rep of part.reps) {
      band(raw.reps[rep.index] ? 'repband' : 'repband partial', rep.start, rep.end);
      this.picture.append(shape('path', {class: 'repedge', d: `M${rep.start} 0V100M${rep.end} 0V100`}));
    }
    for (const gap of raw.gaps) {
      const half = 0.5 * ((times[gap.to] - times[Math.max(0, gap.to - 1)]) || 0.02);
      band('gapband', times[gap.from] - half, times[gap.to] + half);
    }
    for (const one of part.findings) {
      if (one.from !== null && this.limits(one.code)) band(`span ${one.severity}`, one.from, one.to ?? one.from);
    }
    for (const tick of ticks(this.low, this.high, 3)) {
      this.picture.append(shape('path', {class: 'gridline', d: `M${times[0]} ${this.y(tick)}H${this.player.end}`}));
      const label = make('span', 'ytick', number(tick, this.trace.unit === 'degrees' ? 0 : Math.abs(tick) < 10 ? 1 : 0));
      label.style.top = `${clamp(this.y(tick), 6, 94)}%`;
      this.ylabels ||= [];
      this.ylabels.push(label);
    }
    for (const line of this.trace.lines) {
      if (line.y < this.low || line.y > this.high) continue;
      this.picture.append(shape('path', {
        class: line.kind, d: `M${line.from ?? times[0]} ${this.y(line.y)}H${line.to ?? this.player.end}`,
      }));
    }
    for (const d of this.areas()) this.picture.append(shape('path', {class: 'bandarea', d}));
    this.picture.append(shape('path', {class: 'curve', d: this.curve()}));
    this.label();
  }

  limits(code) { return this.trace.lines.some(line => line.code === code); }

  curve() {
    const pieces = [];
    let open = false;
    this.values.forEach((value, place) => {
      if (value === null) { open = false; return; }
      const at = `${this.time(place).toFixed(3)} ${this.y(value).toFixed(2)}`;
      const alone = !open && (place + 1 >= this.values.length || this.values[place + 1] === null);
      pieces.push(alone ? `M${at}h0.01` : `${open ? 'L' : 'M'}${at}`);
      open = true;
    });
    return pieces.join('');
  }

  // The band around the curve, one closed shape for each stretch in which it is known
  areas() {
    const {bands} = this.trace;
    const shapes = [];
    let upper = [];
    let lower = [];
    const close = () => {
      if (upper.length > 1) shapes.push(`M${upper.join('L')}L${lower.reverse().join('L')}Z`);
      upper = [];
      lower = [];
    };
    bands.forEach((half, place) => {
      const value = this.values[place];
      if (half === null || value === null || value === undefined) { close(); return; }
      const x = this.time(place).toFixed(3);
      upper.push(`${x} ${this.y(value + half).toFixed(1)}`);
      lower.push(`${x} ${this.y(value - half).toFixed(1)}`);
    });
    close();
    return shapes;
  }

  label() {
    const axis = make('div');
    axis.setAttribute('aria-hidden', 'true');
    axis.append(...(this.ylabels || []));
    axis.style.cssText = 'position:absolute;left:0;top:0;height:100%;width:2.9rem';
    const holder = make('div');
    holder.style.position = 'relative';
    this.plane.replaceWith(holder);
    holder.append(axis, this.plane);
    const placed = [];
    for (const line of this.trace.lines) {
      if (line.relative || (line.from !== undefined && placed.length)) continue;
      if (line.y < this.low || line.y > this.high) continue;
      const kind = line.kind === 'target' ? 'target' : 'limit';
      const degrees = this.trace.unit === 'degrees';
      const value = number(line.shown ?? line.y, degrees ? 0 : 2) + (degrees ? '\u00b0' : '');
      const name = {target: line.most ? 'target at most' : 'target', limit: 'limit', near: 'limit of the plan'}[line.kind];
      const top = this.y(line.y);
      if (placed.some(other => Math.abs(other - top) < 16)) continue;
      placed.push(top);
      const weight = line.kind === 'limit' && WEIGHTS[line.severity] ? `, ${WEIGHTS[line.severity]}` : '';
      const words = make('span', `words ${kind}`, `${name} ${value}${weight}`);
      words.style.top = `${top}%`;
      this.plane.append(words);
    }
  }

  layout() {
    const [low, high] = this.player.window;
    this.picture.setAttribute('viewBox', `${low} 0 ${high - low} 100`);
  }

  half(index) {
    const half = this.trace.bands[Math.floor(index / this.trace.step)];
    return half === undefined || half === null ? '' : ` \u00b1 ${half}\u00b0`;
  }

  read(index) {
    const value = this.values[Math.min(Math.floor(index / this.trace.step), this.values.length - 1)];
    const {label, unit, decimals} = this.trace;
    const said = value === null || value === undefined ? 'not measurable' :
      unit === 'degrees' ? `${number(value, decimals)}\u00b0${this.half(index)}` : number(value, decimals);
    this.said.textContent = said;
    return `${label} ${said}`;
  }
}

// Putting it together

let active = null;
const players = data.parts.map((part, place) => new Player(part, document.getElementById(`part-${place}`), place));
active = players[0] || null;
books.forEach(book => { listen(book); show(book); });

// What is written for the patient, and the name, stand once on the page and in the first recording's decisions
const forPatient = document.querySelector('.for-patient');
const nameField = document.querySelector('.patient-name');

function showWritten() {
  const written = (books.find(book => book.forPatient) || books[0]).forPatient;
  setValue(forPatient, written);
  document.querySelector('.for-patient-said').textContent = written;
  forPatient.closest('.from-therapist').classList.toggle('empty', !written);
  setValue(nameField, patientName());
  for (const place of all('.patient-said')) place.textContent = patientName();
}

forPatient.addEventListener('input', () => {
  for (const book of books) book.forPatient = '';
  books[0].forPatient = forPatient.value;
  books.forEach(changed);
  showWritten();
});
nameField.addEventListener('input', () => {
  for (const book of books) book.patient = nameField.value;
  books.forEach(changed);
  showWritten();
});
showWritten();
const given = books.filter(book => book.raw.decisions);
if (given.some(book => book.newer)) {
  saidSaved.textContent = 'What this browser kept is younger than the file given, and is shown';
} else if (given.length) {
  const when = given.map(book => book.raw.decisions.saved_at).find(Boolean);
  saidSaved.textContent = when ? `Decisions of ${when.slice(0, 16).replace('T', ' ')} are shown` : 'Decisions are shown';
}

for (const button of all('.pages button')) {
  button.addEventListener('click', () => {
    document.body.dataset.page = button.dataset.page;
    for (const other of all('.pages button')) other.setAttribute('aria-pressed', String(other === button));
    scrollTo(0, 0);
    for (const player of players) player.layout();
  });
}
document.querySelector('[data-do="save"]').addEventListener('click', save);
document.querySelector('[data-do="print"]').addEventListener('click', () => print());

// A link such as report.html#t=12.3 opens the page at that moment
function openAt() {
  const asked = /^#t=(\d+(?:\.\d+)?)$/.exec(location.hash);
  if (!asked || !players.length) return;
  const time = Number(asked[1]);
  active = players.find(one => time <= one.part.span[1]) || players[players.length - 1];
  active.goto(time);
  active.element.scrollIntoView();
}
addEventListener('hashchange', openAt);
openAt();

let opened = [];
addEventListener('beforeprint', () => {
  for (const player of players) player.whole();
  for (const rule of all('.group .rule')) rule.closest('.group').querySelector('h4').after(rule);
  opened = all('.group > .rule:not([open]), .about:not([open]), .reps:not([open])');
  for (const one of opened) one.open = true;
});
addEventListener('afterprint', () => { for (const one of opened) one.open = false; });
addEventListener('beforeunload', event => { if (unsaved && !books.every(book => book.keep())) event.preventDefault(); });
let resizing = 0;
addEventListener('resize', () => {
  cancelAnimationFrame(resizing);
  resizing = requestAnimationFrame(() => { for (const player of players) player.layout(); });
});

addEventListener('keydown', event => {
  const target = event.target;
  if (event.altKey || event.ctrlKey || event.metaKey || document.body.dataset.page !== 'therapist' || !active) return;
  if (target.closest('input, textarea, select')) return;
  const by = {ArrowLeft: -1, ArrowRight: 1}[event.key];
  if (by && event.shiftKey) active.stepRep(by);
  else if (by) active.step(by);
  else if (event.key === ' ' && !target.closest('button, summary, a')) active.toggle();
  else if (event.key === 'Home' && target.closest('.graphs')) active.goto(active.window[0]);
  else if (event.key === 'End' && target.closest('.graphs')) active.goto(active.window[1]);
  else return;
  event.preventDefault();
});
})();
