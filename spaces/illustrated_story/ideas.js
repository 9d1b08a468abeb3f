// Ideas to click. props.value: {ideas: [text]}. Event: say {idea}.

const chips = element.querySelector(".st-chips");

function draw() {
  chips.replaceChildren(...(props.value?.ideas ?? []).map((idea) => {
    const chip = make("button", "st-chip", idea);
    chip.type = "button";
    chip.onclick = () => trigger("say", {idea});
    return chip;
  }));
}

chips.setAttribute("aria-label", words.ideas);
watch("value", draw);
draw();
