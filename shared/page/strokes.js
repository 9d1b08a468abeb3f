// Lines that a hand draws on a sheet of `side` pixels, and what Undo goes back to: what the canvases share.
//
//   const hand = strokes(sheet, side, {begin, go, end});
//   begin(stroke, event), go(stroke, to), end(): a pointer went down, moved and was lifted
//   hand.line(from, to, colour, width)   a piece of it; `hand.ink` is the context
//   hand.keep(fact), hand.back() -> fact  remembers the pixels with a fact beside them, goes back to them

const MOST_UNDO = 20;

function strokes(sheet, side, {begin, go, end}) {
  const ink = sheet.getContext("2d", {willReadFrequently: true}), before = [];
  let stroke = null; // {id, x, y} of the pointer that is drawing

  const place = (event) => {
    const box = sheet.getBoundingClientRect();
    return {x: ((event.clientX - box.left) * side) / box.width, y: ((event.clientY - box.top) * side) / box.height};
  };
  const lift = (event) => {
    if (event.pointerId !== stroke?.id) return;
    stroke = null;
    end();
  };
  sheet.addEventListener("pointerdown", (event) => {
    if (stroke || (event.pointerType === "mouse" && event.button !== 0)) return;
    event.preventDefault();
    try {
      sheet.setPointerCapture(event.pointerId); // the stroke goes on outside of the sheet
    } catch {} // a pointer made by a script cannot be captured
    stroke = {id: event.pointerId, ...place(event)};
    begin(stroke, event);
  });
  sheet.addEventListener("pointermove", (event) => {
    if (event.pointerId !== stroke?.id) return;
    const events = event.getCoalescedEvents?.() ?? [];
    for (const one of events.length ? events : [event]) {
      const to = place(one);
      go(stroke, to);
      Object.assign(stroke, to);
    }
  });
  sheet.addEventListener("pointerup", lift);
  sheet.addEventListener("pointercancel", lift);
  // Some browsers scroll by touch in spite of touch-action where the finger came from elsewhere.
  sheet.addEventListener("touchstart", (event) => event.preventDefault(), {passive: false});
  sheet.addEventListener("touchmove", (event) => event.preventDefault(), {passive: false});

  ink.lineCap = ink.lineJoin = "round";
  return {
    ink,
    busy: () => stroke !== null,
    keep(fact) {
      before.push([ink.getImageData(0, 0, side, side), fact]);
      if (before.length > MOST_UNDO) before.shift();
    },
    back() {
      const [pixels, fact] = before.pop();
      ink.putImageData(pixels, 0, 0);
      return fact;
    },
    kept: () => before.length > 0,
    forget: () => (before.length = 0),
    line(from, to, colour, width) {
      ink.strokeStyle = colour;
      ink.lineWidth = width;
      ink.beginPath();
      ink.moveTo(from.x, from.y);
      ink.lineTo(to.x, to.y === from.y && to.x === from.x ? to.y + 0.01 : to.y); // a tap leaves a dot
      ink.stroke();
    },
  };
}
