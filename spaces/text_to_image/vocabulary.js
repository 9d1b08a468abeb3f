// All that a small model can draw, as a list to look through. props.value: {names: [thing]}. Event: say {prompt}.

const field = at("vo-find").querySelector("input");

function draw() {
  const names = props.value?.names ?? [], sought = field.value.trim().toLowerCase();
  const found = names.filter((name) => name.toLowerCase().includes(sought));
  at("vo-about").textContent = names.length ? say(words.vocabulary, {n: names.length}) : words.anything;
  at("vo-find").hidden = !names.length;
  at("vo-list").hidden = !names.length;
  at("vo-list").replaceChildren(...found.map((name) => {
    const chip = make("button", "iv-chip", name);
    chip.type = "button";
    chip.onclick = () => trigger("say", {prompt: name});
    return chip;
  }));
  if (names.length && !found.length) at("vo-list").append(make("p", "iv-quiet", words.nothing_found));
}

at("vo-find").firstElementChild.textContent = words.find;
at("vo-list").setAttribute("aria-label", words.find);
field.addEventListener("input", draw);
watch("value", draw);
draw();
