// Ideas to click. props.value: {ideas: [[English, Chinese]]}. Event: say {idea}, in the visitor's language.

const chips = element.querySelector(".st-chips"), zh = navigator.language.startsWith("zh");

function draw() {
  chips.replaceChildren(...(props.value?.ideas ?? []).map(([idea, chinese]) => {
    const chip = make("button", "st-chip", zh ? chinese : idea);
    chip.type = "button";
    chip.onclick = () => trigger("say", {idea: chip.textContent});
    return chip;
  }));
}

chips.setAttribute("aria-label", words.ideas);
watch("value", draw);
draw();
