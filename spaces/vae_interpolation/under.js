// What stands under the canvas of an end. props.value: {kind, seed, says, picture}; `says` is a sentence of the server,
// `picture` what its canvas is to show.

function draw() {
  const {kind, seed, says} = props.value || {};
  element.querySelector("p").textContent = says || (kind ? say(words[kind], {seed}) : "");
}

watch("value", draw);
draw();
