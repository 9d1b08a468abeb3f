// The cast of a book: who and what is in it, each with one look for all pages, changed for all of them. view.js, which
// stands behind this, shows it; `value`, `act`, `ask`, `button` and `busy` are its own.

const cast = element.querySelector(".st-cast");
const vocabularies = new Map(); // picture model -> what looks can be chosen from, once the server has answered

function vocabulary(model) {
  if (!vocabularies.has(model)) vocabularies.set(model, ask("story_vocabulary", {model}));
  return vocabularies.get(model);
}

async function showCast() {
  const characters = value.characters ?? [];
  const shown = JSON.stringify([characters, value.job, value.picture_model, value.style]);
  if (cast.dataset.shown !== shown) {
    cast.dataset.shown = shown;
    const known = await vocabulary(value.picture_model ?? "");
    if (cast.dataset.shown !== shown) return; // another book came meanwhile
    const names = make("datalist");
    names.id = element.id + "-kinds";
    names.append(...(known.names ?? []).map((name) => new Option(name)));
    const head = make("header");
    head.append(make("strong", "", words.cast), make("span", "st-note", words.cast_hint));
    const people = make("div", "st-people");
    people.append(...characters.map((one, who) => castRow(one, who, known, names.id)));
    const fields = () => [...cast.querySelectorAll("input, select")], before = fields(), here = document.activeElement;
    for (const node of before) node.onchange = node.onblur = null; // to take away a field that is typed into changes it
    cast.replaceChildren(head, people, names);
    const same = fields().length === before.length && ["", value.job ?? ""].includes(cast.dataset.job);
    if (same) fields().forEach((node, i) => goOn(node, before[i], here));
    cast.dataset.job = value.job ?? "";
  }
  for (const node of cast.querySelectorAll("input, select, button")) node.disabled = busy();
}

// A hand that is in a field goes on there, though an answer has come.
function goOn(node, before, here) {
  if (before.typed) Object.assign(node, {value: before.value, typed: true});
  if (before !== here) return;
  node.focus({preventScroll: true});
  if (before.selectionStart != null) node.setSelectionRange(before.selectionStart, before.selectionEnd);
}

function castRow(one, who, known, list) {
  const row = make("div", "st-who");
  const add = (label, input) => {
    const box = row.appendChild(make("label", "st-field"));
    box.append(make("span", "", label), input);
    return input;
  };
  const choice = (options, chosen) => {
    const select = make("select");
    select.append(...options.map(([name, label]) => new Option(label, name, false, name === chosen)));
    return select;
  };
  const name = add(words.cast_name, Object.assign(make("input"), {value: one.name, maxLength: 60}));
  const composed = Boolean(known.names?.length);
  const look = (composed && one.kind) || one.look; // of no kind: what stands there is what it is called
  const kind = add(composed ? words.cast_kind : words.cast_look, Object.assign(make("input"), {value: look, maxLength: 600}));
  let colour, style;
  if (composed) {
    kind.setAttribute("list", list);
    colour = add(words.cast_colour, choice([["", words.cast_own], ...known.colours.map((each) => [each, each])], one.colour));
    style = add(words.style, choice([["", words.cast_book], ...known.styles.map((each) => [each, words["styles_" + each.replace(/\W+/g, "_")] ?? each])], one.style));
  }
  const told = () => {
    kind.value = kind.value.trim() || look; // emptied: as it was
    return {who, name: name.value, look: `${colour?.value ?? ""} ${kind.value}`.trim(), style: style?.value ?? one.style};
  };
  for (const node of [name, kind, colour, style].filter(Boolean)) {
    node.oninput = () => (node.typed = true);
    node.onchange = () => {
      node.typed = false;
      act("cast", told());
    };
    node.onblur = () => node.typed && node.onchange(); // what goOn has carried over is no change to the browser
  }
  row.append(button("st-link", words.another_look, () => act("recast", told())));
  return row;
}
