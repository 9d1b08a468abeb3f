// Makes each streamed answer whole before Gradio's own script reads it, and lets none get lost.
//
// The server sends what has changed since the last answer (Gradio 6.31: protocol "sse_v3"). Gradio's script writes that
// into the very value that it handed to the page before: where answers come faster than the page takes them up, it
// finds the latest in place of each, and what was shown for a moment is never drawn. It reads them by timers, too,
// which a browser may let overtake each other, and a change that comes before what it changes is shown as if it were
// the answer. Here the changes are written into a copy of our own, and Gradio, told in parts.py that it is served by
// "sse_v1", takes each answer as it comes.
"use strict";
(() => {
  if (window.gradio_config?.protocol !== "sse_v1") return; // a page of someone else's that embeds this one
  const standing = {}; // what the outputs are by now, of each run that is under way

  function edited(value, [action, path, what]) {
    if (!path.length) return action === "append" ? value + what : what;
    const last = path.at(-1), place = path.slice(0, -1).reduce((inner, key) => inner[key], value);
    if (action === "append") place[last] += what;
    else if (action === "delete" && Array.isArray(place)) place.splice(last, 1);
    else if (action === "delete") delete place[last];
    else if (action === "add" && Array.isArray(place)) place.splice(last, 0, what);
    else place[last] = what;
    return value;
  }

  // Runs that were asked for and have not ended; and those that ended before their number was here.
  const unanswered = new Set(), early = new Set();

  function whole(answer) {
    const {msg, event_id: run, output} = answer;
    if (msg === "unexpected_error") unanswered.clear();
    if (msg === "process_completed") {
      delete standing[run];
      if (!unanswered.delete(run)) early.add(run);
    }
    if (msg !== "process_generating" || !output?.data) return answer;
    const before = standing[run];
    if (before) output.data = output.data.map((edits, i) => edits.reduce(edited, before[i]));
    standing[run] = output.data;
    return answer;
  }

  async function* answersOf(stream) {
    const reader = stream.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let rest = ""; ;) {
      const {done, value} = await reader.read();
      if (done) return;
      const events = (rest + value).split("\n\n");
      rest = events.pop();
      for (const event of events) yield JSON.parse(event.slice(event.indexOf(":") + 1));
    }
  }

  // The server ends a stream when all is answered. Until that is heard here, Gradio's script takes the stream for open
  // and waits on it for what is asked for meanwhile: so this goes on with another one.
  async function* wholeAnswers(asked, options, stream) {
    let more;
    do {
      more = false;
      for await (const answer of answersOf(stream)) {
        more = answer.msg === "close_stream" && unanswered.size > 0;
        if (!more) yield "data: " + JSON.stringify(whole(answer)) + "\n\n";
      }
      if (more) stream = await plainFetch(asked, options);
    } while (more);
  }

  const plainFetch = window.fetch;
  window.fetch = async (asked, options) => {
    const path = new URL(asked.url ?? asked, location.href).pathname;
    const answer = await plainFetch(asked, options);
    if (path.endsWith("/queue/join") && answer.ok) {
      const {event_id: run} = await answer.clone().json();
      if (!early.delete(run)) unanswered.add(run);
    }
    if (!path.endsWith("/queue/data") || !answer.ok) return answer;
    const answers = wholeAnswers(asked, options, answer);
    const text = new ReadableStream({
      async pull(out) {
        const {done, value} = await answers.next();
        if (done) out.close();
        else out.enqueue(value);
      },
    });
    return new Response(text.pipeThrough(new TextEncoderStream()), answer);
  };
})();
