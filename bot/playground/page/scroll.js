// Where a conversation is scrolled to: at what is new, unless the reader has gone up to something older.
const pane = document.getElementById("scroll");
const newer = document.getElementById("newer");
const NEAR = 80; // Pixels from the end that still count as being there.
let put = -1; // Where this page scrolled to last.

newer.addEventListener("click", toNewest);
pane.addEventListener("scroll", () => atEnd() && (newer.hidden = true));

/** Goes to the end, or to the beginning of the newest message if the pane cannot show all of it. */
export function toNewest() {
  const last = pane.querySelector("#messages > :last-child");
  const tall = last && last.offsetHeight > pane.clientHeight;
  pane.scrollTop = tall ? last.offsetTop : pane.scrollHeight;
  put = pane.scrollTop;
  newer.hidden = true;
}

/** Goes to the beginning. */
export function toTop() {
  pane.scrollTop = 0;
  newer.hidden = true;
}

/** Draws, and goes on showing what is new to a reader who was there; others are told of it. */
export function drawScrolled(draw) {
  const followed = atEnd() || pane.scrollTop === put;
  const before = pane.scrollHeight;
  draw();
  if (followed) toNewest();
  else if (pane.scrollHeight > before) newer.hidden = false;
}

function atEnd() {
  return pane.scrollHeight - pane.scrollTop - pane.clientHeight < NEAR;
}
