// What the prompt will come to, and prompts to click. props.value: {say, chips: [prompt]}. Event: say {prompt}.

function draw() {
  const {say: sentence = "", chips = []} = props.value ?? {};
  write(at("id-say"), sentence);
  at("id-chips").replaceChildren(...chips.map((prompt) => {
    const chip = make("button", "iv-chip", prompt);
    chip.type = "button";
    chip.onclick = () => trigger("say", {prompt});
    return chip;
  }));
}

at("id-chips").setAttribute("aria-label", words.ideas);
watch("value", draw);
draw();
