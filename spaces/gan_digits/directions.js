// One slider for each principal direction, and above which handle what it would draw. props.value (runs.directions):
//   {model, title, seed, digit, stops, most, nudges, shares, sprite}; the sprite holds the digit, the nudged digit, and for
//   each direction a picture for each stop.

const rows = at("rows");
let value = null;
let asked = null; // where the handles were put by hand, until the answer to that is here

function row(k) {
  const made = make("div", "gv-direction"), head = made.appendChild(make("div", "gv-direction-head"));
  made.label = head.appendChild(make("label"));
  made.number = head.appendChild(make("span"));
  made.slider = made.appendChild(make("input"));
  Object.assign(made.slider, {type: "range", min: -value.most, max: value.most, step: 0.1, id: `${element.id || "gv"}-pc${k + 1}`});
  made.label.htmlFor = made.slider.id;
  made.stops = made.appendChild(make("div", "gv-stops"));
  made.slider.oninput = () => tell(k, Number(made.slider.value));
  return made;
}

function tell(k, number) {
  const row = rows.children[k];
  row.slider.value = number;
  row.number.textContent = signed(number);
  nudge();
}

function nudge() {
  rows.nudges = asked = [...rows.children].map((one) => Number(one.slider.value)); // page.py reads them
  trigger("nudge");
}

const signed = (number) => (number > 0 ? "+" : number < 0 ? "−" : "") + Math.abs(number).toFixed(1) + " σ";

function draw() {
  value = props.value ?? {};
  const shares = value.shares ?? [];
  at("nudged").hidden = !shares.length;
  write(at("empty"), shares.length ? "" : words.directions_empty);
  if (!shares.length) return;
  const n = 2 + shares.length * value.stops.length;
  if (String(asked) === String(value.nudges)) asked = null;
  const before = say(words.before, {digit: named(value)}), after = say(words.after, {digit: named(value)});
  at("pair").replaceChildren(...[before, after].map((alt, i) => {
    const figure = make("figure");
    figure.append(picture(value.sprite, i, n, alt), make("figcaption", "", i ? words.nudged : named(value)));
    return figure;
  }));
  while (rows.children.length > shares.length) rows.lastChild.remove();
  while (rows.children.length < shares.length) rows.append(row(rows.children.length));
  shares.forEach((share, k) => {
    const node = rows.children[k], name = `PC${k + 1}`;
    node.label.textContent = say(words.direction, {name, share: percent(share)});
    // The hand on the sliders is ahead of the server: an answer to an earlier place does not take them back.
    const place = (asked ?? value.nudges)[k];
    node.slider.value = place;
    node.number.textContent = signed(place);
    while (node.stops.children.length < value.stops.length) {
      const stop = node.stops.appendChild(make("button", "gv-picture gv-stop")), i = node.stops.children.length - 1;
      Object.assign(stop, {type: "button", tabIndex: -1}); // the slider beside it does the same by keyboard
      stop.onclick = () => tell(k, value.stops[i]);
    }
    value.stops.forEach((stop, i) => {
      const button = node.stops.children[i];
      show(button, value.sprite, 2 + k * value.stops.length + i, n);
      button.title = `${name} ${signed(stop)}`;
      button.setAttribute("aria-label", `${name} ${signed(stop)}`);
      button.style.left = percent((stop + value.most) / (2 * value.most), 3).replace(" ", "");
    });
  });
}

at("reset").textContent = words.reset;
at("reset").onclick = () => {
  for (const one of rows.children) Object.assign(one.slider, {value: 0}), (one.number.textContent = signed(0));
  nudge();
};
watch("value", draw);
draw();
